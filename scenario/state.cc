#include "scenario/state.h"

#include <algorithm>
#include <utility>

#include "core/memblock/iterate.h"
#include "core/radix/shape.h"
#include "oracle/scratch.h"
#include "scenario/life.h"

namespace khofuzz {
namespace {

// Above this many pages a page-by-page map would cost more than it finds; premise counters show
// that it was not there.
constexpr uint64_t kMaxMappedPages = uint64_t{1} << 16;

// Leaves the arrays room for `least` entries and the first split, so that small scenarios double
// them.
void ShrinkArrays(Memblock& memblock, size_t least) {
  constexpr size_t kForASplit = 2;
  memblock.set_initial_max(
      std::max(least, std::max(memblock.memory().cnt(), memblock.reserved().cnt()) + kForASplit));
}

// The same on a real kernel's memblock, whose arrays then have as much room as `model`'s.
void ReadFirmwareMap(const Memblock& model, MemblockPart& real) {
  for (const MemblockRegion& region : model.memory().regions) {
    (void)real.AddMemory(region.range(), region.nid);
  }
  for (const MemblockRegion& region : model.reserved().regions) {
    (void)real.Reserve(region.range(), region.nid, region.flags);
  }
  real.set_initial_max(model.memory().max);
}

std::unique_ptr<BootMemblock> StartBoot(const Machine& machine, const Design& design,
                                        Faults* faults, Beside* beside) {
  const uint64_t page = machine.geometry.page_size();
  const PhysAddr end = machine.span().end;
  Memblock memblock(page, design);
  for (const Machine::Bank& bank : machine.banks) (void)memblock.AddMemory(bank.range, bank.nid);
  for (const AddrRange& range : machine.firmware) {
    const AddrRange pages{AlignDown(range.begin, page), AlignUp(range.end, page)};
    (void)memblock.Reserve(pages.Intersect({PhysAddr{0}, end}));
  }
  ShrinkArrays(memblock, 0);
  if (beside != nullptr) ReadFirmwareMap(memblock, beside->parts().memblock());
  memblock.set_faults(faults);
  // Where a real kernel is compared, what both do wrong is known and has other targets.
  const uint64_t pages = beside == nullptr ? end.value / page : 0;
  return std::make_unique<BootMemblock>(
      BootMemblock{std::move(memblock), pages <= kMaxMappedPages ? pages : 0, nullptr});
}

}  // namespace

MemblockMap* BootMemblock::Map() {
  if (map == nullptr && map_pages != 0) {
    map = std::make_unique<MemblockMap>(map_pages, memblock.page_size(), memblock);
  }
  return map.get();
}

void BootMemblock::EndMap() {
  map_pages = 0;
  map.reset();
}

absl::StatusOr<PhysAddr> NodePages::AllocNode() {
  if (faults_->Next(FaultSite::kRadixNode)) {
    return absl::ResourceExhaustedError("a radix node was refused by request");
  }
  const auto page = TakePage();
  if (!page.has_value()) return absl::ResourceExhaustedError("no page is left for a radix node");
  memory_->BackZeroed(*page);
  live_.insert(*page);
  return *page;
}

void NodePages::FreeNode(PhysAddr page) {
  memory_->Drop(page);
  if (live_.erase(page) != 0) GiveBack(page);
}

FreePages::FreePages(const Memblock& memblock, const Geometry& geometry) {
  uint64_t idx = 0;
  while (const auto free = NextFreeRange(memblock, &idx, kNoNode, kMemblockNone)) {
    // Page 0 is never anybody's.
    const Pfn begin = std::max(geometry.PfnUp(free->range.begin), Pfn{1});
    const Pfn end = geometry.PfnDown(free->range.end);
    if (begin < end) free_.Assign({begin, end}, true);
  }
}

std::optional<PfnRange> FreePages::RunAt(Pfn at) const {
  const auto run = free_.RunAt(at);
  if (!run.has_value()) return std::nullopt;
  return run->range;
}

std::optional<Pfn> FreePages::FindAbove(Pfn from, uint64_t pages, uint64_t align) const {
  std::optional<Pfn> found;
  free_.ForEachFrom(from, [&](const auto& run) {
    const Pfn first{AlignUp(std::max(run.range.begin, from).value, align)};
    if (first < run.range.end && run.range.end - first >= pages) found = first;
    return !found.has_value();
  });
  return found;
}

std::optional<Pfn> FreePages::Find(Pfn from, uint64_t pages, uint64_t align) const {
  const auto found = FindAbove(from, pages, align);
  return found.has_value() ? found : FindAbove(Pfn{0}, pages, align);
}

std::optional<PhysAddr> MachinePages::TakePage() {
  const auto pfn = free_->Find(from_, 1, 1);
  if (!pfn.has_value()) return std::nullopt;
  free_->Take({*pfn, *pfn + 1});
  return geometry_.ToAddr(*pfn);
}

void MachinePages::GiveBack(PhysAddr page) {
  const Pfn pfn = geometry_.PfnDown(page);
  free_->Give({pfn, pfn + 1});
}

RunningKernel::RunningKernel(const Memblock& memblock, const Geometry& geometry, Faults* faults)
    : memory(geometry.page_shift),
      free(memblock, geometry),
      nodes(&memory, faults, &free, geometry) {}

State::State(Machine the_machine, const Subject& subject, bool whole, bool compared)
    : machine(std::move(the_machine)),
      design(subject.designs.first()),
      shape_(machine.geometry.page_shift, subject.designs.first()),
      life_(whole ? std::make_unique<Life>(&machine, subject, &report, &faults) : nullptr) {
  if (whole || !compared || subject.kernels == nullptr) return;
  compared_ = true;
  auto parts = subject.kernels->NewParts(geometry(), geometry().PfnUp(machine.span().end),
                                         machine.node_count());
  if (parts.ok()) beside_ = std::make_unique<Beside>(*std::move(parts), &report);
}

State::~State() = default;

std::string State::TakeNote() {
  if (life_ == nullptr) return std::exchange(note_, {});
  std::string note = life_->note();
  life_->ClearNote();
  return note;
}

BootMemblock* State::Booting() {
  if (running_ != nullptr || (compared_ && beside() == nullptr)) return nullptr;
  if (boot_ == nullptr) boot_ = StartBoot(machine, design, &faults, beside_.get());
  return boot_.get();
}

RunningKernel* State::Running() {
  if (successor_ != nullptr || image_ != nullptr) return nullptr;
  if (running_ == nullptr) {
    Booting();
    running_ = std::make_unique<RunningKernel>(boot_->memblock, geometry(), &faults);
  }
  if (!running_->tree.has_value()) {
    auto tree = RadixTree::Create(shape_, &running_->memory, &running_->nodes, design);
    if (!tree.ok()) return nullptr;
    running_->tree = *std::move(tree);
  }
  return running_.get();
}

Successor* State::Succeeding() {
  if (successor_ != nullptr) return successor_.get();
  const RunningKernel* predecessor = Running();
  if (predecessor == nullptr) return nullptr;
  Successor next{machine.FirmwareMemblock(design), BlocksOf(predecessor->keys, shape_), {}, false};
  const auto& live = predecessor->nodes.live();
  next.incoming_nodes.assign(live.begin(), live.end());
  // kho_populate(): bootmem is memory whatever the firmware says, and all there is to allocate
  // from.
  if (scratch.has_value()) {
    for (const ScratchArea& area : scratch->table.areas) {
      (void)next.memblock.AddMemory(area.range());
      (void)next.memblock.MarkMemory(area.range(), kMemblockKhoScratch);
    }
  }
  ShrinkArrays(next.memblock, 0);
  next.memblock.set_kho_scratch_only(true);
  next.memblock.set_faults(&faults);
  successor_ = std::make_unique<Successor>(std::move(next));
  return successor_.get();
}

RawTree* State::Raw() {
  if (compared_ && (beside() == nullptr || beside()->parts().radix() == nullptr)) return nullptr;
  if (raw_ == nullptr) raw_ = std::make_unique<RawTree>(geometry().page_shift, &faults);
  if (!raw_->tree.has_value()) {
    auto tree = RadixTree::Create(shape_, &raw_->memory, &raw_->pages, design);
    RadixPart* const real = beside_ == nullptr ? nullptr : beside_->parts().radix();
    if (real != nullptr) {
      beside_->CompareOutcome("kho_radix_init_tree()", tree.status(), real->Create());
    }
    if (!tree.ok()) return nullptr;
    raw_->tree = *std::move(tree);
  }
  return raw_.get();
}

void State::CheckAll() {
  if (life_ != nullptr) return life_->TearDown();
  if (boot_ != nullptr && running_ == nullptr && boot_->Map() != nullptr) {
    boot_->map->CompareAll(boot_->memblock, report);
  }
  if (raw_ != nullptr && raw_->tree.has_value()) {
    CheckTreeIsSet(*raw_->tree, raw_->keys, "the tree", report);
    CheckTreeNodes(*raw_->tree, raw_->pages.live(), "the tree", report);
  }
  if (running_ != nullptr && running_->tree.has_value()) {
    CheckTreeIsSet(*running_->tree, running_->keys, "the preserved-memory tree", report);
    CheckTreeNodes(*running_->tree, running_->nodes.live(), "the preserved-memory tree", report);
    if (scratch.has_value()) {
      CheckOutgoingUnpreserved(BlocksOf(running_->keys, shape_), scratch->table, geometry(),
                               report);
    }
  }
}

std::vector<Preservation> BlocksOf(const KeySet& keys, const RadixShape& shape) {
  std::vector<Preservation> blocks;
  blocks.reserve(keys.size());
  for (const uint64_t key : keys) blocks.push_back(shape.DecodeUnchecked(key));
  return blocks;
}

}  // namespace khofuzz
