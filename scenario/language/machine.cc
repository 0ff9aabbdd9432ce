#include "scenario/language/machine.h"

#include <algorithm>
#include <bit>
#include <optional>

#include "absl/strings/str_cat.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

// Finer blocks than the largest machine has use for would only make extension slow.
constexpr unsigned kMinExtensionShift = 20;

unsigned Log2(uint64_t bytes) {
  return bytes == 0 ? 0 : static_cast<unsigned>(std::bit_width(bytes)) - 1;
}

Geometry RepairedGeometry(const GeometryLine& line) {
  Geometry g;
  const unsigned page = Log2(line.page);
  g.page_shift = page < 13 ? 12 : page < 15 ? 14 : 16;
  g.max_page_order =
      std::clamp(Log2(line.max_block), g.page_shift, g.page_shift + 20) - g.page_shift;
  g.pageblock_order =
      std::min(std::max(Log2(line.pageblock), g.page_shift) - g.page_shift, g.max_page_order);
  g.section_shift = std::clamp(Log2(line.section), g.page_shift + g.max_page_order, 40u);
  // 1 GiB in the kernel, more than any buddy block: where extended scratch ends, memory regions and
  // so free ranges do, and a block must not lie across.
  g.extension_shift = std::clamp(
      Log2(line.extension), std::max(kMinExtensionShift, g.page_shift + g.max_page_order), 40u);
  // The kernel's own limit is one byte below a round number; so is ours.
  g.low_limit = {std::clamp(line.lowmem, g.page_size(), kMaxMachineAddress) - 1};
  g.dma_bytes = AlignDown(std::min(line.dma, g.low_limit.value + 1), g.max_order_bytes());
  return g;
}

// The part of `range` that no earlier bank covers, from its beginning up to the first that does.
AddrRange CutToFree(AddrRange range, const std::vector<Machine::Bank>& banks) {
  for (const Machine::Bank& bank : banks) {  // sorted by address
    if (!range.Overlaps(bank.range)) continue;
    if (bank.range.begin <= range.begin) {
      range.begin = std::min(bank.range.end, range.end);
    } else {
      range.end = bank.range.begin;
    }
  }
  return range;
}

// Sparse memory knows one node per section: a bank gives up the section it would share with a
// neighbour of another node.
AddrRange CutToSections(AddrRange range, NodeId nid, const std::vector<Machine::Bank>& banks,
                        uint64_t section) {
  for (const Machine::Bank& bank : banks) {
    if (bank.nid == nid || range.empty()) continue;
    if (bank.range.end <= range.begin && AlignUp(bank.range.end, section) > range.begin) {
      range.begin = std::min(AlignUp(bank.range.end, section), range.end);
    }
    if (range.end <= bank.range.begin && AlignDown(bank.range.begin, section) < range.end) {
      range.end = std::max(AlignDown(bank.range.begin, section), range.begin);
    }
  }
  return range;
}

std::optional<Machine::Bank> RepairedBank(const MemoryBank& line, const Machine& machine) {
  const uint64_t page = machine.geometry.page_size();
  const NodeId nid = line.nid == kAnyNode ? 0 : static_cast<NodeId>(line.nid % kMaxNodes);
  AddrRange range = CappedRange({std::min(line.base, kMaxMachineAddress)}, line.size);
  range.end = std::min(range.end, PhysAddr{kMaxMachineAddress});
  range = {AlignUp(range.begin, page),
           std::max(AlignUp(range.begin, page), AlignDown(range.end, page))};
  range = CutToFree(range, machine.banks);
  range = CutToSections(range, nid, machine.banks, machine.geometry.section_bytes());
  if (range.empty()) return std::nullopt;
  return Machine::Bank{range, nid};
}

// As far as there are addresses.
AddrRange RepairedFirmware(const FirmwareReservation& line) {
  return CappedRange({line.base}, line.size).Intersect({PhysAddr{0}, PhysAddr{kMaxMachineAddress}});
}

}  // namespace

uint64_t Machine::memory_bytes() const {
  uint64_t total = 0;
  for (const Bank& bank : banks) total += bank.range.size();
  return total;
}

NodeId Machine::NodeAt(PhysAddr at) const {
  const auto bank =
      std::ranges::upper_bound(banks, at, {}, [](const Bank& b) { return b.range.end; });
  return bank == banks.end() || at < bank->range.begin ? kNoNode : bank->nid;
}

bool Machine::OnOneNode(AddrRange range) const {
  auto bank =
      std::ranges::upper_bound(banks, range.begin, {}, [](const Bank& b) { return b.range.end; });
  const auto first = bank;
  for (; bank != banks.end() && bank->range.begin < range.end; ++bank) {
    if (bank->nid != first->nid) return false;
  }
  return true;
}

int Machine::node_count() const {
  int highest = 0;
  for (const Bank& bank : banks) highest = std::max(highest, bank.nid);
  return highest + 1;
}

