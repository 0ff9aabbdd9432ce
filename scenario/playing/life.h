// A machine's whole life: kernel after kernel, and the shadow of what was asked of them.
//
// Kernels run behind core/kernel.h and are watched by the oracles; this says what they are asked to
// do, knows what must come of it, and checks that it does. Whatever an op comes to it says in the
// op's outcome (outcome.h).
#ifndef KHOFUZZ_SCENARIO_PLAYING_LIFE_H_
#define KHOFUZZ_SCENARIO_PLAYING_LIFE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/container/inlined_vector.h"
#include "core/faults.h"
#include "core/handover/handover.h"
#include "core/kernel.h"
#include "core/page_map.h"
#include "core/radix/shape.h"
#include "oracle/kernel_watch.h"
#include "oracle/report.h"
#include "oracle/tree.h"
#include "scenario/language/machine.h"
#include "scenario/playing/boot_log.h"
#include "scenario/playing/outcome.h"
#include "scenario/playing/subject.h"

namespace khofuzz {

// Something that a running kernel holds or has preserved, or a successor can ask for.
struct Item {
  using What = Handed;
  // A run of pages comes to a few.
  using Blocks = absl::InlinedVector<Preservation, 4>;
  What what = What::kPages;
  absl::InlinedVector<PfnRange, 1> pages;  // one range; for a vmalloc area or block set its blocks
  unsigned order = 0;                      // of a folio, or of a vmalloc area's blocks
  bool movable = false;
  bool hugetlb = false;           // a gigantic page: never freed to the buddy
  VmallocPreservation vmalloc{};  // once preserved
  std::vector<PfnRange> chunks;   // the pages that list a vmalloc area's blocks
  Blocks blocks;                  // that it is preserved as, chunks included
  bool restored = false;          // of an incoming item
  uint64_t entry_bytes = 0;       // of a block set
  std::vector<uint8_t> entries;   // of a block set: what was written
  uint64_t cost = 0;              // pages that a block set has taken
  bool damaged = false;           // somebody has written to an incoming block set
};

class Life {
 public:
  // All outlive it.
  Life(const Machine* machine, const Subject& subject, Report* report, Faults* faults,
       OpOutcome* outcome);

  // What the next boot is asked to do. Lists add up from boot to boot; options start anew.
  const BootPlan& next() const { return next_; }
  // What the kernel that runs, or boots, was asked to do.
  const BootPlan& plan() const { return plan_; }
  // Boots from the next one on take what boot_needs.h says. False: they do already.
  bool TakeNeeds() { return !std::exchange(takes_needs_, true); }
  // The same, for an op that asks it for something. Null, and said, where no kernel will boot.
  BootPlan* Ask();
  // The op after which the next boot's options were set, if any were.
  std::optional<size_t> options_of() const { return options_of_; }
  void set_options_of(size_t op) { options_of_ = op; }
  // Ops that have asked the next boot for something, as long as no kernel has booted since.
  const std::vector<size_t>& waiting_ops() const { return waiting_ops_; }

  // Whether anything has been asked of the machine.
  bool asked() const { return asked_; }
  bool has_booted() const { return chain_ != nullptr; }
  // No kernel will boot from now on, and why: it cannot run on such a machine, or for another
  // reason.
  void CannotRun(const absl::Status& status);
  void CannotBoot(std::string_view why);
  // The same of a tree's kernels, where the model's would boot: what asks for one is left out.
  void CannotBootTree(std::string_view why);

  // Kernels that boot from now on have this quirk as well.
  void AddQuirk(Quirk quirk) { designs_.Add(quirk); }
  bool AllowsQuirks() const { return source_ == nullptr; }
  // Something that the model plays was not played, since these kernels are a tree's: what they come
  // to from here on says nothing about what the model comes to. What broke before counts.
  void LeaveOut() { left_out_ = left_out_ || report_->ok(); }
  bool left_out() const { return left_out_; }
  // Whether the kernel has no functions for what is to be handed over; said, and left out.
  bool LacksFunctionsFor(Handed what);

  // Boots if no kernel runs. Null, and said, where the machine is dead: a boot stopped.
  Kernel* Running();
  // The op `boot`: says it if a kernel runs already.
  void BootUp();
  // False, and said, if the kernel refuses.
  bool Kexec(uint64_t image_bytes);
  void LoadCrash(uint64_t image_bytes);
  // From now on the pages of the outgoing tree come from the first free page at or above this one.
  void NodesFrom(Pfn pfn);

