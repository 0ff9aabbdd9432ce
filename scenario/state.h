// What a running scenario is made of: the machine, the kernels on it, and the shadow of what was
// asked of them.
//
// A machine has one life: its kernel boots (memblock ops, reserving scratch), runs (preserving),
// and is succeeded (extension, the successor's early allocations). An op of an earlier part of life
// does nothing once a later part has begun. Trees of raw keys, key and parameter checks stand
// outside it.
#ifndef KHOFUZZ_SCENARIO_STATE_H_
#define KHOFUZZ_SCENARIO_STATE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/status/status.h"
#include "core/designs/design.h"
#include "core/faults.h"
#include "core/handover/fdt.h"
#include "core/handover/handover.h"
#include "core/interval_map.h"
#include "core/memblock/memblock.h"
#include "core/phys_memory.h"
#include "core/radix/shape.h"
#include "core/radix/tree.h"
#include "core/scratch/reserve.h"
#include "oracle/memblock_map.h"
#include "oracle/report.h"
#include "oracle/tree.h"
#include "scenario/beside.h"
#include "scenario/machine.h"
#include "scenario/subject.h"

namespace khofuzz {

// Pages for radix nodes, counted. Where they come from is a function: an arena for trees of raw
// keys, the free pages of the machine for the preserved-memory tree.
class NodePages : public RadixNodeAllocator {
 public:
  NodePages(PhysMemory* memory, Faults* faults) : memory_(memory), faults_(faults) {}

  absl::StatusOr<PhysAddr> AllocNode() override;
  void FreeNode(PhysAddr page) override;

  const absl::btree_set<PhysAddr>& live() const { return live_; }

 protected:
  // The address of a page that nobody uses; nullopt when there is none.
  virtual std::optional<PhysAddr> TakePage() = 0;
  virtual void GiveBack(PhysAddr page) = 0;

 private:
  PhysMemory* memory_;
  Faults* faults_;
  absl::btree_set<PhysAddr> live_;
};

// Never hands out a page twice, so that a pointer to a freed one is seen to dangle.
class ArenaPages final : public NodePages {
 public:
  ArenaPages(PhysMemory* memory, Faults* faults)
      : NodePages(memory, faults), page_size_(memory->page_size()) {}

 protected:
  std::optional<PhysAddr> TakePage() override {
    next_ = next_ + page_size_;
    return next_;
  }
  void GiveBack(PhysAddr) override {}

 private:
  uint64_t page_size_;
  PhysAddr next_{uint64_t{1} << 32};
};

// The pages of the running kernel that nothing uses, as runs.
class FreePages {
 public:
  FreePages(const Memblock& memblock, const Geometry& geometry);

  // The first free run of at least `pages`, aligned to `align` pages, at or above `from`; from the
  // bottom again if there is none above.
  std::optional<Pfn> Find(Pfn from, uint64_t pages, uint64_t align) const;
  // The free run that holds `at`.
  std::optional<PfnRange> RunAt(Pfn at) const;
  void Take(PfnRange range) { free_.Erase(range); }
  void Give(PfnRange range) { free_.Assign(range, true); }

 private:
  std::optional<Pfn> FindAbove(Pfn from, uint64_t pages, uint64_t align) const;

  IntervalMap<Pfn, bool> free_;
};

class MachinePages final : public NodePages {
 public:
  MachinePages(PhysMemory* memory, Faults* faults, FreePages* free, const Geometry& geometry)
      : NodePages(memory, faults), free_(free), geometry_(geometry) {}
  void set_from(Pfn pfn) { from_ = pfn; }

 protected:
  std::optional<PhysAddr> TakePage() override;
  void GiveBack(PhysAddr page) override;

