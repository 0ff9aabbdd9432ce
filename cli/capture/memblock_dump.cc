#include "cli/capture/memblock_dump.h"

#include <algorithm>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/capture/text.h"
#include "core/memmap/nodes.h"

namespace khofuzz {
namespace {

// MAX_NUMNODES of the largest configuration.
constexpr uint64_t kMaxNodes = 1024;

// What an array's header promises about the lines below it.
struct Promise {
  size_t line = 0;
  uint64_t cnt = 0;
  uint64_t total_size = 0;
};

class DumpParser {
 public:
  DumpParser(std::string_view file, std::string_view text) : lines_(file, text) {
    dump_.file = std::string(file);
  }

  absl::StatusOr<MemblockDump> Parse() {
    while (lines_.Next()) {
      const std::vector<std::string_view> words = Words(lines_.line());
      if (words.empty()) continue;
      absl::Status status = words[0] == "#" ? Header(words) : Region(words);
      if (!status.ok()) return status;
    }
    if (absl::Status status = EndArray(); !status.ok()) return status;
    if (!seen_memory_ || !seen_reserved_) {
      return lines_.Problem(absl::StrCat("the text ends; expected the array memblock.",
                                         seen_memory_ ? "reserved" : "memory", " as well"));
    }
    return std::move(dump_);
  }

 private:
  // # LABEL memblock.ARRAY cnt=N max=N total_size=N bottom_up=N
  absl::Status Header(const std::vector<std::string_view>& words) {
    constexpr std::string_view kExpected =
        "'# LABEL memblock.memory|reserved cnt=N max=N total_size=N bottom_up=0|1'";
    if (words.size() != 7) return lines_.Expected(kExpected);
    if (absl::Status status = EndArray(); !status.ok()) return status;

    const bool is_memory = words[2] == "memblock.memory";
    if (!is_memory && words[2] != "memblock.reserved") return lines_.Expected(kExpected);
    bool& seen = is_memory ? seen_memory_ : seen_reserved_;
    if (seen) return lines_.Expected("each array once");
    seen = true;

    const std::optional<uint64_t> cnt = ParseField(words[3], "cnt=");
    const std::optional<uint64_t> max = ParseField(words[4], "max=");
    const std::optional<uint64_t> total = ParseField(words[5], "total_size=");
    const std::optional<uint64_t> bottom_up = ParseField(words[6], "bottom_up=");
    if (!cnt || !max || !total || !bottom_up || *bottom_up > 1) return lines_.Expected(kExpected);
    if (*cnt > *max) return lines_.Expected("cnt at most max");

    array_ = is_memory ? &dump_.memory : &dump_.reserved;
    array_->max = *max;
    array_->total_size = *total;
    array_name_ = is_memory ? "memory" : "reserved";
    promise_ = {lines_.number(), *cnt, *total};
    dump_.label = std::string(words[1]);
    dump_.bottom_up = *bottom_up == 1;
    return absl::OkStatus();
  }

  // memory|reserved INDEX BASE SIZE FLAGS nid=N
  absl::Status Region(const std::vector<std::string_view>& words) {
    if (array_ == nullptr) return lines_.Expected("a header line, starting with '#'");
    if (words.size() != 6 || words[0] != array_name_) {
      return lines_.Expected(absl::StrCat("'", array_name_, " INDEX BASE SIZE FLAGS nid=N'"));
    }
    std::vector<MemblockRegion>& regions = array_->regions;
    if (ParseNumber(words[1]) != regions.size()) {
      return lines_.Expected(absl::StrCat("region ", regions.size(), " of ", array_name_));
    }
    const std::optional<uint64_t> base = ParseNumber(words[2]);
    const std::optional<uint64_t> size = ParseNumber(words[3]);
    if (!base) return lines_.Expected("an address in the third column");
    if (!size || *size == 0) return lines_.Expected("a size above 0 in the fourth column");
    if (*size > kPhysAddrMax.value - *base) {
      return lines_.Expected("a region that ends within the address space");
    }
    if (!regions.empty() && PhysAddr{*base} < regions.back().end()) {
      return lines_.Expected(absl::StrFormat("a region at or above 0x%x, where the one before ends",
                                             regions.back().end().value));
    }
    const absl::StatusOr<MemblockFlags> flags = ParseMemblockFlags(words[4]);
    if (!flags.ok()) return lines_.Expected("memblock flags in the fifth column");
    const std::optional<NodeId> nid = Node(words[5]);
    if (!nid) return lines_.Expected("nid=-1 or nid=0 to nid=1023 in the last column");
    regions.push_back({PhysAddr{*base}, *size, *flags, *nid});
    return absl::OkStatus();
  }

