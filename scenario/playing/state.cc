#include "scenario/playing/state.h"

#include <algorithm>
#include <utility>

#include "core/designs/asked_elsewhere.h"

namespace khofuzz {
namespace {

// Leaves the arrays room for the first split, so that small scenarios double them.
void ShrinkArrays(Memblock& memblock) {
  constexpr size_t kForASplit = 2;
  memblock.set_initial_max(std::max(memblock.memory().cnt(), memblock.reserved().cnt()) +
                           kForASplit);
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

// Without NUMA nobody asks firmware for nodes.
bool IsOneNode(const Subject& subject) {
  return subject.kernels == nullptr ? subject.designs.Has(kOneNodeQuirk)
                                    : subject.kernels->one_node();
}

Machine WithOneNode(Machine machine) {
  for (Machine::Bank& bank : machine.banks) bank.nid = 0;
  return machine;
}

std::unique_ptr<MemblockAlone> ReadFirmware(const Machine& machine, const Design& design,
                                            Faults* faults, Beside* beside) {
  const uint64_t page = machine.geometry.page_size();
  const PhysAddr end = machine.span().end;
  Memblock memblock(page, design);
  for (const Machine::Bank& bank : machine.banks) (void)memblock.AddMemory(bank.range, bank.nid);
  for (const AddrRange& range : machine.firmware) {
    const AddrRange pages{AlignDown(range.begin, page), AlignUp(range.end, page)};
    (void)memblock.Reserve(pages.Intersect({PhysAddr{0}, end}));
  }
  ShrinkArrays(memblock);
  if (beside != nullptr) ReadFirmwareMap(memblock, beside->parts().memblock());
  memblock.set_faults(faults);
  // Where a real kernel is compared, what both do wrong is known and the model's own play finds it.
  const uint64_t pages = beside == nullptr ? end.value / page : 0;
  return std::make_unique<MemblockAlone>(
      MemblockAlone{std::move(memblock), pages <= kMaxMappedPages ? pages : 0, nullptr, {}});
}

}  // namespace

MemblockMap* MemblockAlone::Map() {
  if (map == nullptr && map_pages != 0) {
    map = std::make_unique<MemblockMap>(map_pages, memblock.page_size(), memblock);
  }
  return map.get();
}

void MemblockAlone::EndMap() {
  map_pages = 0;
  map.reset();
}

absl::StatusOr<PhysAddr> ArenaPages::AllocNode() {
  if (faults_->Next(FaultSite::kRadixNode)) {
    return absl::ResourceExhaustedError("a radix node was refused by request");
  }
  next_ = next_ + memory_->page_size();
  memory_->BackZeroed(next_);
  live_.insert(next_);
  return next_;
}

void ArenaPages::FreeNode(PhysAddr page) {
  memory_->Drop(page);
  live_.erase(page);
}

State::State(Machine the_machine, const Subject& subject)
    : machine(IsOneNode(subject) ? WithOneNode(std::move(the_machine)) : std::move(the_machine)),
      design(subject.designs.first()),
      kernels_(subject.kernels),
      shape_(machine.geometry.page_shift, subject.designs.first()),
      life_(&machine, subject, &report, &faults, &outcome) {
  faults.set_log(subject.fault_log);
}

State::~State() = default;

bool State::CallParts() {
  parts_called_ = true;
  if (kernels_ == nullptr) return true;
  if (beside_ == nullptr) {
    if (life_.has_booted()) {
      life_.LeaveOut();
      outcome.NoEffect(
          "whole kernels run on this tree, and its parts cannot be called beside them: put this "
          "into a scenario of its own");
      return false;
    }
    auto parts =
        kernels_->NewParts(geometry(), geometry().PfnUp(machine.span().end), machine.node_count());
    if (!parts.ok()) {
      life_.CannotRun(parts.status());
      outcome.NoEffect(parts.status().message());
      return false;
    }
    beside_ = std::make_unique<Beside>(*std::move(parts), &report);
    beside_->parts().faults() = faults;
    life_.CannotBootTree("parts of this tree are called by themselves");
  }
  if (!beside_->lost()) return true;
  outcome.NoEffect("the tree's memblock has put an array where others may write, and is lost");
  return false;
}

MemblockAlone* State::memblock() {
  if (!CallParts()) return nullptr;
  if (memblock_ == nullptr) memblock_ = ReadFirmware(machine, design, &faults, beside_.get());
  return memblock_.get();
}

RawTree* State::raw() {
  if (!CallParts()) return nullptr;
  RadixPart* const real = beside_ == nullptr ? nullptr : beside_->parts().radix();
  if (beside_ != nullptr && real == nullptr) {
    life_.LeaveOut();
    outcome.NoEffect("this tree has no kho_radix_add_key()");
    return nullptr;
  }
  if (raw_ == nullptr) raw_ = std::make_unique<RawTree>(geometry().page_shift, &faults);
  if (!raw_->tree.has_value()) {
    auto tree = RadixTree::Create(shape_, &raw_->memory, &raw_->pages, design);
    if (real != nullptr) {
      beside_->CompareOutcome("kho_radix_init_tree()", tree.status(), real->Create());
    }
    if (!tree.ok()) {
      outcome.Refused(tree.status().message());
      return nullptr;
    }
    raw_->tree = *std::move(tree);
  }
  return raw_.get();
}

void State::CheckAll() {
  if (memblock_ != nullptr && memblock_->Map() != nullptr) {
    memblock_->map->CompareAll(memblock_->memblock, report);
  }
  if (raw_ != nullptr && raw_->tree.has_value()) {
    CheckTreeIsSet(*raw_->tree, raw_->keys, "the tree", report);
    CheckTreeNodes(*raw_->tree, raw_->pages.live(), "the tree", report);
  }
  // A scenario that only calls parts is not about a machine that boots.
  if (life_.asked() || !parts_called_) life_.TearDown();
}

}  // namespace khofuzz
