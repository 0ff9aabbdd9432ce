#include "scenario/run.h"

#include <memory>
#include <variant>

#include "absl/strings/str_cat.h"
#include "scenario/compare.h"
#include "scenario/life.h"

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

void PlayInto(State& state, const Scenario& scenario, const Target& target,
              std::vector<std::string>* lines, PlayListener* listener) {
  if (listener != nullptr) {
    listener->OnStart(state);
    if (state.life() != nullptr) state.life()->set_listener(listener);
  }
  const auto goes_on = [&] {
    return state.report.ok() && (listener == nullptr || !listener->Enough());
  };
  size_t i = 0;
  for (; i < scenario.ops.size() && goes_on(); ++i) {
    const Op& one = scenario.ops[i];
    if (!target.ops[one.index()]) {
      if (lines != nullptr) lines->push_back("not an op of this target: left out");
      continue;
    }
    state.report.set_op(i);
    if (listener != nullptr) listener->BeforeOp(i);
    std::visit([&state](const auto& op) { op.Perform(state); }, one);
    if (Life* life = state.life(); life != nullptr) life->AfterOp();
    if (listener != nullptr) listener->AfterOp(i);
    std::string note = state.TakeNote();
    if (lines != nullptr) lines->push_back(std::move(note));
  }
  if (!goes_on()) return;
  state.report.set_op(scenario.ops.size());
  if (listener != nullptr) listener->BeforeOp(i);
  state.CheckAll();
  if (listener != nullptr) listener->AfterOp(i);
  if (!target.canary) return;
  state.report.Premise(Invariant::kCanary);
  if (CanarySings(scenario))
    state.report.Fail(Invariant::kCanary, "13 pages were preserved and something unpreserved");
}

// Whether what decides is not an invariant but that a kernel and its model agree.
bool ComparesKernels(const Target& target, const Subject& subject) {
  return target.compares && target.whole && subject.kernels != nullptr;
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
  report.Fail(Invariant::kKernelsAgree, difference->what);
}

}  // namespace

Report RunScenario(const Scenario& scenario, const Target& target, const Subject& subject,
                   PlayListener* listener) {
  if (ComparesKernels(target, subject) && listener == nullptr) {
    Report report;
    CompareKernels(scenario, target, subject, report);
    return report;
  }
  State state(MachineFrom(scenario.machine), subject, target.whole, target.compares);
  if (Life* life = state.life(); life != nullptr) life->set_notes(false);
  PlayInto(state, scenario, target, nullptr, listener);
  return std::move(state.report);
}

std::string WhenBroken(const Violation& violation, const Scenario& scenario) {
  if (violation.op >= scenario.ops.size()) return "at the end";
  return absl::StrCat("after op line ", violation.op + 1);
}

Played Play(const Scenario& scenario, const Target& target, const Subject& subject,
            PlayListener* listener) {
  Played played;
  played.state = std::make_unique<State>(MachineFrom(scenario.machine), subject, target.whole,
                                         target.compares);
  PlayInto(*played.state, scenario, target, &played.lines, listener);
  if (ComparesKernels(target, subject) && played.state->report.ok()) {
    CompareKernels(scenario, target, subject, played.state->report);
  }
  return played;
}

}  // namespace khofuzz
