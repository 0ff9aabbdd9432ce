// A machine's whole life: kernel after kernel, and the shadow of what was asked of them.
//
// Kernels run behind core/kernel.h and are watched by the oracles; this says what they are asked to
// do, knows what must come of it, and checks that it does.
#ifndef KHOFUZZ_SCENARIO_LIFE_H_
#define KHOFUZZ_SCENARIO_LIFE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/container/inlined_vector.h"
#include "core/faults.h"
#include "core/kernel.h"
#include "core/radix/shape.h"
#include "oracle/kernel_watch.h"
#include "oracle/report.h"
#include "oracle/tree.h"
#include "scenario/machine.h"
#include "scenario/subject.h"

namespace khofuzz {

// Something that a running kernel holds or has preserved, or a successor can ask for.
struct Item {
  enum class What : uint8_t { kFolio, kPages, kVmalloc };
  What what = What::kPages;
  absl::InlinedVector<PfnRange, 1> pages;  // one range; for a vmalloc area its blocks
  unsigned order = 0;                      // of a folio, or of a vmalloc area's blocks
  bool movable = false;
  bool hugetlb = false;              // a gigantic page: never freed to the buddy
  VmallocPreservation vmalloc{};     // once preserved
  std::vector<PfnRange> chunks;      // the pages that list a vmalloc area's blocks
  std::vector<Preservation> blocks;  // that it is preserved as, chunks included
  bool restored = false;             // of an incoming item
};

class Life {
 public:
  // All outlive it.
  Life(const Machine* machine, const Subject& subject, Report* report, Faults* faults);

  // What the next boot is asked to do. Lists add up from boot to boot; options start anew.
  BootPlan& next() { return next_; }

  // Kernels that boot from now on have this quirk as well.
  void AddQuirk(Quirk quirk) { designs_.Add(quirk); }

  // Boots if no kernel runs. Null where the machine is dead: a boot stopped.
  Kernel* Running();
  void Kexec(uint64_t image_bytes);
  // The n-th bank is gone when the next kernel boots, if it holds nothing of the handover itself
  // and another one is left.
  void Unplug(uint64_t n) { unplug_ = n; }
  // The n-th of the banks that are gone is there when the next kernel boots.
  void Plug(uint64_t n) { plug_ = n; }

  void AllocPages(const PageRequest& request);
  void FreePages(uint64_t index);
  void PreserveNewFolio(Pfn from, unsigned order);
  void PreserveNewPages(Pfn from, uint64_t nr);
  void PreserveNewVmalloc(Pfn from, uint64_t nr, unsigned order);
  void PreserveHeld(uint64_t index);
  void Unpreserve(uint64_t index);
  void Restore(uint64_t index, bool shifted);
  void AddSubtree(const std::string& name, uint64_t bytes);
  void RemoveSubtree(uint64_t index);

  // After each op: what the kernel has said joins the note, and if it hit a BUG() or panicked, that
  // is a violation.
  void AfterOp();

  // The end of the scenario: what was handed over is restored and freed, what is held is freed, and
  // the books must balance.
  void TearDown();

  // What the last call did: a line, and one for each thing that the kernel has said of it.
  const std::string& note() const { return note_; }
  void ClearNote() { note_.clear(); }
  // Without notes: where nobody reads them, writing them is a part of what a boot costs.
  void set_notes(bool on) { notes_ = on; }
  // Hears all that the kernels do, after the watch; may be null. For stories.
  void set_listener(KernelListener* listener) { listener_ = listener; }

  const Kernel* kernel() const { return kernel_.get(); }
  const std::vector<Item>& held() const { return held_; }
  const std::vector<Item>& outgoing() const { return outgoing_; }
  const std::vector<Item>& incoming() const { return incoming_; }
  // The machine is not one that these kernels run on; nothing was played.
  bool refused() const { return refused_; }
  // A boot has stopped half-way.
  bool dead() const { return dead_; }
  uint64_t kexecs() const { return kexecs_; }
  // What the last kexec handed over; unset before the first.
  const std::optional<Inheritance>& inheritance() const { return inheritance_; }

 private:
  bool Boot();
  absl::StatusOr<std::unique_ptr<Kernel>> NextKernel();
  void LearnOwnKeys();
  void CheckSubtreesArrived();
  // The blocks that an item is preserved as.
  std::vector<Preservation> BlocksOf(const Item& item) const;
  void AddKeys(std::span<const Preservation> blocks);
  void DropKeys(std::span<const Preservation> blocks);
  // A preservation that was asked for: on success it is outgoing, else it must have left nothing.
  void Preserved(Item item, const absl::Status& status);
  bool TryPreserve(Item item);
  bool MigrateOutOfCma(Item& item);
  void CheckOutgoing(Invariant invariant, std::string_view after);
  void FailOutgoing(Invariant invariant, std::string_view after, std::string_view how,
                    const Preservation& block);
  void NoteLog();
  void ChangeBanks();
  bool NeededByHandover(AddrRange bank) const;
  bool IsMemory(const Item& item) const;
  bool HasFreePages() const;
  void CheckSegments(const KexecHandover& handover);
  void RestoreItem(Item& item);
  void RefuseShifted(const Item& item);
  void CheckRestored(const Item& item, std::span<const PfnRange> got);
  void FreeItem(const Item& item);
  void Fail(Invariant invariant, std::string what, std::optional<PfnRange> where = std::nullopt);
  void Note(PfnRange pfns);
  void Note(const absl::Status& status);
  bool OnOneNode(PfnRange pfns) const {
    return machine_->OnOneNode(machine_->geometry.ToAddr(pfns));
  }

  const Machine* machine_;
  Lineage designs_;
  Report* report_;
  Faults* faults_;
  RadixShape shape_;
  KernelListener* listener_ = nullptr;

  const KernelSource* source_;
  std::unique_ptr<KernelChain> chain_;
  BootPlan next_;
  BootPlan plan_;  // of the kernel that runs
  std::optional<Inheritance> inheritance_;
  std::optional<KexecHandover> handover_;
  std::unique_ptr<Kernel> kernel_;
  std::unique_ptr<KernelWatch> watch_;
  std::optional<uint64_t> unplug_, plug_;  // asked of the next boot
  std::vector<BootBank> absent_;           // banks that are gone, sorted
  bool dead_ = false;
  bool refused_ = false;
  uint64_t kexecs_ = 0;

  std::vector<Item> held_;
  std::vector<Item> outgoing_;
  std::vector<Item> incoming_;
  std::vector<KhoSubtree> subtrees_;         // that this kernel has been told of
  std::vector<KhoSubtree> handed_subtrees_;  // that the one before was
  absl::flat_hash_set<uint64_t> keys_;       // all that the outgoing tree should hold
  size_t told_ = 0;                          // of the running kernel's log
  std::string note_;
  bool notes_ = true;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_LIFE_H_
