// By what a compiled tree breaks something, and whether two scenarios break it by the same.
#ifndef KHOFUZZ_CLI_VM_FINDING_CAUSE_H_
#define KHOFUZZ_CLI_VM_FINDING_CAUSE_H_

#include <string>
#include <vector>

namespace khofuzz {

// Why a compiled tree breaks something: the quirks of the catalogue that explain it, none where
// none do, and who does the deciding write ("f() mm/g.c:12", cli/fuzz/author.h), empty if nobody is
// known.
struct FindingCause {
  std::vector<std::string> quirks{};
  std::string writer{};
};

// Where both are explained they have a quirk in common, where neither is the writer is the same.
// Not where only one is explained. What is not known tells nothing apart.
bool SameCause(const FindingCause& a, const FindingCause& b);

// What SameCause() went by, for people: "by the same quirk of the catalogue,
// vmalloc-undo-forgets-order".
std::string TellSameCause(const FindingCause& finding, const FindingCause& booted);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_VM_FINDING_CAUSE_H_
