#include "scenario/playing/run.h"

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "scenario/language/ops.h"
#include "scenario/playing/compare.h"
#include "scenario/playing/life.h"
#include "scenario/playing/state.h"

namespace khofuzz {
namespace {

// What the canary looks for: rare enough that a fuzzer has to work for it.
bool CanarySings(const Scenario& scenario) {
  bool thirteen = false;
  for (const Op& one : scenario.ops) {
    if (const auto* pages = std::get_if<op::PreservePages>(&one)) {
      thirteen = thirteen || pages->nr == 13;
    } else if (std::holds_alternative<op::Unpreserve>(one) && thirteen) {
      return true;
    }
  }
  return false;
}

// Where nothing came after them, requests to the next boot had no effect.
void SayWhatWaits(const State& state, size_t ops, Played& played) {
  for (const size_t op : state.life().waiting_ops()) {
    if (op >= ops || played.ends[op] == OpEnd::kNoEffect) continue;
    played.ends[op] = OpEnd::kNoEffect;
    std::string& line = played.lines[op];
    if (!line.empty()) line += '\n';
    line += "without effect: no kernel boots after it";
  }
}

void PlayInto(State& state, const Scenario& scenario, const Target& target, Played* played,
              PlayListener* listener) {
  if (listener != nullptr) {
    listener->OnStart(state);
    state.life().set_listener(listener);
  }
  state.outcome.set_telling(played != nullptr ||
                            (listener != nullptr && listener->ReadsOutcomes()));
  const auto goes_on = [&] {
    return state.report.ok() && (listener == nullptr || !listener->Enough());
  };
  const auto end_op = [&](size_t i) {
    state.life().AfterOp();
    if (listener != nullptr) listener->AfterOp(i);
    const OpEnd end = state.outcome.end();
    std::string text = state.outcome.Take();
    if (played == nullptr) return;
    played->ends.push_back(end);
    played->lines.push_back(std::move(text));
  };
  size_t i = 0;
  for (; i < scenario.op_count() && goes_on(); ++i) {
    state.report.set_op(i);
    if (listener != nullptr) listener->BeforeOp(i);
    std::visit([&state](const auto& op) { op.Perform(state); }, scenario.ops[i]);
    end_op(i);
  }
  if (!goes_on()) return;
  state.report.set_op(scenario.op_count());
  if (listener != nullptr) listener->BeforeOp(i);
  state.CheckAll();
  if (listener != nullptr) listener->AfterOp(i);
  if (played != nullptr) {
    played->at_end = state.outcome.Take();
    SayWhatWaits(state, scenario.op_count(), *played);
  }
  if (!target.canary) return;
  state.report.Premise(Invariant::kCanary);
  if (CanarySings(scenario))
    state.report.Fail(Invariant::kCanary, "13 pages were preserved and something unpreserved");
}

// Whether what decides is not an invariant but that a kernel and its model agree.
bool ComparesKernels(const Target& target, const Subject& subject) {
  return target.compares && BootsKernels(target) && subject.kernels != nullptr;
}

// The same target, playing the one or the other alone.
Target PlayedAlone(Target target) {
  target.compares = false;
  return target;
}

void CompareKernels(const Scenario& scenario, const Target& target, const Subject& subject,
                    Report& report) {
  report.Premise(Invariant::kKernelsAgree);
  const auto difference = FirstDifference(scenario, PlayedAlone(target), subject,
                                          Subject(subject.designs), {"the tree", "the model"});
  if (!difference.has_value()) return;
  report.set_op(difference->moment.op);
  report.Fail(Invariant::kKernelsAgree, difference->what, difference->where);
}

}  // namespace

Report RunScenario(const Scenario& scenario, const Target& target, const Subject& subject,
                   PlayListener* listener) {
  if (ComparesKernels(target, subject) && listener == nullptr) {
    Report report;
    CompareKernels(scenario, target, subject, report);
    return report;
  }
  State state(MachineFrom(scenario.machine), subject);
  PlayInto(state, scenario, target, nullptr, listener);
  return std::move(state.report);
}

std::string WhenBroken(const Violation& violation, const Scenario& scenario) {
  if (violation.op >= scenario.op_count()) return "at the end";
  return absl::StrCat("after op line ", violation.op + 1);
}

Played::Played() = default;
Played::Played(Played&& other) noexcept = default;
Played& Played::operator=(Played&& other) noexcept = default;
Played::~Played() = default;

Played Play(const Scenario& scenario, const Target& target, const Subject& subject,
            PlayListener* listener) {
  Played played;
  played.state = std::make_unique<State>(MachineFrom(scenario.machine), subject);
  PlayInto(*played.state, scenario, target, &played, listener);
  if (ComparesKernels(target, subject) && played.state->report.ok()) {
    CompareKernels(scenario, target, subject, played.state->report);
  }
  return played;
}

}  // namespace khofuzz
