// What makes one of two trees break something, or end otherwise, where the other does not.
#ifndef KHOFUZZ_CLI_LINUX_CHANGE_CAUSE_H_
#define KHOFUZZ_CLI_LINUX_CHANGE_CAUSE_H_

#include <span>
#include <string>

#include "core/designs/design.h"
#include "oracle/invariant.h"
#include "scenario/language/scenario.h"
#include "scenario/language/targets.h"
#include "scenario/playing/compare.h"
#include "scenario/playing/subject.h"

namespace khofuzz {

struct Cause {
  // Quirks of the catalogue joined by '+', which the tree is measured as having, else who did the
  // deciding write: "kho_init()". Empty: nobody knows.
  std::string name{};
  bool catalogued = false;
  // Quirks of the catalogue which it only ends as here, as far as is known.
  std::string ends_as{};
  // What breaks is catalogued, and one that does not break it is measured as having all of it too:
  // it only does not come to it here.
  bool of_others = false;
};

// Of what `subject`, whose designs are those that its trees are measured as, has come to in
// `ending`: something is broken. `others` are what those are measured as that do not break it.
Cause CauseOfBreaking(const Scenario& scenario, const Target& target, const Subject& subject,
                      const Ending& ending, std::span<const Design> others);

// Of two trees that break nothing, or the same, and end differently: the quirk of those that their
// measured designs differ in with which the model of `base` goes on as `patched` does, beyond where
// it parts from it without; else all that it takes for it to end so; else who writes what the model
// of `base` does not. `scenario` and `ending` are those of `patched`.
Cause CauseOfDifference(const Scenario& scenario, const Target& target, const Subject& base,
                        const Subject& patched, const Ending& ending);

// Whether `subject` breaks the invariant by this function's doing ("kho_init()"; empty: by
// anyone's) in a scenario that is nearly this one: another allocation fails, an op less, an operand
// more. Tries for a while.
bool BreaksNearby(const Scenario& scenario, const Target& target, const Subject& subject,
                  Invariant broken, const std::string& function);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_LINUX_CHANGE_CAUSE_H_
