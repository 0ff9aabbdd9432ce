#include "cli/map/svg.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/map/layout.h"
#include "cli/map/legend.h"
#include "cli/map/svg_canvas.h"
#include "cli/map/units.h"
#include "core/events.h"
#include "core/memmap/nodes.h"

namespace khofuzz {
namespace {

// Pixels. A column is how finely preserved memory is told apart, and the least width of anything.
constexpr double kColumn = 2;
constexpr size_t kColumns = 512;
constexpr double kMargin = 24;
constexpr double kBandX = 132;
constexpr double kBandWidth = kColumn * kColumns;
constexpr double kWidth = kBandX + kBandWidth + 84;
constexpr double kBandHeight = 46;
constexpr double kBandPitch = 64;
constexpr double kGapPitch = 30;
constexpr double kAboveRows = 30;
// Within a band, from its top: preserved memory, tree pages, reservations; below it, extension
// blocks.
constexpr double kDensityHeight = 29;
constexpr double kDensityFloor = 4;  // the least height of a column that is not empty
constexpr double kTreeY = 30;
constexpr double kTreeHeight = 9;
constexpr double kReservedY = 40;
constexpr double kReservedHeight = 6;
constexpr double kBlocksY = kBandHeight + 2;
// Where struct pages are drawn, what they say and their pageblocks' types stand there instead.
constexpr double kPagesY = kBandHeight + 3;
constexpr double kPagesHeight = 9;
constexpr double kTypesY = kPagesY + 11;
constexpr double kTypesHeight = 5;
constexpr double kStripsPitch = 18;
constexpr double kBlocksHeight = 3;
// More extension blocks than this in a row are too narrow to tell apart.
constexpr uint64_t kMaxBlocks = 128;

class Drawing {
 public:
  explicit Drawing(const MemoryMap& map)
      : map_(map),
        layout_(LayOut(map)),
        tops_(Tops(layout_, map)),
        canvas_(kWidth, tops_.back(), map.title) {}

  std::string Render() && {
    DrawLegend(map_, kMargin, &canvas_);
    Axis();
    Memory();
    Layer("extended", &Drawing::Extended);
    Layer("bootmem", &Drawing::Bootmem);
    Layer("reserved", &Drawing::Reserved);
    Layer("preserved", &Drawing::Preserved);
    Layer("tree", &Drawing::Tree);
    if (!map_.struct_pages) Layer("blocks", &Drawing::Blocks);
    if (map_.struct_pages) {
      Layer("pages", &Drawing::StructPages);
      Layer("types", &Drawing::Types);
    }
    Labels();
    Layer("violation", &Drawing::Violations);
    Layer("mark", &Drawing::Marks);
    return std::move(canvas_).Finish();
  }

 private:
  // The y of each row, and where the last one ends.
  static std::vector<double> Tops(const MapLayout& layout, const MemoryMap& map) {
    std::vector<double> tops = {LegendHeight(map) + kAboveRows};
    const double pitch = kBandPitch + (map.struct_pages ? kStripsPitch : 0);
    for (const MapRow& row : layout.rows) {
      tops.push_back(tops.back() + (row.gap ? kGapPitch : pitch));
    }
    return tops;
  }

  double X(const MapRow& row, PhysAddr at) const {
    return kBandX + kBandWidth * (static_cast<double>(at - row.range.begin) /
                                  static_cast<double>(layout_.row_bytes));
  }

  // Calls fn(row's y, x, width, part) for what each row shows of `range`. Nothing is narrower than
  // a column.
  template <typename Fn>
  void ForEachPart(AddrRange range, Fn fn) const {
    for (size_t i = 0; i < layout_.rows.size(); ++i) {
      const MapRow& row = layout_.rows[i];
      const AddrRange part = range.Intersect(row.range);
      if (row.gap || part.empty()) continue;
      const double x = X(row, part.begin);
      const double width = std::max(X(row, part.end) - x, kColumn);
      fn(tops_[i], std::min(x, kBandX + kBandWidth - width), width, part);
    }
  }

  void Layer(const char* name, void (Drawing::*draw)()) {
    canvas_.BeginGroup(absl::StrCat("layer ", name, "-layer"));
    (this->*draw)();
    canvas_.EndGroup();
  }

