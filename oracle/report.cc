#include "oracle/report.h"

namespace khofuzz {

void Report::Fail(Invariant invariant, std::string what, std::optional<AddrRange> where) {
  if (violations_.size() == kMaxViolations) return;
  violations_.push_back({invariant, std::move(what), where, op_});
}

}  // namespace khofuzz
