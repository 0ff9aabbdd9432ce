#include "core/designs/design.h"

#include <algorithm>
#include <array>
#include <vector>

#include "absl/status/status.h"
#include "core/closest.h"
#include "core/designs/asked_elsewhere.h"
#include "core/designs/named.h"
#include "core/designs/quirks.h"
#include "core/designs/rows_boot.h"
#include "core/designs/rows_parts.h"

namespace khofuzz {

constinit const Quirk kOneNodeQuirk = Quirk::kOneNode;
constinit const Quirk kNeverExtendsQuirk = Quirk::kNeverExtends;
constinit const Quirk kScratchOverlapCountsEmptyQuirk = Quirk::kScratchOverlapCountsEmpty;
constinit const Quirk kRadixDepthForgetsOrderBitQuirk = Quirk::kRadixDepthForgetsOrderBit;
constinit const Quirk kTreeTrustedQuirk = Quirk::kTreeTrusted;
constinit const Quirk kSubtreeTrustedQuirk = Quirk::kSubtreeTrusted;

namespace {

// The rows in the order of the enum. A new quirk is a line there and a row in its file.
constexpr auto AllRows() {
  std::array<QuirkInfo, designs::kPartRows.size() + designs::kBootRows.size()> rows{};
  size_t at = 0;
  for (const QuirkInfo& row : designs::kPartRows) rows[at++] = row;
  for (const QuirkInfo& row : designs::kBootRows) rows[at++] = row;
  return rows;
}
constexpr auto kCatalogue = AllRows();
static_assert(kCatalogue.size() <= kMaxQuirks);

constexpr bool RowsFollowTheEnum() {
  for (size_t i = 0; i < kCatalogue.size(); ++i) {
    if (static_cast<size_t>(kCatalogue[i].quirk) != i) return false;
  }
  return true;
}
static_assert(RowsFollowTheEnum(), "a row of the catalogue is missing or out of order");

constexpr std::string_view kIntendedName = "intended";

absl::Status UnknownName(std::string_view part) {
  std::vector<std::string_view> names = {kIntendedName};
  for (const NamedDesign& named : NamedDesigns()) names.push_back(named.name);
  for (const QuirkInfo& info : kCatalogue) names.push_back(info.name);
  constexpr size_t kEnough = 80;  // of a long text, to show what is meant
  return absl::InvalidArgumentError("unknown quirk '" + std::string(part.substr(0, kEnough)) + "'" +
                                    DidYouMean(part, names) + "; docs/designs.md lists them");
}

}  // namespace

std::span<const QuirkInfo> QuirkCatalogue() { return kCatalogue; }

std::span<const QuirkInfo> PartQuirks() { return designs::kPartRows; }

const QuirkInfo& Info(Quirk quirk) { return kCatalogue[static_cast<size_t>(quirk)]; }

const QuirkInfo* FindQuirk(std::string_view name) {
  const auto row = std::ranges::find(kCatalogue, name, &QuirkInfo::name);
  return row == kCatalogue.end() ? nullptr : &*row;
}

Design::Design(std::initializer_list<Quirk> quirks) {
  for (const Quirk quirk : quirks) Add(quirk);
}

absl::StatusOr<Design> Design::Parse(std::string_view text) {
  Design design;
  if (text == kIntendedName) return design;
  for (bool more = true; more;) {
    const size_t plus = text.find('+');
    more = plus != std::string_view::npos;
    const std::string_view part = text.substr(0, plus);
    if (more) text.remove_prefix(plus + 1);

    if (part == kIntendedName) {
      return absl::InvalidArgumentError("'intended' means no quirk and cannot be joined by '+'");
    }
    if (const NamedDesign* const named = FindNamedDesign(part)) {
      design.quirks_ |= named->design.quirks_;
      continue;
    }
    const QuirkInfo* const row = FindQuirk(part);
    if (row == nullptr) return UnknownName(part);
    design.Add(row->quirk);
  }
  return design;
}

std::string Design::Name() const {
  std::string name;
  for (const QuirkInfo& info : kCatalogue) {
    if (!quirks_[static_cast<size_t>(info.quirk)]) continue;
    if (!name.empty()) name += '+';
    name += info.name;
  }
  return name.empty() ? std::string(kIntendedName) : name;
}

}  // namespace khofuzz
