#include "scenario/language/generate.h"

#include <algorithm>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "core/faults.h"
#include "scenario/language/kinds.h"
#include "scenario/language/line.h"

namespace khofuzz {
namespace {

void Fill(const FieldRef& field, ValueSource& values) {
  if (auto* const* flag = std::get_if<bool*>(&field.value)) {
    **flag = values.Flag();
  } else if (auto* const* text = std::get_if<std::string*>(&field.value)) {
    **text = values.Text(field.kind);
  } else if (!field.optional || values.Flag()) {
    *std::get<uint64_t*>(field.value) = values.Number(field.kind, field.choices.size());
  }
}

// Some of `all`, at least one kind.
OpSet Swarm(const OpSet& all, Rng& rng) {
  // Memory blocks are hardly ever taken offline, and what others would do there is gone then.
  static const OpSet rare = OpsOf<op::OfflineMemory>();
  OpSet some;
  while (some.none()) {
    for (size_t i = 0; i < kOpKinds; ++i) {
      some[i] = all[i] && (rare[i] ? rng.OneIn(8) : !rng.OneIn(3));
    }
  }
  return some;
}

// An op of this kind, if the target plays it and this scenario has not switched it off.
template <typename Line>
std::optional<Op> One(const OpSet& kinds, ValueSource& values, Rng& rng) {
  const OpSet only = OpsOf<Line>();
  if ((only & kinds).none()) return std::nullopt;
  return GenerateOp(only, values, rng);
}

void Insert(std::vector<Op>& ops, size_t begin, size_t end, Op one, Rng& rng) {
  ops.insert(ops.begin() + static_cast<std::ptrdiff_t>(rng.Between(begin, end)), std::move(one));
}

constexpr uint64_t kLikelyImage = 64 << 10;  // bytes
constexpr uint64_t kLikelyTest = 256 << 10;  // bytes
constexpr uint64_t kLikelyArea = 4 << 20;    // bytes
constexpr uint64_t kFullFdt = 128;           // subtrees
constexpr uint64_t kFewBlocks = 4;
constexpr uint64_t kManyBlocks = 256;

// The most ops that each part of a handover adds.
constexpr uint64_t kMostPreserving = 3;
constexpr uint64_t kMostRestoring = 3;
// boot_with twice, kexec, extend, decode, the kernel's own test twice, a fault and two
// preservations that are meant beside them.
static_assert(kMostAddedOps == kMostPreserving + kMostRestoring + 10);

// Ops that preserve, anywhere from `begin` on: of the kinds that this scenario has, or else of
// those that the target plays.
void PreserveSomething(std::vector<Op>& ops, size_t begin, const OpSet& kinds, const Target& target,
                       ValueSource& values, Rng& rng) {
  const OpSet preserving =
      OpsOf<op::PreserveFolio, op::PreservePages, op::PreserveVmalloc, op::PreserveBlocks>();
  const OpSet wanted = (preserving & kinds).any() ? preserving & kinds : preserving & target.ops;
  if (wanted.none()) return;
  for (uint64_t n = rng.Between(1, kMostPreserving); n > 0; --n) {
    Insert(ops, begin, ops.size(), GenerateOp(wanted, values, rng), rng);
  }
}

// Below it the memory of a machine of real geometry lies.
constexpr uint64_t kWideMachine = uint64_t{60} << 30;
// Of some of these a bank is so long that sizes in it, too, need more than 32 bits. That costs the
// time of a hundred other machines.
constexpr uint64_t kDeepIn = 24;
constexpr uint64_t kDeepBlock = uint64_t{2} << 30;  // more than an int holds

constexpr uint64_t kLargeSection = 64 << 20;

// A preservation whose blocks are as large as kDeepBlock; nullopt where no bank has two of them.
std::optional<op::PreservePages> PreserveDeep(const Machine& machine, Rng& rng) {
  for (const Machine::Bank& bank : machine.banks) {
    const uint64_t begin = AlignUp(bank.range.begin.value, kDeepBlock);
    const uint64_t end = AlignDown(bank.range.end.value, kDeepBlock);
    if (end < begin + 2 * kDeepBlock) continue;
    const unsigned page_shift = machine.geometry.page_shift;
    // Bootmem is taken from the end.
    return op::PreservePages{.pfn = begin >> page_shift,
                             .nr = (kDeepBlock >> page_shift) + (rng.OneIn(2) ? rng.Below(8) : 0)};
  }
  return std::nullopt;
}

bool IsAllMemory(const Machine& machine, AddrRange range) {
  uint64_t bytes = 0;
  for (const Machine::Bank& bank : machine.banks) {
    const uint64_t begin = std::max(bank.range.begin.value, range.begin.value);
    const uint64_t end = std::min(bank.range.end.value, range.end.value);
    if (begin < end) bytes += end - begin;
  }
  return bytes == range.size();
}

// A preservation of a block that lies across the boundary of two nodes; where nodes interleave it
// may end on the node that it begins on. nullopt where there is no such block that is all memory,
// none of it page 0, which is never free, and of kMostPages at most.
std::optional<op::PreservePages> PreserveAcross(const Machine& machine, Rng& rng) {
  constexpr uint64_t kMostPages = 1 << 16;
  const unsigned page_shift = machine.geometry.page_shift;
  std::vector<op::PreservePages> blocks, interleaved;
  for (size_t i = 1; i < machine.banks.size(); ++i) {
    const Machine::Bank &below = machine.banks[i - 1], &above = machine.banks[i];
    if (below.range.end != above.range.begin || below.nid == above.nid) continue;
    // The smallest that has the boundary within, and the next larger one.
    const uint64_t boundary = above.range.begin.value;
    for (const unsigned more : {1, 2}) {
      const uint64_t block = (boundary & (~boundary + 1)) << more;
      const PhysAddr begin{AlignDown(boundary, block)};
      if (begin.value == 0 || block >> page_shift > kMostPages) continue;
      if (!IsAllMemory(machine, {begin, begin + block})) continue;
      const bool ends_alike = machine.NodeAt(begin) == machine.NodeAt(begin + (block - 1));
      (ends_alike ? interleaved : blocks)
          .push_back({.pfn = begin.value >> page_shift, .nr = block >> page_shift});
    }
  }
  // Those are rarer, and see more.
  if (!interleaved.empty()) blocks = std::move(interleaved);
  if (blocks.empty()) return std::nullopt;
  return blocks[rng.Below(blocks.size())];
}

// Chance alone hardly ever makes anything that is handed over: bootmem has to have room, something
// has to be preserved, the next kernel loaded, and asked for what it inherits.
void HandOver(std::vector<Op>& ops, const OpSet& kinds, const Target& target,
              const Machine& machine, ValueSource& values, Rng& rng) {
  op::BootWith boot = std::get<op::BootWith>(*One<op::BootWith>(AllOps(), values, rng));
  boot.kho_off = boot.kdump = false;
  boot.scratch = values.FittingScratch();
  ops.insert(ops.begin(), boot);
  PreserveSomething(ops, 1, kinds, target, values, rng);
  if ((OpsOf<op::PreservePages>() & target.ops).any()) {
    if (const auto deep = PreserveDeep(machine, rng)) ops.insert(ops.begin() + 1, *deep);
    const auto across = PreserveAcross(machine, rng);
    if (across.has_value() && rng.OneIn(4)) ops.insert(ops.begin() + 1, *across);
  }
  // From here on the next kernel is asked: after a kexec, or at the end, by what hands over itself.
  size_t then = ops.size();
  if ((OpsOf<op::Kexec>() & target.ops).any()) {
    then = static_cast<size_t>(rng.Between(1 + ops.size() / 2, ops.size()));
    ops.insert(ops.begin() + static_cast<std::ptrdiff_t>(then++),
               op::Kexec{.image = machine.geometry.page_size()});
  }
  const OpSet& between = (OpsOf<op::Kexec>() & target.ops).any() ? kinds : target.ops;
  for (auto& one :
       {One<op::Extend>(between, values, rng), One<op::DecodeImage>(between, values, rng)}) {
    if (one.has_value()) ops.push_back(*one);
  }
  for (uint64_t n = rng.Between(0, kMostRestoring); n > 0; --n) {
    auto one = One<op::Restore>(kinds, values, rng);
    if (one.has_value()) Insert(ops, then, ops.size(), *std::move(one), rng);
  }
  // What the kernel's own test has saved it restores.
  if (auto save = One<op::OwnTest>(kinds, values, rng); save.has_value() && rng.OneIn(2)) {
    Insert(ops, then, ops.size(), *save, rng);
    Insert(ops, 1, then - 1, *std::move(save), rng);
    ++then;
  }
  // What goes wrong while somebody inherits is what nobody tries: in the boot, or later.
  if (auto one = One<op::Fail>(kinds, values, rng); one.has_value() && rng.OneIn(2)) {
    // An array grows in the boot of a kernel that begins with a small one.
    if (std::get<op::Fail>(*one).site == static_cast<uint64_t>(FaultSite::kMemblockDouble) &&
        rng.OneIn(2)) {
      boot.memblock_entries = rng.Between(1, 4);
      ops.insert(ops.begin() + static_cast<std::ptrdiff_t>(then++), boot);
    }
    Insert(ops, then, rng.OneIn(2) ? then : ops.size(), *std::move(one), rng);
  }
}

// What goes wrong goes wrong in the midst of something: the first failure that is asked for is
// moved to just before another op, to be among the first few allocations of it.
void AimFailure(std::vector<Op>& ops, Rng& rng) {
  const auto fail = std::ranges::find_if(
      ops, [](const Op& one) { return std::holds_alternative<op::Fail>(one); });
  if (fail == ops.end() || ops.end() - fail < 2) return;
  std::get<op::Fail>(*fail).k = rng.Below(rng.OneIn(2) ? 2 : 8);
  const uint64_t most = static_cast<uint64_t>(ops.end() - fail) - 1;
  std::rotate(fail, fail + 1, fail + 1 + static_cast<std::ptrdiff_t>(rng.Below(most)));
}

}  // namespace

Op GenerateOp(const OpSet& kinds, ValueSource& values, Rng& rng) {
  uint64_t nth = rng.Below(kinds.count());
  size_t kind = 0;
  while (!kinds[kind] || nth-- > 0) ++kind;
  Op made = DefaultOf<Op>(kind);
  const LineRef line = Refer(made);
  for (const FieldRef& field : line.fields()) Fill(field, values);
  // What another word may hold is hardly ever a count at an edge.
  if (auto* const poke = std::get_if<op::PokeBlock>(&made);
      poke != nullptr && op::kPokeBlockNames[poke->what] == "count") {
    poke->value = values.BlockCount();
  }
  // An area of several chunks is seldom had by chance, and only small blocks let one fit.
  if (auto* const area = std::get_if<op::PreserveVmalloc>(&made); area != nullptr && rng.OneIn(4)) {
    area->nr = values.ChunkCount();
    area->order = rng.Below(3);
  }
  // What is large takes the time of a hundred others, and hardly ever shows more.
  if (auto* const test = std::get_if<op::OwnTest>(&made); test != nullptr && !rng.OneIn(16)) {
    test->size = std::min(test->size, kLikelyTest);
  }
  if (auto* const subtree = std::get_if<op::AddSubtree>(&made);
      subtree != nullptr && !rng.OneIn(256)) {
    subtree->copies = std::min<uint64_t>(subtree->copies, rng.OneIn(8) ? kFullFdt : 4);
  }
  if (auto* const area = std::get_if<op::ReserveMem>(&made); area != nullptr && !rng.OneIn(8)) {
    area->size = std::min(area->size, kLikelyArea);
  }
  if (auto* const set = std::get_if<op::PreserveBlocks>(&made); set != nullptr && !rng.OneIn(256)) {
    const uint64_t most =
        (rng.OneIn(16) ? kManyBlocks : kFewBlocks) * values.EntriesOfBlock(set->size) + 1;
    set->entries = std::min(set->entries, most);
    set->spare = std::min(set->spare, most);
  }
  // What a crash kernel keeps others miss, and hardly any needs much.
  if (auto* const boot = std::get_if<op::BootWith>(&made); boot != nullptr) {
    boot->crashkernel = rng.OneIn(3) ? std::min(boot->crashkernel, kLikelyImage) : 0;
  }
  if (auto* const load = std::get_if<op::LoadCrash>(&made); load != nullptr && !rng.OneIn(8)) {
    load->image = std::min(load->image, kLikelyImage);
  }
  return made;
}

std::vector<MachineLine> GenerateMachine(Rng& rng) {
  std::vector<MachineLine> lines;
  Geometry g = TinyGeometry();
  bool wide = false, deep = false;
  switch (rng.Below(18)) {
    // Machines of real geometry, whose sections are of thousands of pages, take the time of ten
    // others.
    case 0:
      g = X86Geometry();
      wide = !rng.OneIn(4);
      break;
    case 1:
      g = Arm64Geometry16K();
      break;
    case 2:
    case 3:
      // A tiny machine with larger pages, so that the other tree shapes meet small machines too.
      g = {rng.OneIn(2) ? 14u : 16u, 3, 4, 21, 23, PhysAddr{0x1ffffff}};
      break;
    default:
      // Extension blocks so small that even a small machine has several.
      if (rng.OneIn(2)) g.extension_shift = 20;
  }
  if (g != TinyGeometry()) lines.push_back(GeometryLineFor(g));
  if (rng.OneIn(4)) {
    // A zone boundary where sections, but no gigantic page, begin.
    g.low_limit = {g.section_bytes() * rng.Between(2, 20) - 1};
    if (lines.empty()) lines.emplace_back();
    lines.front() = GeometryLineFor(g);
  }
  if (rng.OneIn(8)) {
    // x86-64 has ZONE_DMA, whose end is that of no section there.
    g.dma_bytes =
        std::min(g == X86Geometry() ? kX86DmaBytes : g.max_order_bytes() * rng.Between(1, 12),
                 AlignDown(g.low_limit.value + 1, g.max_order_bytes()));
    if (lines.empty()) lines.emplace_back();
    lines.front() = GeometryLineFor(g);
  }
  const uint64_t section = g.section_bytes();
  // Long banks, more seldom where that is gibibytes.
  const uint64_t long_in = section < kLargeSection ? 4 : 32;
  uint64_t at = rng.OneIn(2) ? 0 : g.page_size();
  // Of the last bank and of the one before: nodes may interleave.
  uint64_t nid = 0, nid_before = 0;
  for (uint64_t banks = rng.Between(1, 4); banks > 0; --banks) {
    const uint64_t end =
        AlignDown(at, section) + section * rng.Between(1, rng.OneIn(long_in) ? 24 : 3);
    // Firmware rarely ends memory on a section.
    const uint64_t cut =
        rng.OneIn(4) ? std::min(g.page_size() * rng.Between(1, 40), (end - at) / 2) : 0;
    nid_before = std::exchange(nid, rng.OneIn(4) ? nid_before : rng.Below(3));
    lines.push_back(MemoryBank{at, AlignDown(end - at - cut, g.page_size()), nid});
    at = end + (rng.OneIn(3) ? section * rng.Below(4) : 0);
    // Addresses that no 32 bits hold, as most memory of real machines has. It is memory that costs,
    // not holes.
    if (wide && at < kWideMachine && rng.OneIn(2)) {
      at += std::min(rng.Between(1, 24) << 30, kWideMachine - at);
    }
    if (wide && !deep && at < kWideMachine - 4 * kDeepBlock && rng.OneIn(kDeepIn)) {
      deep = true;
      at = AlignUp(at, kDeepBlock);
      const uint64_t bytes = kDeepBlock * rng.Between(2, 4);
      lines.push_back(MemoryBank{at, bytes, rng.Below(3)});
      at += bytes;
    }
  }
  for (uint64_t n = rng.Below(3); n > 0; --n) {
    lines.push_back(
        FirmwareReservation{AlignDown(rng.Below(at), 64), rng.Between(1, 4) << rng.Below(14)});
  }
  return lines;
}

Scenario Generate(const Target& target, Rng& rng, int size) {
  Scenario scenario;
  if (!rng.OneIn(8)) scenario.machine = GenerateMachine(rng);
  const Machine machine = MachineFrom(scenario.machine);
  ValueSource values(machine, rng);
  const OpSet kinds = Swarm(target.ops, rng);
  const uint64_t most =
      std::max<uint64_t>(1, target.max_ops * static_cast<uint64_t>(std::clamp(size, 1, 100)) / 100);
  for (uint64_t n = rng.Between(1, most); n > 0; --n) {
    scenario.ops.push_back(GenerateOp(kinds, values, rng));
    // Mostly an image for which there may be room.
    if (auto* const kexec = std::get_if<op::Kexec>(&scenario.ops.back());
        kexec != nullptr && !rng.OneIn(8)) {
      kexec->image = std::min(kexec->image, kLikelyImage);
    }
  }
  if (BootsKernels(target) && !rng.OneIn(4)) {
    HandOver(scenario.ops, kinds, target, machine, values, rng);
  }
  if (rng.OneIn(2)) AimFailure(scenario.ops, rng);
  return scenario;
}

}  // namespace khofuzz