  static std::optional<NodeId> Node(std::string_view word) {
    if (word == "nid=-1") return kNoNode;
    const std::optional<uint64_t> nid = ParseField(word, "nid=");
    if (!nid || *nid >= kMaxNodes) return std::nullopt;
    return static_cast<NodeId>(*nid);
  }

  // The array just read must be what its header promised.
  absl::Status EndArray() {
    if (array_ == nullptr) return absl::OkStatus();
    uint64_t total = 0;
    for (const MemblockRegion& region : array_->regions) total += region.size;
    if (array_->regions.size() != promise_.cnt) {
      return lines_.Problem(absl::StrCat("line ", promise_.line, " promises cnt=", promise_.cnt,
                                         " regions of ", array_name_, ", found ",
                                         array_->regions.size()));
    }
    // memblock_trim_memory() (mm/memblock.c) cuts memory regions to whole pages and leaves their
    // total as it was.
    const bool trimmed = array_ == &dump_.memory && total < promise_.total_size;
    if (total != promise_.total_size && !trimmed) {
      return lines_.Problem(absl::StrFormat("line %d promises total_size=0x%x of %s, found 0x%x",
                                            promise_.line, promise_.total_size, array_name_,
                                            total));
    }
    return absl::OkStatus();
  }

  LineReader lines_;
  MemblockDump dump_;
  bool seen_memory_ = false;
  bool seen_reserved_ = false;
  MemblockArrayDump* array_ = nullptr;  // the array being read
  std::string array_name_;
  Promise promise_;
};

void AppendArray(const MemblockArrayDump& array, const MemblockDump& dump, const char* name,
                 std::string* text) {
  absl::StrAppendFormat(text, "# %s memblock.%s cnt=%d max=%d total_size=0x%x bottom_up=%d\n",
                        dump.label, name, array.regions.size(), array.max, array.total_size,
                        dump.bottom_up);
  for (size_t i = 0; i < array.regions.size(); ++i) {
    const MemblockRegion& region = array.regions[i];
    absl::StrAppendFormat(text, "%s %d 0x%016x 0x%x %s nid=%d\n", name, i, region.base.value,
                          region.size, MemblockFlagsName(region.flags), region.nid);
  }
}

// Names the first region in which what was built differs from what was dumped.
absl::Status SameRegions(const MemblockDump& dump, const MemblockArrayDump& array,
                         const MemblockType& built) {
  if (built.regions == array.regions) return absl::OkStatus();
  const auto [in_dump, in_built] = std::mismatch(array.regions.begin(), array.regions.end(),
                                                 built.regions.begin(), built.regions.end());
  return absl::InvalidArgumentError(absl::StrCat(
      dump.file, ": region ", in_dump - array.regions.begin(), " of ", std::string(built.name),
      " touches its neighbour with equal flags and node; memblock would have merged "
      "them"));
}

}  // namespace

absl::StatusOr<MemblockDump> ParseMemblockDump(std::string_view file, std::string_view text) {
  return DumpParser(file, text).Parse();
}

std::string FormatMemblockDump(const MemblockDump& dump) {
  std::string text;
  AppendArray(dump.memory, dump, "memory", &text);
  AppendArray(dump.reserved, dump, "reserved", &text);
  return text;
}

absl::StatusOr<Memblock> BuildMemblock(const MemblockDump& dump, uint64_t page_size) {
  for (const MemblockArrayDump* array : {&dump.memory, &dump.reserved}) {
    if (array->regions.size() > kMaxMemblockEntries) {
      return absl::InvalidArgumentError(absl::StrCat(dump.file, ": ", array->regions.size(),
                                                     " regions in one array; expected at most ",
                                                     kMaxMemblockEntries));
    }
  }
  Memblock memblock(page_size, Design());
  // Room for both arrays as they were, so that building doubles nothing; the doubled arrays of the
  // recorded kernel are reservations in its dump.
  const size_t max = std::max(dump.memory.max, dump.reserved.max);
  memblock.set_initial_max(std::clamp(max, kInitMemblockRegions, 2 * kMaxMemblockEntries));
  memblock.set_bottom_up(dump.bottom_up);
  for (const MemblockRegion& region : dump.memory.regions) {
    absl::Status status = memblock.AddMemory(region.range(), region.nid, region.flags);
    if (!status.ok()) return status;
  }
  for (const MemblockRegion& region : dump.reserved.regions) {
    absl::Status status = memblock.Reserve(region.range(), region.nid, region.flags);
    if (!status.ok()) return status;
  }
  absl::Status same = SameRegions(dump, dump.memory, memblock.memory());
  if (same.ok()) same = SameRegions(dump, dump.reserved, memblock.reserved());
  if (!same.ok()) return same;
  return memblock;
}

}  // namespace khofuzz
