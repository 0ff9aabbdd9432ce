#include "cli/capture/pagetypeinfo.h"

#include <algorithm>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cli/capture/text.h"
#include "core/memmap/nodes.h"

namespace khofuzz {
namespace {

constexpr uint64_t kMaxOrder = 63;
constexpr uint64_t kMaxNode = 1023;
constexpr std::string_view kPageblockOrder = "Page block order:";
constexpr std::string_view kFreeHeading = "Free pages count per migrate type at order";
constexpr std::string_view kBlocksHeading = "Number of blocks type";
constexpr std::string_view kMixedHeading = "Number of mixed blocks";

class Parser {
 public:
  Parser(std::string_view file, std::string_view text) : lines_(file, text) {}

  absl::StatusOr<PageTypeInfo> Parse() {
    while (lines_.Next()) {
      if (absl::Status status = Line(lines_.line()); !status.ok()) return status;
    }
    if (!seen_pageblock_order_) return Missing(kPageblockOrder);
    if (!seen_max_order_) return Missing(kFreeHeading);
    if (info_.zones.empty()) return Missing(kBlocksHeading);
    return std::move(info_);
  }

 private:
  enum class Table { kNone, kBlocks, kMixed };

  absl::Status Line(std::string_view line) {
    if (line.starts_with(kPageblockOrder)) return PageblockOrder(line);
    if (line.starts_with(kFreeHeading)) return FreeHeading(line);
    if (line.starts_with(kMixedHeading)) {
      table_ = Table::kMixed;
      return absl::OkStatus();
    }
    if (line.starts_with(kBlocksHeading)) return BlocksHeading(line);
    if (table_ == Table::kBlocks && line.starts_with("Node ")) return Zone(line);
    return absl::OkStatus();
  }

  absl::Status Missing(std::string_view heading) const {
    return lines_.Problem("the text ends without a line '" + std::string(heading) + " ...'");
  }

  absl::Status PageblockOrder(std::string_view line) {
    const std::vector<std::string_view> words = Words(line.substr(kPageblockOrder.size()));
    const std::optional<uint64_t> order = words.size() == 1 ? ParseNumber(words[0]) : std::nullopt;
    if (!order || *order > kMaxOrder) {
      return lines_.Expected("'Page block order: N' with N below 64");
    }
    if (seen_pageblock_order_ && info_.pageblock_order != *order) {
      return lines_.Expected(
          absl::StrCat("the order ", info_.pageblock_order, " of the node above"));
    }
    info_.pageblock_order = static_cast<unsigned>(*order);
    seen_pageblock_order_ = true;
    return absl::OkStatus();
  }

  // The columns are the orders 0 to MAX_PAGE_ORDER.
  absl::Status FreeHeading(std::string_view line) {
    table_ = Table::kNone;
    const std::vector<std::string_view> words = Words(line.substr(kFreeHeading.size()));
    for (size_t order = 0; order < words.size(); ++order) {
      if (ParseNumber(words[order]) != order) return lines_.Expected("orders counting up from 0");
    }
    if (words.empty() || words.size() > kMaxOrder) return lines_.Expected("1 to 63 orders");
    const unsigned max_order = static_cast<unsigned>(words.size() - 1);
    if (seen_max_order_ && info_.max_page_order != max_order) {
      return lines_.Expected("as many orders as for the node above");
    }
    info_.max_page_order = max_order;
    seen_max_order_ = true;
    return absl::OkStatus();
  }

  absl::Status BlocksHeading(std::string_view line) {
    table_ = Table::kBlocks;
    const std::vector<std::string_view> words = Words(line.substr(kBlocksHeading.size()));
    std::vector<std::string> types(words.begin(), words.end());
    if (types.empty()) return lines_.Expected("the names of migrate types");
    if (!info_.types.empty() && info_.types != types) {
      return lines_.Expected("the migrate types of the node above");
    }
    info_.types = std::move(types);
    return absl::OkStatus();
  }

  // Node 0, zone    DMA32            4          430 ...
  absl::Status Zone(std::string_view line) {
    const std::vector<std::string_view> words = Words(line);
    constexpr size_t kBeforeCounts = 4;
    if (words.size() != kBeforeCounts + info_.types.size() || words[2] != "zone" ||
        !words[1].ends_with(',')) {
      return lines_.Expected(
          absl::StrCat("'Node N, zone NAME' and ", info_.types.size(), " counts"));
    }
    const std::optional<uint64_t> nid = ParseNumber(words[1].substr(0, words[1].size() - 1));
    if (!nid || *nid > kMaxNode) return lines_.Expected("a node from 0 to 1023");
    PageTypeInfo::Zone zone{static_cast<NodeId>(*nid), std::string(words[3]), {}};
    for (size_t i = kBeforeCounts; i < words.size(); ++i) {
      const std::optional<uint64_t> count = ParseNumber(words[i]);
      if (!count) return lines_.Expected("a number of pageblocks in each column");
      zone.blocks.push_back(*count);
    }
    info_.zones.push_back(std::move(zone));
    return absl::OkStatus();
  }

  LineReader lines_;
  PageTypeInfo info_;
  Table table_ = Table::kNone;
  bool seen_pageblock_order_ = false;
  bool seen_max_order_ = false;
};

}  // namespace

uint64_t PageTypeInfo::Pageblocks(std::string_view type) const {
  const size_t column =
      static_cast<size_t>(std::find(types.begin(), types.end(), type) - types.begin());
  if (column == types.size()) return 0;
  uint64_t blocks = 0;
  for (const Zone& zone : zones) blocks += zone.blocks[column];
  return blocks;
}

absl::StatusOr<PageTypeInfo> ParsePageTypeInfo(std::string_view file, std::string_view text) {
  return Parser(file, text).Parse();
}

}  // namespace khofuzz
