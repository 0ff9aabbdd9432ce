#include "cli/linux/same_fault.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "absl/strings/str_split.h"
#include "core/faults.h"
#include "scenario/language/fails.h"
#include "scenario/language/limits.h"
#include "scenario/playing/run.h"

namespace khofuzz {
namespace {

FaultLog LogOf(const Scenario& scenario, const Target& target, Subject subject) {
  FaultLog log;
  subject.fault_log = &log;
  (void)RunScenario(scenario, target, subject);
  return log;
}

// What was called at the site of the fault that was asked for as the n-th, from then on.
std::span<const std::string> CallsSince(const FaultLog& log, size_t n) {
  const FaultLog::Asked& asked = log.asked[n];
  const std::span<const std::string> all = log.At(asked.site);
  return all.subspan(std::min<size_t>(asked.from, all.size()));
}

std::vector<std::string_view> FunctionsOf(std::string_view callers) {
  std::vector<std::string_view> functions;
  for (const auto one : absl::StrSplit(absl::string_view(callers.data(), callers.size()), '<')) {
    functions.emplace_back(one.data(), one.size());
  }
  return functions;
}

bool AllocatesForOthers(std::string_view function) {
  return function.starts_with("kho_radix_") || function.starts_with("memblock_") ||
         function.starts_with("__memblock_");
}

// The n-th for which `same` holds; nullopt if there are not so many. `any`: whether there is one.
template <typename Same>
std::optional<uint64_t> Nth(std::span<const std::string> calls, uint64_t n, Same same, bool& any) {
  any = false;
  for (size_t i = 0; i < calls.size(); ++i) {
    if (!same(calls[i])) continue;
    any = true;
    if (n-- == 0) return i;
  }
  return std::nullopt;
}

}  // namespace

bool HasFaults(const Scenario& scenario) { return !FailsOf(scenario).empty(); }

std::optional<uint64_t> SameCall(std::span<const std::string> from, uint64_t at,
                                 std::span<const std::string> to) {
  const std::string& call = from[at];
  const auto find = [&](auto same, bool& any) {
    const auto n = static_cast<uint64_t>(
        std::count_if(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(at), same));
    return Nth(to, n, same, any);
  };
  const auto has = [](std::span<const std::string> calls, const std::string& one) {
    return std::ranges::find(calls, one) != calls.end();
  };
  bool any = false;
  const auto whole = find([&](const std::string& other) { return other == call; }, any);
  if (any) return whole;
  for (const std::string_view function : FunctionsOf(call)) {
    if (function.empty() || AllocatesForOthers(function)) continue;
    const auto found = find(
        [&](const std::string& other) {
          const auto functions = FunctionsOf(other);
          return std::ranges::find(functions, function) != functions.end() &&
                 !(has(from, other) && has(to, other));
        },
        any);
    if (any) return found;
  }
  return std::nullopt;
}

Scenario WithTheSameFaults(const Scenario& scenario, const Target& target, const Subject& from,
                           const Subject& to) {
  const std::vector<size_t> faults = FailsOf(scenario);
  const FaultLog log = LogOf(scenario, target, from);
  const size_t asked = std::min(faults.size(), log.asked.size());
  Scenario same = scenario;
  const auto set = [&](size_t n, uint64_t k) { SetFail(same, faults[n], k); };
  const auto hits = [](const FaultLog& in, size_t n, const FaultLog::Failed& failed) {
    return in.asked[n].site == failed.site && in.asked[n].from + in.asked[n].k == failed.call;
  };
  const auto hit = [&](const FaultLog& in, size_t n) {
    return std::ranges::any_of(in.failed, [&](const auto& failed) { return hits(in, n, failed); });
  };
  for (size_t n = 0; n < asked; ++n) {
    if (hit(log, n)) set(n, kNoFault);
  }
  // In the order in which they come to fail: what has failed changes what is called next.
  for (const FaultLog::Failed& failed : log.failed) {
    const FaultLog there = LogOf(same, target, to);
    for (size_t n = 0; n < std::min(asked, there.asked.size()); ++n) {
      if (!hits(log, n, failed)) continue;
      set(n, SameCall(CallsSince(log, n), log.asked[n].k, CallsSince(there, n)).value_or(kNoFault));
    }
  }
  const FaultLog there = LogOf(same, target, to);
  for (size_t n = 0; n < std::min(asked, there.asked.size()); ++n) {
    if (!hit(log, n) && hit(there, n)) set(n, kNoFault);
  }
  return same;
}

}  // namespace khofuzz
