#include "scenario/language/shrink.h"

#include <algorithm>
#include <bit>
#include <string>
#include <utility>
#include <variant>

#include "scenario/language/line.h"
#include "scenario/language/ops.h"

namespace khofuzz {
namespace {

using What = Simplification::What;

// Smaller numbers to try, boldest first: the default, round ones, then ever closer to the value.
std::vector<uint64_t> Simpler(uint64_t value, uint64_t simplest) {
  std::vector<uint64_t> simpler;
  if (value == simplest) return simpler;
  simpler.push_back(simplest);
  const auto add = [&](uint64_t candidate) {
    if (candidate < value && candidate != simplest) simpler.push_back(candidate);
  };
  if (simplest > value) return simpler;
  add(0);
  for (const unsigned shift : {30u, 24u, 20u, 16u, 12u, 8u, 4u}) add(value >> shift << shift);
  // Powers of two, so that what is aligned can stay aligned.
  for (uint64_t step = std::bit_floor(value); step > 0; step /= 2) add(value - step);
  return simpler;
}

std::vector<bool> Simpler(bool value, bool simplest) {
  return value == simplest ? std::vector<bool>{} : std::vector<bool>{simplest};
}

std::vector<std::string> Simpler(const std::string& value, const std::string&) {
  std::vector<std::string> simpler;
  for (size_t keep = 0; keep < value.size(); keep = keep * 2 + 1)
    simpler.push_back(value.substr(0, keep));
  for (size_t i = 0; i < value.size(); ++i) {
    std::string shorter = value;
    shorter.erase(i, 1);
    simpler.push_back(std::move(shorter));
  }
  for (size_t i = 0; i < value.size(); ++i) {
    if (value[i] <= '0') continue;
    std::string plainer = value;
    plainer[i] = '0';
    simpler.push_back(std::move(plainer));
  }
  return simpler;
}

// What is simpler than the value of one operand; `simplest` is the same operand of a default line.
template <typename T>
auto SimplerThan(const T* value, const ConstFieldRef& simplest) {
  return Simpler(*value, *std::get<const T*>(simplest.value));
}

template <typename Variant>
void AddFieldSimplifications(const std::vector<Variant>& lines, What what,
                             std::vector<Simplification>& all) {
  for (size_t at = 0; at < lines.size(); ++at) {
    const ConstLineRef line = Refer(lines[at]);
    const ConstLineRef defaults = Refer(DefaultOf<Variant>(lines[at].index()));
    for (size_t number = 0; number < line.field_count; ++number) {
      const size_t ways = std::visit(
          [&](const auto* value) { return SimplerThan(value, defaults.storage[number]).size(); },
          line.storage[number].value);
      for (size_t which = 0; which < ways; ++which) all.push_back({what, at, number, which});
    }
  }
}

template <typename Variant>
void ApplyToField(Variant& one, const Simplification& s) {
  const LineRef line = Refer(one);
  const ConstLineRef defaults = Refer(DefaultOf<Variant>(one.index()));
  if (s.count >= line.field_count) return;
  std::visit(
      [&]<typename T>(T* value) {
        const auto simpler = SimplerThan<T>(value, defaults.storage[s.count]);
        if (s.which < simpler.size()) *value = simpler[s.which];
      },
      line.storage[s.count].value);
}

template <typename Line>
void Drop(std::vector<Line>& lines, const Simplification& s) {
  const auto first = lines.begin() + static_cast<std::ptrdiff_t>(s.at);
  lines.erase(first, first + static_cast<std::ptrdiff_t>(s.count));
}

}  // namespace

std::vector<Simplification> SimplificationsOf(const Scenario& scenario) {
  std::vector<Simplification> all;
  const size_t ops = scenario.ops.size();
  for (size_t count = ops; count > 0; count /= 2) {
    for (size_t at = 0; at + count <= ops; at += count) all.push_back({What::kDropOps, at, count});
    // What is left over when the ops do not divide evenly.
    if (const size_t rest = ops % count; rest != 0)
      all.push_back({What::kDropOps, ops - rest, rest});
  }
  const size_t lines = scenario.machine.size();
  if (lines > 1) all.push_back({What::kDropMachineLines, 0, lines});
  for (size_t at = 0; at < lines; ++at) all.push_back({What::kDropMachineLines, at, 1});
  AddFieldSimplifications(scenario.ops, What::kOpField, all);
  AddFieldSimplifications(scenario.machine, What::kMachineField, all);
  return all;
}

Scenario Apply(const Scenario& scenario, const Simplification& s) {
  Scenario simpler = scenario;
  switch (s.what) {
    case What::kDropOps:
      Drop(simpler.ops, s);
      break;
    case What::kDropMachineLines:
      Drop(simpler.machine, s);
      break;
    case What::kOpField:
      ApplyToField(simpler.ops[s.at], s);
      break;
    case What::kMachineField:
      ApplyToField(simpler.machine[s.at], s);
      break;
  }
  return simpler;
}

bool SpoilsMachine(const Scenario& before, const Scenario& after) {
  return before.machine != after.machine && FindMachineProblem(after.machine).has_value() &&
         !FindMachineProblem(before.machine).has_value();
}

ShrinkResult Shrink(Scenario scenario, const std::function<bool(const Scenario&)>& fails,
                    const ShrinkOptions& options) {
  ShrinkResult result{.best = std::move(scenario)};
  const auto try_out = [&](Scenario candidate) {
    ++result.runs;
    if (!fails(candidate)) return false;
    result.best = std::move(candidate);
    if (options.better) options.better(result.best);
    return true;
  };
  const auto over = [&] {
    return result.runs == options.max_runs || (options.stop && options.stop());
  };
  // What is played is the repaired machine: say so first.
  if (FindMachineProblem(result.best.machine).has_value()) {
    if (over()) return result;
    try_out({LinesFor(MachineFrom(result.best.machine)), result.best.ops});
  }
  bool improved = true;
  while (improved) {
    improved = false;
    std::vector<Simplification> ways = SimplificationsOf(result.best);
    for (size_t i = 0; i < ways.size(); ++i) {
      Scenario candidate = Apply(result.best, ways[i]);
      if (SpoilsMachine(result.best, candidate)) continue;
      if (over()) return result;
      if (!try_out(std::move(candidate))) continue;
      improved = true;
      // Go on from the same place: what stood behind what was dropped stands there now.
      ways = SimplificationsOf(result.best);
      i = std::min(i, ways.size()) - 1;
    }
  }
  result.finished = true;
  return result;
}

}  // namespace khofuzz