  // Offsets within a row.
  void Axis() {
    for (uint64_t quarter = 0; quarter < 4; ++quarter) {
      canvas_.Text(kBandX + kBandWidth * static_cast<double>(quarter) / 4, tops_.front() - 14,
                   "small", absl::StrCat("+", FormatBytes(layout_.row_bytes / 4 * quarter)));
    }
    canvas_.Text(kBandX + kBandWidth, tops_.front() - 14, "small",
                 absl::StrCat("a row: ", FormatBytes(layout_.row_bytes)), "end");
  }

  // What is memory and what is not.
  void Memory() {
    for (size_t i = 0; i < layout_.rows.size(); ++i) {
      const double height = layout_.rows[i].gap ? 14 : kBandHeight;
      canvas_.Rect(kBandX, tops_[i], kBandWidth, height, "hole");
    }
    for (const MemoryMap::Bank& bank : map_.banks) {
      const std::string what =
          bank.nid == kNoNode ? "memory" : absl::StrCat("memory of node ", bank.nid);
      ForEachPart(bank.range, [&](double y, double x, double width, AddrRange) {
        canvas_.Rect(x, y, width, kBandHeight, "bank", Tooltip(what, bank.range));
      });
    }
  }

  void Extended() {
    for (const AddrRange& range : map_.extended) {
      ForEachPart(range, [&](double y, double x, double width, AddrRange) {
        canvas_.Rect(x, y, width, kBandHeight, "extended", Tooltip("extended scratch", range));
      });
    }
  }

  void Bootmem() {
    for (const MemoryMap::Area& area : map_.bootmem) {
      ForEachPart(area.range, [&](double y, double x, double width, AddrRange) {
        canvas_.Rect(x, y, width, kBandHeight, "bootmem",
                     Tooltip("bootmem, " + area.name, area.range));
        const double room = 8 * static_cast<double>(area.name.size());
        if (width > room) canvas_.Text(x + 5, y + 14, "name", area.name);
      });
    }
  }

  void Reserved() {
    for (const MemoryMap::Reserved& reserved : map_.reserved) {
      ForEachPart(reserved.range, [&](double y, double x, double width, AddrRange) {
        canvas_.Rect(x, y + kReservedY, width, kReservedHeight, ReservedStyle(reserved.kind),
                     Tooltip(ReservedName(reserved.kind), reserved.range));
      });
    }
  }

  void Preserved() {
    for (size_t i = 0; i < layout_.rows.size(); ++i) {
      const MapRow& row = layout_.rows[i];
      if (row.gap) continue;
      const std::vector<PreservedBin> bins = PreservedByColumn(map_, row.range, kColumns);
      for (size_t first = 0; first < bins.size();) {
        size_t end = first + 1;
        while (end < bins.size() && bins[end] == bins[first]) ++end;
        if (bins[first].total() != 0) Density(row, tops_[i], first, end, bins[first]);
        first = end;
      }
    }
  }

  // Columns [first, end) of a row, all preserved alike: a stack of the order classes, as high as
  // the columns are full.
  void Density(const MapRow& row, double top, size_t first, size_t end, const PreservedBin& bin) {
    const uint64_t column_bytes = std::max<uint64_t>(layout_.row_bytes / kColumns, 1);
    const AddrRange range = {row.range.begin + first * column_bytes,
                             CappedRange(row.range.begin, end * column_bytes).end};
    std::string tip = absl::StrCat("preserved in ", FormatRange(range));
    for (size_t i = 0; i < kOrderClasses; ++i) {
      if (bin.bytes[i] == 0) continue;
      absl::StrAppend(&tip, "\n", OrderClassName(i, map_.geometry), ": ",
                      FormatBytes(bin.bytes[i] * (end - first)));
    }
    // Blocks that overlap may add up to more than there is.
    const double total = static_cast<double>(bin.total());
    const double share = total / static_cast<double>(std::max(column_bytes, bin.total()));
    const double height = std::max(kDensityHeight * share, kDensityFloor);
    double y = top + kDensityHeight;
    canvas_.BeginGroup("", tip);
    for (size_t i = 0; i < kOrderClasses; ++i) {
      if (bin.bytes[i] == 0) continue;
      const double part = height * static_cast<double>(bin.bytes[i]) / total;
      y -= part;
      canvas_.Rect(kBandX + kColumn * static_cast<double>(first), y,
                   kColumn * static_cast<double>(end - first), part, absl::StrCat("o", i));
    }
    canvas_.EndGroup();
  }