  // ---- life_handover.cc: what lies between two kernels ----
  // Each hands over first if a kernel runs; that may be refused, and is then said.
  // The next kernel boots as far as kho_extend_scratch() and no further; what it extends is held
  // against the model's two ways of doing it and against the definition.
  void Extend();
  // The handover's bytes, read by the program's own decoder.
  void Decode();
  void PokeFdt(uint64_t offset, std::string_view bytes);
  // Of the index-th subtree its data's place and size; `to` has no name.
  void PokeSubtree(uint64_t index, const KhoSubtree& to);
  void PokeScratch(uint64_t area, uint64_t addr, uint64_t size);
  void PokeTree(uint64_t node, uint64_t slot, uint64_t value);
  void LinkTree(uint64_t node, uint64_t slot, uint64_t target);
  // A page of the handover is not there for who reads the image, and all zeroes for a kernel.
  void DropPage(uint64_t index);
  // The n-th bank is gone when the next kernel boots, if it holds nothing of the handover itself
  // and another one is left.
  void Unplug(uint64_t n);
  // The n-th of the banks that are gone is there when the next kernel boots.
  void Plug(uint64_t n);

  void AllocPages(const PageRequest& request);
  void FreePages(uint64_t index);
  // ---- life_own_test.cc ----
  // Loads the kernel's own test, once in each kernel: it saves so much, or restores what the one
  // before has saved.
  void LoadOwnTest(uint64_t bytes);
  // ---- life_reserved.cc ----
  // The n-th of what early_reserve has reserved is given back, or the n-th reserve_mem= area is
  // released: by the kernel that runs, or by the next boot before deferred initialisation. `by`
  // counts op::kFreeByNames.
  void FreeReserved(uint64_t n, uint64_t by);
  void AskToFree(uint64_t n, uint64_t by);

  // ---- life_hotplug.cc ----
  // The memory blocks (sections) that `range` touches are taken offline and removed, all or none.
  void OfflineMemory(AddrRange range);

  void PreserveNewFolio(Pfn from, unsigned order);
  void PreserveNewPages(Pfn from, uint64_t nr);
  void PreserveNewVmalloc(Pfn from, uint64_t nr, unsigned order);
  void PreserveHeld(uint64_t index);
  // ---- life_blocks.cc ----
  // A new kho_block set of so many entries, for which room for `spare` more was made on the way.
  void PreserveNewBlocks(uint64_t entries, uint64_t entry_bytes, uint64_t spare);
  // Between two kernels: a word of a set's block, or the chain, becomes another. `what` counts
  // op::kPokeBlockNames.
  void PokeBlock(uint64_t index, uint64_t block, uint64_t what, uint64_t value);
  // kho_alloc_preserve().
  void AllocPreserve(unsigned order);
  // What is preserved is preserved again, and what is held and not preserved is unpreserved:
  // neither changes anything.
  void PreserveAgain(uint64_t index);
  void UnpreserveAbsent(uint64_t index);
  // `free`: a folio goes back at once, by kho_unpreserve_free().
  void Unpreserve(uint64_t index, bool free = false);
  // The same by kho_restore_free().
  void Restore(uint64_t index, bool free);
  // Asks for a range that begins a page late.
  void RestoreShifted(uint64_t index);
  // So many, the further ones with a number behind the name.
  void AddSubtrees(const std::string& name, uint64_t bytes, uint64_t copies);
  void RemoveSubtree(uint64_t index);

  // After each op: what the kernel has said joins the outcome, and if it hit a BUG() or panicked,
  // that is a violation.
  void AfterOp();

  // The end of the scenario: what was handed over is restored and freed, what is held is freed, and
  // the books must balance.
  void TearDown();

  // Every boot so far, told (boot_log.h); empty without telling.
  const std::vector<BootFacts>& boots() const { return boots_; }
  // The last of KHO's own calls that the op at work has made of the running kernel:
  // "kho_restore_pages"; empty if none.
  std::string_view call() const {
    return call_.op == report_->op() && call_.kernel == kexecs_ ? call_.name : std::string_view();
  }
  // Hears all that the kernels do, after the watch; may be null. For stories.
  void set_listener(KernelListener* listener) { listener_ = listener; }

