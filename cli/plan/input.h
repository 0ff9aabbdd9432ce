// What a plan is asked about, read from the command line and files.
#ifndef KHOFUZZ_CLI_PLAN_INPUT_H_
#define KHOFUZZ_CLI_PLAN_INPUT_H_

#include <filesystem>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "cli/plan/answer.h"
#include "cli/plan/plan.h"

namespace khofuzz {

// All but the subject. `files` of a recording by name, where --live was given (cli/record).
// InvalidArgument names the option or file and what was expected.
absl::StatusOr<PlanInput> ReadPlanInput(const PlanOptions& options);
// Of --release. InvalidArgument lists the releases there are, and says what may have been meant.
absl::Status CheckRelease(const std::string& name);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_PLAN_INPUT_H_
