// Running a scenario.
#ifndef KHOFUZZ_SCENARIO_PLAYING_RUN_H_
#define KHOFUZZ_SCENARIO_PLAYING_RUN_H_

#include <memory>
#include <string>
#include <vector>

#include "core/kernel.h"
#include "oracle/report.h"
#include "scenario/language/scenario.h"
#include "scenario/language/targets.h"
#include "scenario/playing/outcome.h"
#include "scenario/playing/subject.h"

namespace khofuzz {

class PlayListener;
class State;

// Plays the scenario on its machine and checks it as `target` says. Stops at the first op after
// which an invariant is broken; the report then names it. `listener` may be null.
Report RunScenario(const Scenario& scenario, const Target& target,
                   const Subject& subject = Subject(), PlayListener* listener = nullptr);

// "after op line 3" (from 1), or "at the end" if only the last look at everything showed it.
std::string WhenBroken(const Violation& violation, const Scenario& scenario);

// Looks over a play's shoulder: hears of every op, and of all that the kernels do where whole ones
// run (after the oracles have looked: what they found is in the report already).
class PlayListener : public KernelListener {
 public:
  // Before the first op. The state outlives all other calls.
  virtual void OnStart(const State& state) = 0;
  // ops.size(): the last look at everything.
  virtual void BeforeOp(size_t op) = 0;
  virtual void AfterOp(size_t op) = 0;
  // Asked before each op, and before the last look: the play may stop here.
  virtual bool Enough() const { return false; }
  // Whether it reads what comes of ops (outcome.h) in AfterOp(): else nobody may write that.
  virtual bool ReadsOutcomes() const { return false; }
};

// The same, keeping what an explanation needs: how each op that was reached ended, and what came of
// it; the state at the end. `listener` may be null.
struct Played {
  Played();
  Played(Played&& other) noexcept;
  Played& operator=(Played&& other) noexcept;
  ~Played();

  std::vector<OpEnd> ends;         // one per op reached
  std::vector<std::string> lines;  // likewise; of several lines, or empty
  std::string at_end;              // what the last look at everything did: a boot, say
  std::unique_ptr<State> state;
};
Played Play(const Scenario& scenario, const Target& target, const Subject& subject = Subject(),
            PlayListener* listener = nullptr);

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_PLAYING_RUN_H_
