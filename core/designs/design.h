// Quirks: named deviations from the intended algorithms, each at one decision point, and the
// Designs made of them. Each is what a kernel did, what a mail proposed, or a variant of
// that. Other mistakes are planted in copies of the sources (core/planted).
//
// `intended` is the empty set: every invariant holds for it, always. An algorithm that has a
// decision point takes a `const Design&` and asks it there, once; its default path is the intended
// one.
#ifndef KHOFUZZ_CORE_DESIGNS_DESIGN_H_
#define KHOFUZZ_CORE_DESIGNS_DESIGN_H_

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace khofuzz {

// Declared here, its enumerators are in quirks.h.
enum class Quirk : uint8_t;
// There are never more; a set of them has a bit for each.
inline constexpr size_t kMaxQuirks = 128;

struct QuirkInfo {
  Quirk quirk;
  std::string_view name;    // as scenarios, the command line and file names spell it
  std::string_view what;    // one sentence: what the deviation does
  std::string_view source;  // starts with docs/bugs.md#NAME, which has its public source
  // The invariant it is expected to break, by slug; empty for a quirk that is harmless: then every
  // invariant must hold with it.
  std::string_view breaks;

  bool harmless() const { return breaks.empty(); }
};

// Every quirk, in the order of the enum.
std::span<const QuirkInfo> QuirkCatalogue();
// Those of the parts, which targets that play parts by themselves can find.
std::span<const QuirkInfo> PartQuirks();
const QuirkInfo& Info(Quirk quirk);
// Null if there is none of that name.
const QuirkInfo* FindQuirk(std::string_view name);

// A set of quirks, by their place in the enum.
using QuirkSet = std::bitset<kMaxQuirks>;

class Design {
 public:
  // The intended algorithms: no quirk.
  Design() = default;
  Design(std::initializer_list<Quirk> quirks);

  // Parses "intended", a quirk's name, or several joined by '+'. InvalidArgument names the part
  // that is not in the catalogue and the closest name that is, where one is near.
  static absl::StatusOr<Design> Parse(std::string_view text);

  bool Has(Quirk quirk) const {
    const size_t at = static_cast<size_t>(quirk);
    if (asked_ != nullptr) asked_->set(at);
    return quirks_[at];
  }
  // Notes in `asked`, which must outlive this and its copies, each quirk that Has() is asked about
  // from now on. A run that never came to a quirk's decision point cannot tell it from intended.
  void set_asked(QuirkSet* asked) { asked_ = asked; }
  bool intended() const { return quirks_.none(); }
  void Add(Quirk quirk) { quirks_.set(static_cast<size_t>(quirk)); }
  void Remove(Quirk quirk) { quirks_.reset(static_cast<size_t>(quirk)); }
  // The text that Parse() takes.
  std::string Name() const;

  // Same quirks.
  friend bool operator==(const Design& a, const Design& b) { return a.quirks_ == b.quirks_; }

 private:
  QuirkSet quirks_;
  QuirkSet* asked_ = nullptr;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_DESIGNS_DESIGN_H_
