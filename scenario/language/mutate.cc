#include "scenario/language/mutate.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "scenario/language/generate.h"
#include "scenario/language/line.h"
#include "scenario/language/ops.h"
#include "scenario/language/text.h"
#include "scenario/language/values.h"
#include "scenario/language/work.h"

namespace khofuzz {
namespace {

void VaryOneField(const LineRef& line, ValueSource& values, Rng& rng) {
  if (line.field_count == 0) return;
  const FieldRef& field = rng.Pick(line.fields());
  if (auto* const* flag = std::get_if<bool*>(&field.value)) {
    **flag = !**flag;
  } else if (auto* const* text = std::get_if<std::string*>(&field.value)) {
    **text = values.Vary(**text, field.kind);
  } else {
    uint64_t& number = *std::get<uint64_t*>(field.value);
    number = values.Vary(number, field.kind, field.choices.size());
  }
}

// Twice what half of all lives from the generator are at most.
constexpr uint64_t kMuchWork = 20'000;
// Of what is much work one in so many is worked on all the same.
constexpr uint64_t kStillOneIn = 16;

// What is more work than usual is worked on less often, in proportion: else the largest of the
// lives that are kept would take most of the time. But not too seldom: a seed of somebody's real
// machine is there to be worked on.
bool IsTooMuchWork(const Scenario& scenario, const Target& target, Rng& rng) {
  return BootsKernels(target) && rng.Below(WorkOf(scenario) + 1) > kMuchWork &&
         !rng.OneIn(kStillOneIn);
}

void MutateMachine(Scenario& scenario, Rng& rng) {
  if (scenario.machine.empty() || rng.OneIn(6)) {
    scenario.machine = GenerateMachine(rng);
    return;
  }
  const size_t at = static_cast<size_t>(rng.Below(scenario.machine.size()));
  if (rng.OneIn(4)) {
    scenario.machine.erase(scenario.machine.begin() + static_cast<std::ptrdiff_t>(at));
    return;
  }
  const Machine machine = MachineFrom(scenario.machine);
  ValueSource values(machine, rng);
  VaryOneField(Refer(scenario.machine[at]), values, rng);
}

// `most`: how many ops there may be. What has more already grows no further.
void MutateOps(std::vector<Op>& ops, const OpSet& kinds, size_t most, ValueSource& values,
               Rng& rng) {
  const auto anywhere = [&](size_t places) {
    return ops.begin() + static_cast<std::ptrdiff_t>(rng.Below(places));
  };
  if (ops.empty() || (rng.OneIn(3) && ops.size() < most)) {
    ops.insert(anywhere(ops.size() + 1), GenerateOp(kinds, values, rng));
    return;
  }
  switch (rng.Below(6)) {
    case 0:
      ops.erase(anywhere(ops.size()));
      break;
    case 1: {
      const Op copy = *anywhere(ops.size());
      if (ops.size() < most) ops.insert(anywhere(ops.size() + 1), copy);
      break;
    }
    case 2:
      std::swap(*anywhere(ops.size()), *anywhere(ops.size()));
      break;
    default:
      VaryOneField(Refer(*anywhere(ops.size())), values, rng);
  }
}

}  // namespace

void Mutate(Scenario& scenario, const Target& target, Rng& rng) {
  // What grows op by op from nothing takes long to become a life; and the lives that are kept are
  // kin of each other (docs/speed.md has what either half finds alone).
  if ((scenario.machine.empty() && scenario.ops.empty()) || rng.OneIn(2) ||
      IsTooMuchWork(scenario, target, rng)) {
    scenario = Generate(target, rng);
  } else {
    Vary(scenario, target, rng);
  }
}

void Vary(Scenario& scenario, const Target& target, Rng& rng) {
  for (uint64_t changes = rng.Between(1, 4); changes > 0; --changes) {
    if (rng.OneIn(8)) {
      MutateMachine(scenario, rng);
      continue;
    }
    const Machine machine = MachineFrom(scenario.machine);
    ValueSource values(machine, rng);
    MutateOps(scenario.ops, target.ops, target.max_ops + kMostAddedOps, values, rng);
  }
}

Scenario CrossOver(const Scenario& a, const Scenario& b, Rng& rng) {
  Scenario child;
  child.machine = rng.OneIn(2) ? a.machine : b.machine;
  const size_t cut_a = static_cast<size_t>(rng.Below(a.ops.size() + 1));
  const size_t room = std::max(a.ops.size(), b.ops.size()) - cut_a;
  const size_t suffix = static_cast<size_t>(rng.Between(0, std::min(room, b.ops.size())));
  child.ops.assign(a.ops.begin(), a.ops.begin() + static_cast<std::ptrdiff_t>(cut_a));
  child.ops.insert(child.ops.end(), b.ops.end() - static_cast<std::ptrdiff_t>(suffix), b.ops.end());
  return child;
}

Scenario CrossOrNew(const Scenario& a, const Scenario& b, const Target& target, Rng& rng) {
  Scenario child = CrossOver(a, b, rng);
  return IsTooMuchWork(child, target, rng) ? Generate(target, rng) : child;
}

std::string PrintWithin(Scenario& scenario, size_t max_bytes) {
  std::string text = Print(scenario);
  while (text.size() > max_bytes && !(scenario.ops.empty() && scenario.machine.empty())) {
    if (scenario.ops.empty()) {
      scenario.machine.clear();
    } else {
      scenario.ops.resize(scenario.ops.size() / 2);
    }
    text = Print(scenario);
  }
  return text;
}

}  // namespace khofuzz
