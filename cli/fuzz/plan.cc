#include "cli/fuzz/plan.h"

#include "scenario/language/rng.h"

namespace khofuzz {

std::vector<WorkerPlan> MakePlan(size_t targets, unsigned jobs, double seconds,
                                 std::optional<size_t> first) {
  std::vector<WorkerPlan> plan;
  if (targets == 0 || jobs == 0) return plan;
  if (first.has_value() && targets > 1) {
    for (unsigned number = 0; number < jobs; ++number) {
      plan.push_back({*first, number, seconds / 2});
    }
    for (WorkerPlan other : MakePlan(targets - 1, jobs, seconds / 2)) {
      if (other.target >= *first) ++other.target;
      plan.push_back(other);
    }
    return plan;
  }
  const size_t turns = (targets + jobs - 1) / jobs;
  const size_t workers = targets < jobs ? jobs : targets;
  for (size_t i = 0; i < workers; ++i) {
    plan.push_back(
        {i % targets, static_cast<unsigned>(i / targets), seconds / static_cast<double>(turns)});
  }
  return plan;
}

uint32_t RoundSeed(uint64_t seed, std::string_view target, unsigned worker, unsigned round) {
  uint64_t mixed = Rng(seed).Next();
  for (const char c : target) mixed = Rng(mixed ^ static_cast<unsigned char>(c)).Next();
  mixed = Rng(mixed ^ (uint64_t{worker} << 32 | round)).Next();
  const auto result = static_cast<uint32_t>(mixed >> 32);
  return result == 0 ? 1 : result;
}

}  // namespace khofuzz
