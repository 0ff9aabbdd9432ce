// What `vm run` and `confirm` print of a run.
#ifndef KHOFUZZ_CLI_VM_RESULT_TEXT_H_
#define KHOFUZZ_CLI_VM_RESULT_TEXT_H_

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "cli/vm/beside.h"
#include "cli/vm/boot.h"
#include "cli/vm/script.h"
#include "scenario/language/scenario.h"

namespace khofuzz {

struct VmReport {
  std::string name;     // of the scenario's file
  std::string release;  // of the kernel that was booted
  std::string accelerator;
  std::string folder;  // of the run
  std::string beside;  // what was played beside it: a tree's or a design's name
  const Scenario* scenario = nullptr;
  const VmScript* script = nullptr;
  VmRun run;
  PlayedLife played;
  std::vector<BesideCheck> checks;
};

std::string VmText(const VmReport& report);
nlohmann::json VmJson(const VmReport& report);
// "no booted kernel can do this:" and a line for each reason.
std::string CannotText(const VmScript& script);
// "breaks SLUG in kernel 1: ..." and its evidence, a line each.
std::string ViolationText(const VmViolation& violation, const Scenario& scenario);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_VM_RESULT_TEXT_H_
