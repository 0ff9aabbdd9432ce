// What the oracles found: violations, and how often each invariant had a chance to fail.
#ifndef KHOFUZZ_ORACLE_REPORT_H_
#define KHOFUZZ_ORACLE_REPORT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/address.h"
#include "oracle/costs.h"
#include "oracle/invariant.h"

namespace khofuzz {

// How a violation of kAccounting begins where it is totalram_pages() that is off, and no zone.
inline constexpr std::string_view kTotalRam = "totalram_pages()";

struct Violation {
  Invariant invariant;
  std::string what;                // what should be, what is, where
  std::optional<AddrRange> where;  // the memory at fault, for drawing
  size_t op = 0;                   // the op after which it showed, from 0; ops.size() at teardown
  // The kernel's function that is at fault by what the invariant says, where one is known, without
  // parentheses: of undo the one that has failed and must leave nothing behind, of kernels-agree
  // the one that does otherwise than the model's.
  std::string at_fault{};
};

class Report {
 public:
  // The invariant's premise held `n` more times: it could have been broken.
  void Premise(Invariant invariant, uint64_t n = 1) {
    premises_[static_cast<size_t>(invariant)] += n;
  }
  // Keeps the first kMaxViolations; later ones only repeat what went wrong earlier.
  void Fail(Invariant invariant, std::string what, std::optional<AddrRange> where = std::nullopt,
            std::string_view at_fault = {});

  // The violations after the first `before`, by address: what one event breaks does not depend on
  // whether a kernel does it in one piece or page by page.
  void SortFrom(size_t before);

  uint64_t premises(Invariant invariant) const { return premises_[static_cast<size_t>(invariant)]; }
  const std::vector<Violation>& violations() const { return violations_; }
  bool ok() const { return violations_.empty(); }
  // What the kernels that booted have cost together.
  void AddCosts(const KernelCosts& boot, const LostMemory& lost = {}) {
    khofuzz::AddCosts(costs_, boot, lost);
  }
  const Costs& costs() const { return costs_; }
  // Violations reported from now on are the work of this op.
  void set_op(size_t op) { op_ = op; }
  size_t op() const { return op_; }

 private:
  static constexpr size_t kMaxViolations = 16;

  std::array<uint64_t, kInvariantCount> premises_{};
  Costs costs_{};
  std::vector<Violation> violations_;
  size_t op_ = 0;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_ORACLE_REPORT_H_
