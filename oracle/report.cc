#include "oracle/report.h"

#include <algorithm>

namespace khofuzz {

void Report::Fail(Invariant invariant, std::string what, std::optional<AddrRange> where,
                  std::string_view at_fault) {
  if (violations_.size() == kMaxViolations) return;
  violations_.push_back({invariant, std::move(what), where, op_, std::string(at_fault)});
}

void Report::SortFrom(size_t before) {
  const auto lower = [](const Violation& one, const Violation& other) {
    return one.where.value_or(AddrRange{}).begin < other.where.value_or(AddrRange{}).begin;
  };
  const auto first = violations_.begin() + static_cast<std::ptrdiff_t>(before);
  for (auto it = first; it != violations_.end(); ++it) {
    std::rotate(std::upper_bound(first, it, *it, lower), it, it + 1);
  }
}

}  // namespace khofuzz
