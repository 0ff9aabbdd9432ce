#include "core/handover/handover.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/interval_map.h"
#include "core/memmap/nodes.h"
#include "core/radix/walk.h"

namespace khofuzz {
namespace {

absl::Status InPart(std::string_view part, const absl::Status& status) {
  return {status.code(), absl::StrCat(std::string(part), ": ", status.message())};
}

absl::Status NotBacked(PhysAddr page) {
  return absl::DataLossError(
      absl::StrCat("no page at 0x", absl::Hex(page.value), " in the handed-over memory"));
}

// The page that the FDT lies in; the kernel gives it a page of its own.
absl::StatusOr<std::span<const uint8_t>> FdtPage(const Handover& handover) {
  if (!IsAligned(handover.fdt, handover.memory.page_size())) {
    return absl::InvalidArgumentError(absl::StrCat("address is 0x", absl::Hex(handover.fdt.value),
                                                   ", expected a page-aligned one"));
  }
  const std::span<const uint8_t> page = handover.memory.Bytes(handover.fdt);
  if (page.empty()) return NotBacked(handover.fdt);
  return page;
}

// The table's bytes, put together from the pages they lie in.
absl::StatusOr<std::vector<uint8_t>> ScratchBytes(const Handover& handover) {
  const uint64_t length = handover.scratch_bytes;
  if (absl::Status status = CheckScratchTableLength(length); !status.ok()) return status;
  if (length > kPhysAddrMax - handover.scratch) {
    return absl::InvalidArgumentError(
        absl::StrCat("address is 0x", absl::Hex(handover.scratch.value), " and length ", length,
                     ", expected it to end within the address space"));
  }
  std::vector<uint8_t> bytes;
  bytes.reserve(length);
  while (bytes.size() < length) {
    const PhysAddr at = handover.scratch + bytes.size();
    const PhysAddr page = AlignDown(at, handover.memory.page_size());
    const std::span<const uint8_t> content = handover.memory.Bytes(page);
    if (content.empty()) return NotBacked(page);
    const std::span<const uint8_t> rest = content.subspan(at - page);
    const size_t take = std::min<uint64_t>(rest.size(), length - bytes.size());
    bytes.insert(bytes.end(), rest.begin(), rest.begin() + take);
  }
  return bytes;
}

absl::StatusOr<KhoFdt> DecodeFdt(const Handover& handover) {
  const absl::StatusOr<std::span<const uint8_t>> page = FdtPage(handover);
  if (!page.ok()) return page.status();
  return ParseKhoFdt(*page);
}

absl::StatusOr<ScratchTable> DecodeScratch(const Handover& handover) {
  const absl::StatusOr<std::vector<uint8_t>> bytes = ScratchBytes(handover);
  if (!bytes.ok()) return bytes.status();
  return ParseScratchTable(*bytes);
}

// The bootmem areas, for asking what lies in them: a tree may hold millions of keys.
class Bootmem {
 public:
  explicit Bootmem(const ScratchTable& table) {
    for (size_t i = 0; i < table.areas.size(); ++i) areas_.Assign(table.areas[i].range(), i);
  }

  // InvalidArgument naming `what` and the area if `range` meets one.
  template <typename Describe>
  absl::Status MustNotMeet(AddrRange range, Describe what) const {
    const auto area = areas_.FirstIn(range);
    if (!area.has_value()) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat(
        what(), " lies in scratch area ", area->value, ", [0x", absl::Hex(area->range.begin.value),
        ", 0x", absl::Hex(area->range.end.value), "), expected bootmem to hold nothing preserved"));
  }

 private:
  IntervalMap<PhysAddr, size_t> areas_;
};

AddrRange BlockRange(const RadixShape& shape, Preservation block) {
  const unsigned shift = shape.page_shift() + block.order;
  return shift >= 64 ? AddrRange{block.phys, kPhysAddrMax}
                     : CappedRange(block.phys, uint64_t{1} << shift);
}

}  // namespace

absl::StatusOr<DecodedHandover> DecodeHandover(const Handover& handover, const RadixShape& shape) {
  if (shape.page_shift() != handover.memory.page_shift()) {
    return absl::InvalidArgumentError(absl::StrCat("page_shift is ", handover.memory.page_shift(),
                                                   ", expected ", shape.page_shift()));
  }
  absl::StatusOr<KhoFdt> fdt = DecodeFdt(handover);
  if (!fdt.ok()) return InPart("fdt", fdt.status());
  absl::StatusOr<ScratchTable> scratch = DecodeScratch(handover);
  if (!scratch.ok()) return InPart("scratch", scratch.status());
  absl::StatusOr<RadixTreeSummary> tree =
      ValidateRadixTree(shape, handover.memory, fdt->memory_map);
  if (!tree.ok()) return InPart("tree", tree.status());
  return DecodedHandover{*std::move(fdt), *std::move(scratch), *std::move(tree)};
}

std::optional<std::vector<Preservation>> BlocksBeforeLeavingMemory(const Handover& handover,
                                                                   const RadixShape& shape,
                                                                   const ScratchTable& scratch,
                                                                   PhysAddr memory_end) {
  const absl::StatusOr<KhoFdt> fdt = DecodeFdt(handover);
  const absl::StatusOr<ScratchTable> table = DecodeScratch(handover);
  if (!fdt.ok() || !table.ok() || *table != scratch ||
      !LeadsOutOfMemory(shape, handover.memory, fdt->memory_map, memory_end).has_value()) {
    return std::nullopt;
  }
  std::vector<Preservation> blocks;
  const auto leaf = [&](uint64_t key) {
    blocks.push_back(shape.DecodeUnchecked(key));
    return true;
  };
  const auto node = [](PhysAddr, unsigned) { return true; };
  std::optional<PhysAddr> led_out;
  RadixWalk(shape, handover.memory, leaf, node, &led_out).Run(fdt->memory_map);
  return blocks;
}

absl::Status ValidateHandover(const Handover& handover, const DecodedHandover& decoded,
                              const RadixShape& shape) {
  const Bootmem bootmem(decoded.scratch);
  const uint64_t page_size = shape.page_size();
  absl::Status status = bootmem.MustNotMeet(CappedRange(handover.fdt, page_size), [&handover] {
    return absl::StrCat("the FDT's page 0x", absl::Hex(handover.fdt.value));
  });
  if (!status.ok()) return status;

  for (const RadixTreeSummary::Node& node : decoded.tree.nodes) {
    status = bootmem.MustNotMeet(CappedRange(node.page, page_size), [&node] {
      return absl::StrCat("tree page 0x", absl::Hex(node.page.value), " of level ", node.level);
    });
    if (!status.ok()) return status;
  }

  auto key_lies_outside = [&](uint64_t key) {
    const Preservation block = shape.DecodeUnchecked(key);
    status = bootmem.MustNotMeet(BlockRange(shape, block), [&block] {
      return absl::StrCat("preserved block 0x", absl::Hex(block.phys.value), " of order ",
                          block.order);
    });
    return status.ok();
  };
  auto any_node = [](PhysAddr, unsigned) { return true; };
  RadixWalk(shape, handover.memory, key_lies_outside, any_node).Run(decoded.fdt.memory_map);
  return status;
}

}  // namespace khofuzz