  // Pages that fall into the same column become one tick that says how many there are.
  void Tree() {
    struct Tick {
      size_t pages = 0;
      AddrRange span;
    };
    std::map<std::pair<double, size_t>, Tick> ticks;
    for (const AddrRange& page : map_.tree_pages) {
      ForEachPart(page, [&](double y, double x, double, AddrRange part) {
        Tick& tick = ticks[{y, static_cast<size_t>((x - kBandX) / kColumn)}];
        tick.span.begin = tick.pages == 0 ? part.begin : std::min(tick.span.begin, part.begin);
        tick.span.end = std::max(tick.span.end, part.end);
        ++tick.pages;
      });
    }
    for (const auto& [at, tick] : ticks) {
      canvas_.Rect(kBandX + kColumn * static_cast<double>(at.second), at.first + kTreeY, kColumn,
                   kTreeHeight, "tree",
                   absl::StrCat("radix tree: ", tick.pages, tick.pages == 1 ? " page" : " pages",
                                "\n", FormatRange(tick.span)));
    }
  }

  // Which extension blocks hold something handed over, and are therefore never extended into.
  void Blocks() {
    const unsigned shift = map_.geometry.extension_shift;
    if (layout_.row_bytes >> shift > kMaxBlocks) return;
    const std::vector<AddrRange> busy = PreservedBlocks(map_);
    for (const MapRow& row : layout_.rows) {
      if (row.gap) continue;
      PhysAddr at = row.range.begin;
      while (at < row.range.end) {
        const uint64_t number = at.value >> shift;
        const AddrRange block = CappedRange({number << shift}, map_.geometry.extension_bytes());
        const bool is_busy = std::any_of(
            busy.begin(), busy.end(), [&block](const AddrRange& b) { return b.Overlaps(block); });
        const PhysAddr end = std::min(block.end, row.range.end);
        const double x = X(row, at);
        canvas_.Rect(x, tops_[static_cast<size_t>(&row - layout_.rows.data())] + kBlocksY,
                     X(row, end) - x - (end == block.end ? 1 : 0), kBlocksHeight,
                     is_busy ? "busy" : "free",
                     Tooltip(is_busy ? "extension block with something handed over"
                                     : "extension block with nothing handed over",
                             block));
        at = end;
      }
    }
  }

  // Memory whose struct pages are not initialised shows through.
  void StructPages() {
    for (const MemoryMap::Bank& bank : map_.banks) {
      ForEachPart(bank.range, [&](double y, double x, double width, AddrRange) {
        canvas_.Rect(x, y + kPagesY, width, kPagesHeight, "bare",
                     Tooltip("struct pages not initialised, within", bank.range));
      });
    }
    for (const MemoryMap::Pages& pages : map_.pages) {
      ForEachPart(pages.range, [&](double y, double x, double width, AddrRange) {
        canvas_.Rect(x, y + kPagesY, width, kPagesHeight, PageStyle(pages.kind),
                     Tooltip(PageName(pages.kind), pages.range));
      });
    }
  }

  void Types() {
    for (const MemoryMap::Bank& bank : map_.banks) {
      ForEachPart(bank.range, [&](double y, double x, double width, AddrRange) {
        canvas_.Rect(x, y + kTypesY, width, kTypesHeight, "plain",
                     Tooltip("pageblocks not CMA, within", bank.range));
      });
    }
    for (const AddrRange& range : map_.cma) {
      ForEachPart(range, [&](double y, double x, double width, AddrRange) {
        canvas_.Rect(x, y + kTypesY, width, kTypesHeight, "cma", Tooltip("CMA pageblocks", range));
      });
    }
  }

