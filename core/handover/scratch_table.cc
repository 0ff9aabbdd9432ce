#include "core/handover/scratch_table.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/designs/quirks.h"

namespace khofuzz {
namespace {

constexpr size_t kAreaBytes = 16;

// The kernel stores both fields in the machine's own order, and KHO machines are little-endian.
void AppendLittleEndian(uint64_t value, std::vector<uint8_t>& out) {
  for (unsigned shift = 0; shift < 64; shift += 8) {
    out.push_back(static_cast<uint8_t>(value >> shift));
  }
}

uint64_t ReadLittleEndian(std::span<const uint8_t> bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < sizeof(value); ++i) value |= uint64_t{bytes[i]} << (8 * i);
  return value;
}

std::string AreaName(size_t index, const ScratchArea& area) {
  return absl::StrCat("area ", index, ", [0x", absl::Hex(area.addr.value), ", 0x",
                      absl::Hex(area.range().end.value), ")");
}

// Indices of the non-empty areas, ascending by address.
std::vector<size_t> ByAddress(const std::vector<ScratchArea>& areas) {
  std::vector<size_t> order(areas.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::erase_if(order, [&areas](size_t i) { return areas[i].range().empty(); });
  std::ranges::sort(order, {}, [&areas](size_t i) { return areas[i].addr; });
  return order;
}

}  // namespace

bool ScratchTable::Overlaps(AddrRange range) const {
  return std::ranges::any_of(areas,
                             [&](const ScratchArea& area) { return area.range().Overlaps(range); });
}

uint64_t ScratchTable::bytes() const {
  uint64_t bytes = 0;
  for (const ScratchArea& area : areas) bytes += area.size;
  return bytes;
}

bool KhoScratchOverlap(const ScratchTable& table, AddrRange range, const Design& design) {
  if (!design.Has(Quirk::kScratchOverlapCountsEmpty)) return table.Overlaps(range);
  // Comparing the ends is enough only where both ranges have something between theirs.
  return std::ranges::any_of(table.areas, [&](const ScratchArea& area) {
    return range.begin < area.range().end && area.addr < range.end;
  });
}

uint64_t ScratchTable::Pageblocks(const Geometry& geometry) const {
  const unsigned shift = geometry.page_shift + geometry.pageblock_order;
  uint64_t count = 0;
  uint64_t counted_to = 0;  // every pageblock below this number has been counted or skipped
  for (const size_t i : ByAddress(areas)) {
    const AddrRange range = areas[i].range();
    const uint64_t begin = std::max(range.begin.value >> shift, counted_to);
    const uint64_t end = ((range.end.value - 1) >> shift) + 1;
    if (end <= begin) continue;
    count += end - begin;
    counted_to = end;
  }
  return count;
}

std::vector<uint8_t> ScratchTable::Serialize() const {
  std::vector<uint8_t> bytes;
  bytes.reserve(areas.size() * kAreaBytes);
  for (const ScratchArea& area : areas) {
    AppendLittleEndian(area.addr.value, bytes);
    AppendLittleEndian(area.size, bytes);
  }
  return bytes;
}

absl::Status CheckScratchTableLength(uint64_t bytes) {
  if (bytes % kAreaBytes != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("length is ", bytes, " bytes, expected a multiple of ", kAreaBytes));
  }
  if (bytes / kAreaBytes > kMaxScratchAreas) {
    return absl::InvalidArgumentError(absl::StrCat("length is ", bytes, " bytes, ",
                                                   bytes / kAreaBytes, " areas, expected at most ",
                                                   kMaxScratchAreas));
  }
  return absl::OkStatus();
}

absl::StatusOr<ScratchTable> ParseScratchTable(std::span<const uint8_t> bytes) {
  if (absl::Status status = CheckScratchTableLength(bytes.size()); !status.ok()) return status;
  ScratchTable table;
  table.areas.reserve(bytes.size() / kAreaBytes);
  for (; !bytes.empty(); bytes = bytes.subspan(kAreaBytes)) {
    const ScratchArea area{PhysAddr{ReadLittleEndian(bytes.first(8))},
                           ReadLittleEndian(bytes.subspan(8, 8))};
    if (area.size > kPhysAddrMax - area.addr) {
      return absl::InvalidArgumentError(absl::StrCat(
          "area ", table.areas.size(), " at 0x", absl::Hex(area.addr.value), " has size 0x",
          absl::Hex(area.size), ", expected it to end within the address space"));
    }
    table.areas.push_back(area);
  }
  return table;
}

absl::Status ValidateScratchTable(const ScratchTable& table, const Geometry& geometry) {
  const std::vector<ScratchArea>& areas = table.areas;
  const uint64_t align = geometry.scratch_alignment();
  for (size_t i = 0; i < areas.size(); ++i) {
    const AddrRange range = areas[i].range();
    if (range.empty()) continue;
    if (!IsAligned(range.begin, align) || !IsAligned(range.end, align)) {
      return absl::InvalidArgumentError(absl::StrCat(
          AreaName(i, areas[i]), ": expected both ends aligned to 0x", absl::Hex(align)));
    }
  }
  const std::vector<size_t> order = ByAddress(areas);
  for (size_t k = 1; k < order.size(); ++k) {
    const size_t low = order[k - 1];
    const size_t high = order[k];
    if (areas[low].range().Overlaps(areas[high].range())) {
      return absl::InvalidArgumentError(absl::StrCat(AreaName(low, areas[low]), " overlaps ",
                                                     AreaName(high, areas[high]),
                                                     ", expected disjoint areas"));
    }
  }
  return absl::OkStatus();
}

}  // namespace khofuzz
