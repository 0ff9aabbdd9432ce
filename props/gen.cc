#include "props/gen.h"

#include <memory>
#include <utility>
#include <vector>

#include "scenario/language/generate.h"
#include "scenario/language/shrink.h"

namespace khofuzz {
namespace {

// The simplifications of one scenario, each made only when it is asked for.
class Simplified {
 public:
  explicit Simplified(const Scenario& scenario)
      : scenario_(scenario), ways_(SimplificationsOf(scenario)) {}

  rc::Maybe<Scenario> operator()() {
    while (next_ < ways_.size()) {
      Scenario simpler = Apply(scenario_, ways_[next_++]);
      if (!SpoilsMachine(scenario_, simpler)) return simpler;
    }
    return rc::Nothing;
  }

 private:
  Scenario scenario_;
  std::vector<Simplification> ways_;
  size_t next_ = 0;
};

}  // namespace

rc::Gen<Scenario> ScenarioFor(const Target& target) {
  return [&target](const rc::Random& random, int size) {
    rc::Random chosen = random;
    Rng rng(chosen.next());
    return rc::shrinkable::shrinkRecur(
        Generate(target, rng, size), [](const Scenario& s) { return rc::makeSeq<Simplified>(s); });
  };
}

}  // namespace khofuzz
