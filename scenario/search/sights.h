// What a search learns of a play: which kinds of things have happened in it, without their figures.
//
// Any build of the program tells that, and any compiled tree: no compiler has to count edges, and
// lives that are kept for it find no less (docs/speed.md has how both compare).
#ifndef KHOFUZZ_SCENARIO_SEARCH_SIGHTS_H_
#define KHOFUZZ_SCENARIO_SEARCH_SIGHTS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/designs/design.h"
#include "scenario/language/scenario.h"
#include "scenario/playing/run.h"

namespace khofuzz {

// Listens to one play. All that it is given outlives it.
class Sights final : public PlayListener {
 public:
  // `asked`, which may be null: where the design that is played notes its decision points.
  explicit Sights(const Scenario& scenario, const QuirkSet* asked = nullptr)
      : scenario_(scenario), asked_(asked) {}

  void OnStart(const State& state) override { state_ = &state; }
  void BeforeOp(size_t) override {}
  void AfterOp(size_t op) override;
  void OnEvent(const Event&) override {}
  void OnReads(Event, std::span<const Pfn>) override {}
  void OnPhase(BootPhase) override {}
  bool ReadsOutcomes() const override { return true; }

  // Once the play is over: for each thing of these a number, the same everywhere.
  // - What came of each op, by its kind and the words that it is told in.
  // - Of each invariant, how often it could have been broken, by powers of two: of plays that came
  //   to their end.
  // - Each decision point that was come to, and all of them.
  std::vector<uint64_t> features() const;

 private:
  const Scenario& scenario_;
  const QuirkSet* const asked_;
  const State* state_ = nullptr;
  std::vector<uint64_t> features_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_SEARCH_SIGHTS_H_