Memblock Machine::FirmwareMemblock(const Design& design) const {
  Memblock memblock(geometry.page_size(), design);
  // At most kMaxBanks and kMaxFirmware regions: the initial arrays hold them, nothing can fail.
  for (const Bank& bank : banks) (void)memblock.AddMemory(bank.range, bank.nid);
  for (const AddrRange& range : firmware) (void)memblock.Reserve(range);
  return memblock;
}

Machine MachineFrom(const std::vector<MachineLine>& lines) {
  Machine machine;
  for (const MachineLine& line : lines) {
    if (const auto* geometry = std::get_if<GeometryLine>(&line)) {
      machine.geometry = RepairedGeometry(*geometry);
      break;
    }
  }
  for (const MachineLine& line : lines) {
    if (const auto* bank_line = std::get_if<MemoryBank>(&line)) {
      if (machine.banks.size() == kMaxBanks) continue;
      const auto bank = RepairedBank(*bank_line, machine);
      if (!bank.has_value()) continue;
      machine.banks.insert(std::ranges::upper_bound(machine.banks, bank->range, {},
                                                    [](const Machine::Bank& b) { return b.range; }),
                           *bank);
    } else if (const auto* firmware = std::get_if<FirmwareReservation>(&line)) {
      const AddrRange range = RepairedFirmware(*firmware);
      if (!range.empty() && machine.firmware.size() < kMaxFirmware)
        machine.firmware.push_back(range);
    }
  }
  if (machine.banks.empty()) machine.banks.push_back({{PhysAddr{0}, PhysAddr{16 << 20}}, 0});
  return machine;
}

std::optional<MachineProblem> FindMachineProblem(const std::vector<MachineLine>& lines) {
  const Machine machine = MachineFrom(lines);
  size_t geometry_lines = 0;
  size_t firmware = 0;
  size_t banks = 0;
  for (size_t i = 0; i < lines.size(); ++i) {
    const auto wrong = [i](auto... what) { return MachineProblem{i, absl::StrCat(what...)}; };
    if (const auto* line = std::get_if<GeometryLine>(&lines[i])) {
      if (++geometry_lines > 1) return wrong("a second geometry; one machine has one");
      if (!(GeometryLineFor(machine.geometry) == *line)) {
        return wrong(
            "sizes must be powers of two with page (4K, 16K, 64K) <= pageblock <= max_block <= "
            "section, and 1M and max_block <= extension; dma is at most lowmem, and whole "
            "max_blocks");
      }
    } else if (const auto* bank_line = std::get_if<MemoryBank>(&lines[i])) {
      if (++banks > kMaxBanks) return wrong("more than ", kMaxBanks, " banks");
      const AddrRange wanted = CappedRange({bank_line->base}, bank_line->size);
      const bool kept = std::ranges::any_of(machine.banks, [&](const Machine::Bank& bank) {
        return bank.range == wanted && static_cast<uint64_t>(bank.nid) == bank_line->nid;
      });
      if (!kept) {
        return wrong("memory must be page-aligned, not empty, below ",
                     PrintNumber(kMaxMachineAddress, Kind::kAddress), ", apart from other memory, ",
                     "of a node below ", kMaxNodes, ", and not share a section (",
                     machine.geometry.section_bytes(), " bytes) with another node");
      }
    } else if (const auto* range = std::get_if<FirmwareReservation>(&lines[i])) {
      if (++firmware > kMaxFirmware) return wrong("more than ", kMaxFirmware, " reservations");
      const AddrRange wanted = CappedRange({range->base}, range->size);
      if (wanted.empty() || wanted != RepairedFirmware(*range)) {
        return wrong("a firmware reservation must not be empty and lies below ",
                     PrintNumber(kMaxMachineAddress, Kind::kAddress));
      }
    }
  }
  return std::nullopt;
}

absl::Status CheckMachine(const std::vector<MachineLine>& lines) {
  const std::optional<MachineProblem> problem = FindMachineProblem(lines);
  if (!problem.has_value()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("machine line ", problem->line + 1, ": ", problem->what));
}

std::vector<MachineLine> LinesFor(const Machine& machine) {
  std::vector<MachineLine> lines = {GeometryLineFor(machine.geometry)};
  for (const Machine::Bank& bank : machine.banks) {
    lines.push_back(
        MemoryBank{bank.range.begin.value, bank.range.size(), static_cast<uint64_t>(bank.nid)});
  }
  for (const AddrRange& range : machine.firmware) {
    lines.push_back(FirmwareReservation{range.begin.value, range.size()});
  }
  return lines;
}

GeometryLine GeometryLineFor(const Geometry& g) {
  return {g.page_size(),       g.pageblock_bytes(),   g.max_order_bytes(), g.section_bytes(),
          g.extension_bytes(), g.low_limit.value + 1, g.dma_bytes};
}

}  // namespace khofuzz
