// What a running scenario is made of: one machine, its kernels, and parts of a kernel that are
// called by themselves.
//
// Whole kernels run on the machine one after another (life.h). Beside them stand the parts that
// take calls without a boot: memblock with the machine's firmware map, kho_scratch= on it, and a
// tree of raw keys. Neither sees what the other does; ops say which of them they call. All of it is
// the model's, or a compiled tree's; of a tree the parts are held against the model's call by call.
#ifndef KHOFUZZ_SCENARIO_PLAYING_STATE_H_
#define KHOFUZZ_SCENARIO_PLAYING_STATE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/container/btree_set.h"
#include "absl/status/status.h"
#include "core/designs/design.h"
#include "core/faults.h"
#include "core/memblock/memblock.h"
#include "core/phys_memory.h"
#include "core/radix/shape.h"
#include "core/radix/tree.h"
#include "core/scratch/reserve.h"
#include "oracle/memblock_map.h"
#include "oracle/report.h"
#include "oracle/tree.h"
#include "scenario/language/machine.h"
#include "scenario/playing/beside.h"
#include "scenario/playing/life.h"
#include "scenario/playing/outcome.h"
#include "scenario/playing/subject.h"

namespace khofuzz {

// Pages for the nodes of raw trees, counted. Never hands out a page twice, so that a pointer to a
// freed one is seen to dangle.
class ArenaPages final : public RadixNodeAllocator {
 public:
  ArenaPages(PhysMemory* memory, Faults* faults) : memory_(memory), faults_(faults) {}

  absl::StatusOr<PhysAddr> AllocNode() override;
  void FreeNode(PhysAddr page) override;

  const absl::btree_set<PhysAddr>& live() const { return live_; }

 private:
  PhysMemory* memory_;
  Faults* faults_;
  PhysAddr next_{uint64_t{1} << 32};
  absl::btree_set<PhysAddr> live_;
};

// A radix tree of raw keys beside the set it must equal.
struct RawTree {
  RawTree(unsigned page_shift, Faults* faults) : memory(page_shift), pages(&memory, faults) {}
  PhysMemory memory;
  ArenaPages pages;
  std::optional<RadixTree> tree;
  KeySet keys;
};

// memblock by itself, with the machine's firmware map, beside a map of its pages where the machine
// is small enough for one.
struct MemblockAlone {
  // The map, begun on first use: to be asked for before memblock changes. Null where there is none.
  MemblockMap* Map();
  // From now on there is none.
  void EndMap();

  Memblock memblock;
  uint64_t map_pages = 0;  // how many pages the map has; 0: none
  std::unique_ptr<MemblockMap> map;
  // What kho_reserve_scratch() has made on it.
  std::optional<ReservedScratch> scratch;
};

class State {
 public:
  State(Machine machine, const Subject& subject);
  ~State();
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  const Machine machine;
  const Design design;  // of parts
  Report report;
  Faults faults;
  OpOutcome outcome;  // of the op that is being played

  const Geometry& geometry() const { return machine.geometry; }
  const RadixShape& shape() const { return shape_; }

  // The machine and its kernels.
  Life& life() { return life_; }
  const Life& life() const { return life_; }

  // The parts. Each begins on first use. Null where it cannot be called: an allocation failed by
  // request, or the tree has no such function, or whole kernels run on it; the outcome then says
  // so.
  MemblockAlone* memblock();
  RawTree* raw();
  // For functions without a state of their own; false, and said, where they cannot be called.
  bool CallParts();
  // A tree's parts, played beside the model's; null where the model is played alone, or once the
  // tree's are lost (beside.h).
  Beside* beside() { return beside_ == nullptr || beside_->lost() ? nullptr : beside_.get(); }

  // memblock by itself as far as it has come; never begins it.
  const MemblockAlone* memblock_alone() const { return memblock_.get(); }

  // Everything once more: whole trees, memblock, what the kernel leaves.
  void CheckAll();

 private:
  const KernelSource* const kernels_;  // null: the model's
  RadixShape shape_;
  Life life_;
  std::unique_ptr<MemblockAlone> memblock_;
  std::unique_ptr<RawTree> raw_;
  std::unique_ptr<Beside> beside_;
  bool parts_called_ = false;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_PLAYING_STATE_H_
