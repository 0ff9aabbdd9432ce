#include "cli/map/legend.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "cli/map/layout.h"
#include "cli/map/units.h"

namespace khofuzz {
namespace {

constexpr double kTitleY = 32;
constexpr double kSubtitleY = 53;
constexpr double kFirstRowY = 78;
constexpr double kSecondRowY = 98;
constexpr double kThirdRowY = 118;
// How wide a letter of the legend is, about; the fonts of different viewers differ.
constexpr double kLetter = 6.0;

// A row of swatches with their words.
class Row {
 public:
  Row(double x, double y, SvgCanvas* canvas) : x_(x), y_(y), canvas_(canvas) {}

  void Swatch(std::string_view style, std::string_view text) {
    canvas_->Rect(x_, y_ - 10, 16, 12, style);
    Words(text);
  }
  void Pointer(std::string_view text) {
    canvas_->Pointer(x_ + 8, y_);
    Words(text);
  }

 private:
  void Words(std::string_view text) {
    canvas_->Text(x_ + 21, y_, "small", text);
    x_ += 21 + kLetter * static_cast<double>(text.size()) + 21;
  }

  double x_;
  double y_;
  SvgCanvas* canvas_;
};

template <typename List>
uint64_t TotalSize(const List& list) {
  uint64_t bytes = 0;
  for (const auto& item : list) bytes += item.range.size();
  return bytes;
}

// What was handed over, and what is wrong.
void HandedOver(const MemoryMap& map, Row row) {
  if (!map.violations.empty()) {
    row.Swatch("violation", absl::StrCat("violations: ", map.violations.size()));
  }
  std::array<uint64_t, kOrderClasses> preserved{};
  for (const MemoryMap::Run& run : map.preserved) {
    preserved[ClassOf(run, map.geometry)] += run.range.size();
  }
  for (size_t i = 0; i < kOrderClasses; ++i) {
    if (preserved[i] == 0) continue;
    row.Swatch(absl::StrCat("o", i),
               absl::StrCat(i == kWaitsClass ? "" : "preserved, ", OrderClassName(i, map.geometry),
                            ": ", FormatBytes(preserved[i])));
  }
  if (!map.tree_pages.empty()) {
    row.Swatch("tree", absl::StrCat("radix tree: ", FormatCount(map.tree_pages.size()),
                                    map.tree_pages.size() == 1 ? " page" : " pages"));
  }
  std::set<std::string> names;
  for (const MemoryMap::Mark& mark : map.marks) names.insert(mark.name);
  std::string marks;
  for (const std::string& name : names) absl::StrAppend(&marks, marks.empty() ? "" : ", ", name);
  if (!marks.empty() && marks.size() < 40) row.Pointer(marks);
}

// What the memory is otherwise.
void Memory(const MemoryMap& map, Row row) {
  row.Swatch("bootmem", absl::StrCat("bootmem: ", FormatBytes(TotalSize(map.bootmem))));
  uint64_t extended = 0;
  for (const AddrRange& range : map.extended) extended += range.size();
  if ((!map.struct_pages && map.extended_known) || extended != 0) {
    row.Swatch("extended", absl::StrCat("extended scratch: ", FormatBytes(extended)));
  }
  if (!map.struct_pages) {
    row.Swatch("busy",
               absl::StrCat("busy ", FormatBytes(map.geometry.extension_bytes()), " block"));
    row.Swatch("free", "free block");
  }
  row.Swatch("bank", "memory");
  row.Swatch("hole", "no memory");
  using Kind = MemoryMap::ReservedKind;
  for (const Kind kind : {Kind::kKernel, Kind::kHugetlb, Kind::kOther}) {
    const bool present =
        std::any_of(map.reserved.begin(), map.reserved.end(),
                    [kind](const MemoryMap::Reserved& r) { return r.kind == kind; });
    if (present) row.Swatch(ReservedStyle(kind), ReservedName(kind));
  }
}

// What struct pages say.
void StructPages(const MemoryMap& map, Row row) {
  if (!map.struct_pages) return;
  using Kind = MemoryMap::PageKind;
  for (const Kind kind : {Kind::kFree, Kind::kUsed, Kind::kReserved}) {
    uint64_t bytes = 0;
    for (const MemoryMap::Pages& pages : map.pages) {
      if (pages.kind == kind) bytes += pages.range.size();
    }
    row.Swatch(PageStyle(kind), absl::StrCat(PageName(kind), ": ", FormatBytes(bytes)));
  }
  row.Swatch("bare", "struct page not initialised");
  uint64_t cma = 0;
  for (const AddrRange& range : map.cma) cma += range.size();
  row.Swatch("cma", absl::StrCat("CMA pageblocks: ", FormatBytes(cma)));
}

}  // namespace

std::string OrderClassName(size_t order_class, const Geometry& geometry) {
  const unsigned pageblock = geometry.pageblock_order;
  const unsigned max = geometry.max_page_order;
  switch (order_class) {
    case 0:
      return "order 0";
    case 1:
      return pageblock <= 2 ? "order 1" : absl::StrCat("orders 1-", pageblock - 1);
    case 2:
      return pageblock == max ? absl::StrCat("order ", max)
                              : absl::StrCat("orders ", pageblock, "-", max);
    case kWaitsClass:
      return "handed over, waits";
    default:
      return absl::StrCat("order ", max + 1, " and up");
  }
}

const char* ReservedName(MemoryMap::ReservedKind kind) {
  switch (kind) {
    case MemoryMap::ReservedKind::kKernel:
      return "reserved by the kernel";
    case MemoryMap::ReservedKind::kHugetlb:
      return "gigantic pages";
    case MemoryMap::ReservedKind::kOther:
      break;
  }
  return "reserved otherwise";
}

const char* ReservedStyle(MemoryMap::ReservedKind kind) {
  switch (kind) {
    case MemoryMap::ReservedKind::kKernel:
      return "kernel";
    case MemoryMap::ReservedKind::kHugetlb:
      return "hugetlb";
    case MemoryMap::ReservedKind::kOther:
      break;
  }
  return "other";
}

const char* PageName(MemoryMap::PageKind kind) {
  switch (kind) {
    case MemoryMap::PageKind::kFree:
      return "free in the buddy";
    case MemoryMap::PageKind::kUsed:
      return "in use";
    case MemoryMap::PageKind::kReserved:
      break;
  }
  return "PG_reserved";
}

const char* PageStyle(MemoryMap::PageKind kind) {
  switch (kind) {
    case MemoryMap::PageKind::kFree:
      return "pfree";
    case MemoryMap::PageKind::kUsed:
      return "pused";
    case MemoryMap::PageKind::kReserved:
      break;
  }
  return "pgreserved";
}

double LegendHeight(const MemoryMap& map) { return kLegendHeight + (map.struct_pages ? 20 : 0); }

void DrawLegend(const MemoryMap& map, double x, SvgCanvas* canvas) {
  canvas->Text(x, kTitleY, "title", map.title);
  canvas->Text(x, kSubtitleY, "sub", map.subtitle);
  HandedOver(map, Row(x, kFirstRowY, canvas));
  Memory(map, Row(x, kSecondRowY, canvas));
  StructPages(map, Row(x, kThirdRowY, canvas));
}

}  // namespace khofuzz
