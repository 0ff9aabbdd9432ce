// The invariants of a kernel's life, checked as its events come and whole at the ends of phases.
//
// The watch knows what was asked of the kernel and never what design it runs: it derives everything
// that should be from the machine and the handover alone.
#ifndef KHOFUZZ_ORACLE_KERNEL_WATCH_H_
#define KHOFUZZ_ORACLE_KERNEL_WATCH_H_

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/address.h"
#include "core/faults.h"
#include "core/geometry.h"
#include "core/kernel.h"
#include "core/memblock/memblock.h"
#include "core/page_map.h"
#include "core/radix/preservation.h"
#include "core/scratch/params.h"
#include "oracle/report.h"

namespace khofuzz {

// How a violation begins that is a page fault on a booted kernel: it gets no further.
inline constexpr std::string_view kPageFault = "page fault: ";

// What a kernel inherits, as those who handed it over know it.
struct Inheritance {
  std::vector<Preservation> blocks;  // ascending by address
  std::vector<PhysAddr> nodes;       // the tree's pages
  ScratchTable bootmem;
  std::vector<AddrRange> kept;  // the kernel's own image and the scratch table's copy
};

// A listener that also looks: for drawing and for stories.
class KernelWatch final : public KernelListener {
 public:
  // All outlive the watch. `inherits` null: a cold boot. `faults` tells failures that were asked
  // for from others. `next`, if not null, hears every event after the watch has looked at it.
  KernelWatch(const Geometry& geometry, const BootPlan& plan, const Inheritance* inherits,
              const Faults* faults, Report* report, KernelListener* next = nullptr);

  // Must be told before the kernel boots.
  void set_kernel(const Kernel* kernel) { kernel_ = kernel; }

  EventKinds Hears() const override;
  void OnEvent(const Event& event) override;
  void OnReads(Event event, std::span<const Pfn> pages) override;
  void OnPhase(BootPhase phase) override;

  // The boot has ended so.
  void OnBooted(const absl::Status& status);
  // Pages that were nobody's belong to somebody from now on: restored ones.
  void OnRestored(PfnRange pfns);
  // The magic of `head` may be gone from now on.
  void OnHeadRestored(Pfn head);
  // Reserved pages are given back: those that wait may be freed from now on, and their magic may
  // go.
  void OnReleased(PfnRange pfns);
  // Called when memblock has handed over, and before anything else is asked of the kernel.
  void set_before_deferred(std::function<void()> fn) { before_deferred_ = std::move(fn); }
  // WARNs of the kernel so far.
  uint64_t warns() const { return warns_; }
  // What memblock has handed out so far, in bytes.
  const std::vector<AddrRange>& handed_out() const { return handed_out_; }
  // A restore begins: page counts are noted from here on.
  void BeginRestore() { counts_.Clear(); }
  // The first page of `pfns` whose count the restore has not made what it must be: 1, but 0 for
  // those of a folio after its first.
  std::optional<Pfn> WrongCount(PfnRange pfns, bool folio) const;
  // These pages may be freed from now on, or again must not be, though they wait.
  void AllowFree(std::span<const PfnRange> pages);
  void ForbidFree(std::span<const PfnRange> pages);
  // What can be said after each op of a running kernel.
  void CheckAfterOp();
  // Everything once more.
  void CheckAll();

  // True if this machine has all of these pages.
  bool IsMemory(PfnRange pfns) const { return memory_.Covers(pfns); }
  // True if it has any of them.
  bool HasMemory(PfnRange pfns) const { return memory_.Overlaps(pfns); }
  // The node and zone that all of these pages, which this machine has, are of; nullopt: of several.
  std::optional<PageState> ZoneOf(PfnRange pfns) const;
  // Pages that wait to be restored.
  bool Waits(PfnRange pfns) const { return waiting_.Overlaps(pfns); }
  // Pages of the page allocator that are in use.
  const PageMap<bool>& used() const { return used_; }

 private:
  void LookAt(const Event& event);
  void OnInit(const Event& event);
  void CheckSectionsOf(PfnRange pfns);
  void OnInitOfOthers(const Event& event);
  void OnInitAgain(const Event& event);
  void OnFree(const Event& event);
  void OnFreeOfOthers(const Event& event);
  void OnAlloc(const Event& event);
  void OnOffline(const Event& event);
  void OnRead(const Event& event, Invariant invariant);
  void OnMemblockAlloc(const Event& event);
  void OnSleeps(const Event& event);
  void OnRefused(const Event& event);
  void CheckRefused(const Event& event);
  void CheckRefusedEarly();
  Memblock AsIntended() const;

  void CheckPopulateUndone();
  bool RoomToExtend() const;
  void CheckInitUndone();
  void CheckTypes();
  void CheckDefaultTypes();
  void CheckEstimate();
  void CountSleepChecks();
  void NoteHeads();
  void CheckHeads();
  void CheckAllInitialised();
  void CheckFreeIsExact();
  void CheckManaged();
  void CheckBootmemReserved();
  void CheckHugetlbFlags();

  void CountManaged(PfnRange pfns);
  // What checks have to say, apart from them: they pass nearly always.
  void FailNodeOf(const Event& event, PfnRange pfns, PageState memory);
  void FailWaiting(PfnRange pfns, std::string_view what);
  void FailNotMemory(PfnRange pfns);
  void Fail(Invariant invariant, std::string what, PfnRange pfns);
  std::string Text(PfnRange pfns) const;

  const Geometry& geometry_;
  const BootPlan& plan_;
  const Inheritance* inherits_;
  const Faults* faults_;
  Report* report_;
  KernelListener* next_;
  const Kernel* kernel_ = nullptr;

  PageMap<PageState> memory_;  // what firmware says: each page's node, and its zone
  BootPhase phase_ = BootPhase::kNone;
  uint64_t faults_before_;
  // Preserved pages and pages of the incoming tree: nobody's until restored or retrieved.
  PageMap<bool> waiting_;
  PageMap<bool> tree_;
  AddrRange kept_{};  // from the first to the last that is kept, by whoever was handed over to
  // The first page of each block that was handed over, ascending, from kBootmem on.
  struct Head {
    Pfn pfn;
    unsigned order;
    bool waits;      // to be restored
    bool is_memory;  // else this machine does not have it any more, and nothing carries a magic
  };
  std::vector<Head> heads_;
  uint64_t heads_waiting_ = 0;
  size_t next_head_ = 0;      // behind the last that was restored
  PageMap<uint64_t> counts_;  // set since a restore began
  PageMap<bool> used_;
  // Reserved pages that were initialised again: they must be reserved again by the phase's end.
  std::vector<PfnRange> to_reserve_again_;
  std::vector<std::array<int64_t, kZoneCount>> managed_;  // by node, zone
  bool managed_counts_ = false;
  PageMap<bool> used_before_init_;
  bool can_extend_ = true;            // there was room for the second tree's pages
  std::vector<Event> refused_early_;  // before scratch was extended
  std::optional<Memblock> before_bootmem_;
  std::vector<AddrRange> handed_out_;
  uint64_t warns_ = 0;
  uint64_t sleeps_counted_ = 0;
  std::function<void()> before_deferred_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_ORACLE_KERNEL_WATCH_H_
