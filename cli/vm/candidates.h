// The machines on which a finding may show itself when it is booted.
#ifndef KHOFUZZ_CLI_VM_CANDIDATES_H_
#define KHOFUZZ_CLI_VM_CANDIDATES_H_

#include <vector>

#include "scenario/language/scenario.h"

namespace khofuzz {

// Scenarios that can be booted, none twice, the likeliest first; whether they break anything is for
// the caller to find out. Of a finding with x86-64's sizes that is the finding itself. Of others it
// is, by turns, the finding lifted (scenario/language/lift.h), and the ops of that on machines as
// one has them, with bootmem that a kernel boots in. Of all of them there is another, without the
// ops that no booted kernel can be told to do, where there are some, and with a kernel after the
// last one: what is left in the tree is seen there. Empty: there is none.
std::vector<Scenario> BootableFor(const Scenario& finding);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_VM_CANDIDATES_H_
