// Making a failing scenario small: fewer ops, then simpler operands, then a simpler machine.
//
// One shrinker serves everybody: the command line, `khofuzz fuzz`, and RapidCheck through
// shrinkRecur() (props/gen.h). It knows nothing of why a scenario fails.
#ifndef KHOFUZZ_SCENARIO_LANGUAGE_SHRINK_H_
#define KHOFUZZ_SCENARIO_LANGUAGE_SHRINK_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "scenario/language/scenario.h"

namespace khofuzz {

// One way to make a scenario simpler.
struct Simplification {
  enum class What : uint8_t { kDropOps, kDropMachineLines, kOpField, kMachineField };
  What what;
  size_t at = 0;     // the first line concerned
  size_t count = 1;  // how many lines are dropped; or the number of the field
  size_t which = 0;  // of the simpler values that the field has
};

// All of them, those that save most first. Each gives a strictly simpler scenario: fewer lines, or
// the same lines with a shorter text or a smaller number somewhere. So shrinking ends.
std::vector<Simplification> SimplificationsOf(const Scenario& scenario);
Scenario Apply(const Scenario& scenario, const Simplification& simplification);

// True if the machine of `after` must be repaired and that of `before` need not: such a
// simplification is not worth having, since its text would not be read strictly.
bool SpoilsMachine(const Scenario& before, const Scenario& after);

struct ShrinkOptions {
  uint64_t max_runs = 20000;
  // Asked before each run; true ends the shrinking with the best so far. The library has no clock.
  std::function<bool()> stop;
  // Told of every improvement at once, so that it can be put on disk.
  std::function<void(const Scenario&)> better;
};

struct ShrinkResult {
  Scenario best;
  uint64_t runs = 0;
  bool finished = false;  // false: the budget ended it
};

// Simplifies `scenario` as long as `fails` holds for it. `scenario` itself must fail. A machine
// that must be repaired is replaced by what it is repaired to, and then stays valid: the result can
// be pasted.
ShrinkResult Shrink(Scenario scenario, const std::function<bool(const Scenario&)>& fails,
                    const ShrinkOptions& options = {});

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_LANGUAGE_SHRINK_H_