  const Kernel* kernel() const { return kernel_.get(); }
  const std::vector<Item>& held() const { return held_; }
  const std::vector<Item>& outgoing() const { return outgoing_; }
  const std::vector<Item>& incoming() const { return incoming_; }
  // Why the machine is not one that these kernels run on, and nothing was played; else empty.
  const std::string& refused() const { return refused_; }
  // Why nothing runs any more.
  const std::string& why_dead() const { return why_dead_; }
  // A boot has stopped half-way.
  bool dead() const { return dead_; }
  uint64_t kexecs() const { return kexecs_; }
  // What the last kexec handed over; unset before the first.
  const std::optional<Inheritance>& inheritance() const { return inheritance_; }

 private:
  // True, and said: no kernel will boot.
  bool SaysDead();
  bool Boot(BootPhase last);
  void Booted(const absl::Status& status);
  void CheckTakenOver(const absl::Status& status);
  absl::StatusOr<std::unique_ptr<Kernel>> NextKernel();
  void LearnOwnKeys();
  void CheckSubtreesArrived();
  // The blocks that an item is preserved as.
  Item::Blocks BlocksOf(const Item& item) const;
  // Says it for call().
  void Calls(std::string_view name) { call_ = {name, report_->op(), kexecs_}; }
  void AddKeys(std::span<const Preservation> blocks);
  void DropKeys(std::span<const Preservation> blocks);
  std::vector<Preservation> SortedBlocks() const;
  // A preservation that was asked for: on success it is outgoing, else it must have left nothing.
  void Preserved(Item item, const absl::Status& status);
  bool TryPreserve(Item item);
  bool MigrateToStay(Item& item);
  void CheckOutgoing(Invariant invariant, std::string_view after);
  void FailOutgoing(Invariant invariant, std::string_view after, std::string_view how,
                    const Preservation& block);
  void SayLog();
  void SayOfBoot(const absl::Status& status);
  // False, and said, if it was refused.
  bool AddSubtree(const std::string& name, uint64_t bytes);
  void ChangeBanks();
  bool NeededByHandover(AddrRange bank) const;
  bool IsMemory(const Item& item) const;
  bool HasFreePages() const;
  void CheckSegments(const KexecHandover& handover);
  void CheckSubtreesHanded(const KexecHandover& handover);
  Item* Incoming(uint64_t index);
  bool IsPageAllocators(const Item& item) const;
  void RestoreItem(Item& item);
  void RestoreFree(Item& item);
  void CheckFreed(PfnRange pfns, std::string_view call);
  void RefuseShifted(const Item& item);
  void CheckRestored(const Item& item, std::span<const PfnRange> got);
  void FreeItem(const Item& item);
  void Fail(Invariant invariant, std::string what, std::optional<PfnRange> where = std::nullopt,
            std::string_view at_fault = {});
  // What came of an op: these pages, in blocks of 2^order if that is given.
  void Say(PfnRange pfns);
  void Refused(const absl::Status& status) { outcome_->Refused(status.message()); }
  // life_blocks.cc
  // What a chain comes to, as memory has it.
  struct Chain {
    enum class End : uint8_t { kGood, kBadCount, kTooLong, kCircle, kStray, kOthers };
    End end = End::kGood;
    std::vector<Pfn> blocks;
    std::vector<uint8_t> entries;  // up to the first count that lies
  };
  Chain FollowChain(const Item& item);
  uint64_t Unused() const;
  void CheckBlocks(const Item& item, std::span<const PhysAddr> blocks);
  void RestoreBlocks(Item& item);
  void CheckBlocksGone(const Item& item, const Chain& chain, uint64_t unused);
  void UnpreserveBlocks(const Item& item);
  // life_own_test.cc
  void LearnSaved();
  void TakeRestored();
  // life_reserved.cc
  struct Freeing {
    uint64_t by = 0;
    AddrRange reservation;  // as early_reserve says
    AddrRange range;        // of it that is nobody else's
    std::string area;       // reserve_mem=
  };
  std::optional<Freeing> ChooseReserved(uint64_t n, uint64_t by) const;
  PfnRange NobodyElses(AddrRange reservation) const;
  bool LacksFreeing();
  void FreeBeforeDeferred();
  void GiveBack(const Freeing& freeing);
  bool CheckRefusedFree(const Freeing& freeing, PfnRange pfns);
  bool CheckGivenBack(const Freeing& freeing, PfnRange pfns, uint64_t faulted);
  // life_hotplug.cc
  std::string WhoKeeps(Pfn pfn) const;
  std::optional<std::string> WhyNotOffline(PfnRange block, const PageMap<bool>& movable) const;
  bool MigrateOutOf(PfnRange pfns);
  // life_handover.cc
  bool HandOver();
  void Damaged();
  enum class Reader : uint8_t { kImage, kKernel };
  Handover Snapshot(Reader reader);
  std::span<const uint8_t> Read(PhysAddr page) const;
  std::span<uint8_t> Bytes(PhysAddr page);
  void CheckWhole(const absl::StatusOr<DecodedHandover>& decoded, const Handover& handover);
  void CheckDamaged(const Handover& handover, const DecodedHandover& decoded);
  void RereadInheritance();
  bool OnOneNode(PfnRange pfns) const {
    return machine_->OnOneNode(machine_->geometry.ToAddr(pfns));
  }

