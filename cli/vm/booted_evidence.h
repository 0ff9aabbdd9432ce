// What is kept and told of a run that `confirm` has booted: the kernel's own evidence.
#ifndef KHOFUZZ_CLI_VM_BOOTED_EVIDENCE_H_
#define KHOFUZZ_CLI_VM_BOOTED_EVIDENCE_H_

#include <string>
#include <string_view>
#include <vector>

#include "cli/fuzz/booted_verdict.h"
#include "cli/vm/result_text.h"
#include "cli/vm/session.h"

namespace khofuzz {

// A booted kernel can be seen to break it: an invariant's slug, or "crash".
bool CanBeSeen(std::string_view broken);

// The violations that show what breaks on the compiled tree: those of an invariant's slug, or, of
// "crash", those of a kernel that ended, as the process did that played it.
std::vector<const VmViolation*> Showing(const VmResult& result, const std::string& broken);

// The verdict on a run, but for the finding's tree and scenario. `broken` is what was looked for,
// `quirk` the cause that was booted in the finding's place, or empty. Where it is not confirmed the
// evidence is what was seen instead.
BootedVerdict VerdictOn(const VmReport& report, bool confirmed, const std::string& broken,
                        const std::string& quirk);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_VM_BOOTED_EVIDENCE_H_
