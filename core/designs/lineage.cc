#include "core/designs/lineage.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "core/designs/named.h"

namespace khofuzz {

Lineage::Lineage(std::span<const Design> in_turn) : designs_(in_turn.begin(), in_turn.end()) {
  if (std::ranges::adjacent_find(designs_, std::ranges::not_equal_to()) == designs_.end()) {
    designs_.resize(1);
  }
}

absl::StatusOr<Lineage> Lineage::Parse(std::string_view text) {
  absl::InlinedVector<Design, 2> designs;
  const std::vector<std::string> parts = absl::StrSplit(std::string(text), ',');
  for (const std::string& part : parts) {
    const auto design = Design::Parse(part);
    if (!design.ok()) return design.status();
    designs.push_back(*design);
  }
  return Lineage(designs);
}

bool Lineage::Has(Quirk quirk) const {
  return std::ranges::any_of(designs_, [quirk](const Design& design) { return design.Has(quirk); });
}

void Lineage::Add(Quirk quirk) {
  for (Design& design : designs_) design.Add(quirk);
}

void Lineage::Remove(Quirk quirk) {
  for (Design& design : designs_) design.Remove(quirk);
}

void Lineage::set_asked(QuirkSet* asked) {
  for (Design& design : designs_) design.set_asked(asked);
}

std::string Lineage::Name() const {
  return absl::StrJoin(designs_, ",",
                       [](std::string* out, const Design& design) { out->append(design.Name()); });
}

std::string NameOf(const Lineage& lineage) {
  return absl::StrJoin(lineage.designs(), ",",
                       [](std::string* out, const Design& design) { out->append(NameOf(design)); });
}

std::string ShortName(const Lineage& lineage) {
  return absl::StrJoin(lineage.designs(), ", ", [](std::string* out, const Design& design) {
    out->append(ShortName(design));
  });
}

}  // namespace khofuzz