  const Machine* machine_;
  Lineage designs_;
  Report* report_;
  Faults* faults_;
  OpOutcome* outcome_;
  RadixShape shape_;
  KernelListener* listener_ = nullptr;
  std::unique_ptr<KernelListener> warns_;  // of the kernel at work, where its WARNs are violations

  const KernelSource* source_;
  const bool warns_break_;
  std::unique_ptr<KernelChain> chain_;
  BootPlan next_;
  bool takes_needs_ = false;
  BootPlan plan_;  // of the kernel that runs
  std::optional<Inheritance> inheritance_;
  std::optional<KexecHandover> handover_;
  std::unique_ptr<Kernel> kernel_;
  std::unique_ptr<KernelWatch> watch_;
  std::optional<uint64_t> unplug_, plug_;  // asked of the next boot
  std::vector<BootBank> absent_;           // banks that are gone, sorted
  bool asked_ = false;
  bool dead_ = false;
  std::string refused_;
  bool left_out_ = false;
  bool would_be_left_out_ = false;  // once one is asked to boot
  std::string why_dead_;
  uint64_t kexecs_ = 0;
  std::optional<size_t> options_of_;
  std::vector<size_t> waiting_ops_;
  Pfn nodes_from_{0};
  struct KhoCall {
    std::string_view name;
    size_t op = 0;
    uint64_t kernel = 0;
  };
  KhoCall call_;
  std::vector<BootFacts> boots_;
  std::optional<BootLog> log_;  // of the kernel that boots; only with telling

  // What somebody has done to the handover, or learnt of it, since the last kexec.
  bool looked_ = false;             // by extending or decoding
  bool damaged_ = false;            // its bytes are not what the kernel left
  bool unreadable_ = false;         // a kernel that looks must refuse them
  bool leads_out_ = false;          // a kernel that takes it on trust is led out of memory by it
  bool strays_ = false;             // such a kernel reads where nobody can say what is there
  bool refused_by_header_ = false;  // that is for kho_populate() to do, before it follows anything
  bool uncertain_ = false;  // they can be read, and what a kernel makes of them nobody can say
  bool decoded_ = false;    // as it is now
  uint64_t pages_decoded_ = 0;
  std::vector<PhysAddr> tree_nodes_;  // in walk order, before any damage
  absl::flat_hash_set<PhysAddr> dropped_;

  struct FreeAsked {
    uint64_t n, by;
  };
  std::vector<FreeAsked> frees_asked_;  // of the next boot

  std::vector<Item> held_;
  std::vector<Item> outgoing_;
  std::vector<Item> incoming_;
  // What the kernel's own test preserves, and what it has preserved in the one before.
  std::vector<Preservation> own_test_saved_, own_test_handed_;
  bool own_test_loaded_ = false;
  std::vector<KhoSubtree> subtrees_;         // that this kernel has been told of
  bool subtree_removed_ = false;             // one of its own, by kho_remove_subtree()
  std::vector<KhoSubtree> handed_subtrees_;  // that the one before was
  absl::flat_hash_set<uint64_t> keys_;       // all that the outgoing tree should hold
  uint64_t subtrees_tried_ = 0;              // in this scenario
  uint64_t vmalloc_blocks_ = 0;              // that are outgoing
  size_t told_ = 0;                          // of the running kernel's log
};

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_PLAYING_LIFE_H_