 private:
  FreePages* free_;
  Geometry geometry_;
  Pfn from_{0};
};

// A radix tree of raw keys beside the set it must equal.
struct RawTree {
  RawTree(unsigned page_shift, Faults* faults) : memory(page_shift), pages(&memory, faults) {}
  PhysMemory memory;
  ArenaPages pages;
  std::optional<RadixTree> tree;
  KeySet keys;
};

// memblock of the kernel that boots, beside its map where the machine is small enough for one.
struct BootMemblock {
  // The map, begun on first use: to be asked for before memblock changes. Null where there is none.
  MemblockMap* Map();
  // From now on there is none.
  void EndMap();

  Memblock memblock;
  uint64_t map_pages = 0;  // how many pages the map has; 0: none
  std::unique_ptr<MemblockMap> map;
};

// The kernel once it runs: what is free, what is preserved.
struct RunningKernel {
  RunningKernel(const Memblock& memblock, const Geometry& geometry, Faults* faults);

  struct Preserved {
    PfnRange pages;
    std::optional<unsigned> folio_order;  // unset: a run of pages
  };
  PhysMemory memory;
  FreePages free;
  MachinePages nodes;
  std::optional<RadixTree> tree;
  KeySet keys;
  std::vector<Preserved> preserved;
  std::vector<KhoSubtree> subtrees;
};

// The next kernel, early in its boot.
struct Successor {
  Memblock memblock;
  std::vector<Preservation> incoming;    // what it inherits
  std::vector<PhysAddr> incoming_nodes;  // the pages of the tree that says so
  bool extended = false;
};

// The handover as bytes, for harming.
struct Image {
  Handover handover;
  std::vector<PhysAddr> nodes;  // tree pages in walk order, before any damage
  bool damaged = false;
};

class Life;

class State {
 public:
  // `whole`: whole kernels run on the machine (life()); else its parts are played by themselves,
  // and beside them those of the subject's kernel if it is to be compared.
  State(Machine machine, const Subject& subject, bool whole = false, bool compared = false);
  ~State();
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  const Machine machine;
  const Design design;
  Report report;
  Faults faults;

  const Geometry& geometry() const { return machine.geometry; }
  const RadixShape& shape() const { return shape_; }

  // The parts of life. Each begins on first use; null once it is over, or where it could not begin
  // (an allocation failed by request).
  BootMemblock* Booting();
  RunningKernel* Running();
  Successor* Succeeding();
  Image* HandedOver();
  RawTree* Raw();

  // A real kernel's parts; null where none is compared, it is not one for this machine, or lost.
  Beside* beside() { return beside_ == nullptr || beside_->lost() ? nullptr : beside_.get(); }

  // The machine's whole life; null where parts are played by themselves.
  Life* life() const { return life_.get(); }

  // The kernel that a successor inherits from; null before there is a successor.
  RunningKernel* predecessor() { return successor_ != nullptr ? running_.get() : nullptr; }

  // Bootmem, once reserved.
  std::optional<ReservedScratch> scratch;

  // Everything once more: whole trees, memblock, what the kernel leaves.
  void CheckAll();

  // What the last op did, for people: one line, empty if there is nothing to say.
  void Note(std::string text) { note_ = std::move(text); }
  std::string TakeNote();

  // The kernels as far as they have come, for drawing; never begin anything.
  const BootMemblock* booted() const { return boot_.get(); }
  const RunningKernel* running() const { return running_.get(); }
  const Successor* successor() const { return successor_.get(); }

 private:
  RadixShape shape_;
  std::unique_ptr<BootMemblock> boot_;
  std::unique_ptr<RunningKernel> running_;
  std::unique_ptr<Successor> successor_;
  std::unique_ptr<Image> image_;
  std::unique_ptr<RawTree> raw_;
  std::unique_ptr<Life> life_;
  bool compared_ = false;  // and nothing is played where there is nothing to compare with
  std::unique_ptr<Beside> beside_;
  std::string note_;
};

// The blocks that `keys` stand for. All keys must be valid.
std::vector<Preservation> BlocksOf(const KeySet& keys, const RadixShape& shape);

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_STATE_H_
