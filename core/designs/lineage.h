// The designs that the kernels of a chain play, one after the other.
#ifndef KHOFUZZ_CORE_DESIGNS_LINEAGE_H_
#define KHOFUZZ_CORE_DESIGNS_LINEAGE_H_

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "absl/container/inlined_vector.h"
#include "absl/status/statusor.h"
#include "core/designs/design.h"

namespace khofuzz {

// With two designs the first kernel plays the one, its successor the other, and so back and forth:
// what a live update to another kernel and back does.
class Lineage {
 public:
  // All kernels play as intended.
  Lineage() : designs_{Design()} {}
  // All kernels play the same.
  Lineage(const Design& all) : designs_{all} {}
  // In turn; at least one. Where all are the same, this is the lineage of that one.
  explicit Lineage(std::span<const Design> in_turn);

  // Parses what Design::Parse() takes, several joined by ','. The same errors.
  static absl::StatusOr<Lineage> Parse(std::string_view text);

  // Of a chain's kernel, counted from 0.
  const Design& Of(size_t kernel) const { return designs_[kernel % designs_.size()]; }
  const Design& first() const { return designs_.front(); }
  std::span<const Design> designs() const { return designs_; }
  std::span<Design> designs() { return designs_; }
  bool intended() const { return designs_.size() == 1 && first().intended(); }
  // Whether any of them has the quirk.
  bool Has(Quirk quirk) const;

  // To all of them, or of all.
  void Add(Quirk quirk);
  void Remove(Quirk quirk);
  void set_asked(QuirkSet* asked);

  // The text that Parse() takes.
  std::string Name() const;

  friend bool operator==(const Lineage&, const Lineage&) = default;

 private:
  absl::InlinedVector<Design, 2> designs_;
};

// As NameOf() of a design (named.h), joined by ','.
std::string NameOf(const Lineage& lineage);
// The same of ShortName().
std::string ShortName(const Lineage& lineage);

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_DESIGNS_LINEAGE_H_