  void Violations() {
    const double height = map_.struct_pages ? kTypesY + kTypesHeight : kBandHeight;
    for (const MemoryMap::Mark& mark : map_.violations) {
      ForEachPart(mark.range, [&](double y, double x, double width, AddrRange) {
        canvas_.Rect(x - 1, y - 2, width + 2, height + 4, "violation",
                     Tooltip(mark.name, mark.range));
      });
    }
  }

  // A small triangle above the band where the range begins, with the name beside it.
  void Marks() {
    for (const MemoryMap::Mark& mark : map_.marks) {
      bool drawn = false;
      ForEachPart(mark.range, [&](double y, double x, double width, AddrRange) {
        if (std::exchange(drawn, true)) return;
        const double middle = x + width / 2;
        canvas_.Pointer(middle, y + 1, Tooltip(mark.name, mark.range));
        const bool on_the_left = x > kBandX + kBandWidth / 2;
        canvas_.Text(on_the_left ? middle - 8 : middle + 8, y - 1, "tag", mark.name,
                     on_the_left ? "end" : "start");
      });
    }
  }

  // The nodes that have memory in `row`: "node 0, 1".
  std::string Nodes(const MapRow& row) const {
    std::vector<NodeId> nodes;
    for (const MemoryMap::Bank& bank : map_.banks) {
      if (bank.nid != kNoNode && bank.range.Overlaps(row.range)) nodes.push_back(bank.nid);
    }
    std::sort(nodes.begin(), nodes.end());
    nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
    std::string text;
    for (const NodeId nid : nodes) {
      if (text.size() > 9) return text + "...";
      absl::StrAppend(&text, text.empty() ? "node " : ", ", nid);
    }
    return text;
  }

  std::string Zones(const MapRow& row) const {
    if (!map_.zones.empty()) {
      std::string names;
      for (size_t zone = 0; zone < kZoneCount; ++zone) {
        const auto met = [&](const MemoryMap::Zone& one) {
          return one.id == static_cast<ZoneId>(zone) && one.range.Overlaps(row.range);
        };
        if (std::ranges::none_of(map_.zones, met)) continue;
        absl::StrAppend(&names, names.empty() ? "" : ", ",
                        std::string(ZoneName(static_cast<ZoneId>(zone))));
      }
      return names;
    }
    const bool low = row.range.begin <= map_.geometry.low_limit;
    const bool high = row.range.end > map_.geometry.low_limit + 1;
    return low && high ? "DMA32, Normal" : low ? "DMA32" : "Normal";
  }

  void Labels() {
    for (size_t i = 0; i < layout_.rows.size(); ++i) {
      const MapRow& row = layout_.rows[i];
      if (row.gap) {
        canvas_.Text(kBandX + kBandWidth / 2, tops_[i] + 11, "gap",
                     absl::StrCat("nothing in ", FormatRange(row.range), " (",
                                  FormatBytes(row.range.size()), ")"),
                     "middle");
        continue;
      }
      canvas_.Text(kBandX - 12, tops_[i] + 19, "addr", FormatAddr(row.range.begin), "end");
      canvas_.Text(kBandX - 12, tops_[i] + 35, "small", FormatBytes(row.range.begin.value), "end");
      canvas_.Text(kBandX + kBandWidth + 12, tops_[i] + 27, "small", Nodes(row));
      canvas_.Rect(kBandX, tops_[i], kBandWidth, kBandHeight, "frame");
      if (!map_.struct_pages) continue;
      canvas_.Text(kBandX - 12, tops_[i] + kPagesY + kPagesHeight - 2, "strip", "struct pages",
                   "end");
      canvas_.Text(kBandX - 12, tops_[i] + kTypesY + kTypesHeight + 2, "strip", "pageblocks",
                   "end");
      canvas_.Text(kBandX + kBandWidth + 12, tops_[i] + 42, "strip", Zones(row));
    }
  }

  const MemoryMap& map_;
  const MapLayout layout_;
  const std::vector<double> tops_;  // one more than rows
  SvgCanvas canvas_;
};

}  // namespace

std::string RenderSvg(const MemoryMap& map) { return Drawing(map).Render(); }

}  // namespace khofuzz
