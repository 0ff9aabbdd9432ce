// One kernel instance, as scenarios drive it and as oracles see it.
//
// ModelKernel (core/model) plays any Design on any machine. Calls go in; a stream of events comes
// out (core/events.h), each before its change; ForEachRun() shows the present state as runs. There
// are no per-page getters: what a check costs grows with distinct ranges, not with the machine.
#ifndef KHOFUZZ_CORE_KERNEL_H_
#define KHOFUZZ_CORE_KERNEL_H_

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/address.h"
#include "core/buddy/page_request.h"
#include "core/designs/design.h"
#include "core/events.h"
#include "core/faults.h"
#include "core/geometry.h"
#include "core/handover/scratch_table.h"
#include "core/handover/subtree.h"
#include "core/kernel_answers.h"
#include "core/kernel_parts.h"
#include "core/memblock/alloc_request.h"
#include "core/memblock/region.h"
#include "core/memmap/page_state.h"
#include "core/phys_memory.h"
#include "core/preserve/hugetlb_page.h"
#include "core/radix/preservation.h"

namespace khofuzz {

class Memblock;
class Nodes;

// One thing a boot does with memblock before its struct pages exist. The script of these is shared
// by all kernels of a scenario: page tables, node data, what firmware tells late.
struct EarlyCall {
  // kMark: memblock_mark_hotplug() and its like. kNode: memblock_set_node() on what is reserved, as
  // NUMA's setup calls it.
  enum class What : uint8_t { kAlloc, kReserve, kFree, kMark, kNode };
  What what = What::kAlloc;
  MemblockAllocRequest alloc{};         // kAlloc
  AddrRange range{};                    // all others: bytes
  MemblockFlags flags = kMemblockNone;  // kReserve: of the reservation; kMark: of memory
  NodeId nid = kNoNode;                 // kNode
};

// reserve_mem=size:align:name on the command line.
struct ReserveMemRequest {
  uint64_t size = 0;   // bytes
  uint64_t align = 0;  // bytes, a power of two
  std::string name;

  friend bool operator==(const ReserveMemRequest&, const ReserveMemRequest&) = default;
};

struct BootBank {
  AddrRange range;
  NodeId nid = 0;
};

// The points of a boot at which everything is looked at.
enum class BootPhase : uint8_t {
  kNone,
  kEarly,     // memblock holds the firmware's map; the early script is done
  kExtended,  // early KHO initialisation is done
  kMemmap,    // struct pages that do not wait are initialised
  kParams,    // the command line's reserve_mem= areas exist
  kBootmem,   // kho_memory_init(): bootmem reserved, or preserved memory retrieved
  kFreeAll,   // memblock's free memory is the buddy's
  kDeferred,  // deferred initialisation is done
  kComplete,  // kho_init() has run
};
std::string_view BootPhaseName(BootPhase phase);

// All that decides how a boot goes, beside what it inherits.
struct BootPlan {
  std::vector<BootBank> banks;      // what firmware says is memory: sorted, disjoint, whole pages
  std::vector<AddrRange> firmware;  // what firmware keeps: bytes
  bool kho = true;                  // kho=
  std::string scratch;              // kho_scratch=; empty: not given
  std::string kernelcore;           // kernelcore=, but not "mirror"; empty: not given
  std::string movablecore;          // movablecore=; empty: not given
  uint64_t crashkernel = 0;         // crashkernel=, in bytes; 0: not given
  bool kdump = false;               // a crash kernel; only without a handover
  bool bottom_up = false;           // memblock allocates from low addresses
  bool device_tree = false;         // the firmware map comes before kho_populate()
  bool keep_memblock = false;       // ARCH_KEEP_MEMBLOCK
  size_t memblock_entries = 0;      // room in memblock's first arrays; 0: the kernel's
  unsigned threads = 1;             // for deferred initialisation, per node
  uint64_t schedule = 0;            // who goes next; 0: one after another
  std::vector<EarlyCall> early;     // before mm_core_init_early()
  std::vector<EarlyCall> late;      // once scratch is extended: memmaps, hash tables
  std::vector<HugetlbRequest> hugetlb;
  std::vector<ReserveMemRequest> reserve_mem;
  std::vector<PageRequest> before_deferred;  // pages allocated before deferred initialisation
  // The boot ends with this phase: kComplete, or kExtended, after which the kernel must not be used
  // for anything but looking at it.
  BootPhase last_phase = BootPhase::kComplete;
};

// What the architecture asks of memblock for plan.crashkernel, before its other early allocations.
MemblockAllocRequest CrashkernelRequest(const BootPlan& plan, const Geometry& geometry);

// What one kernel tells the next: where to look, and what lies in bootmem already.
struct KexecHandover {
  PhysAddr fdt;
  PhysAddr scratch;  // the kho_scratch array's copy
  uint64_t scratch_bytes = 0;
  std::vector<AddrRange> segments;  // the kernel image and its like, the array's copy included
  // Somebody has written to its bytes since. Of others a model need not check again what can only
  // be right.
  bool doubtful = false;
};

// A crash kernel's image, where it lies from when it is loaded on.
struct CrashImage {
  std::vector<AddrRange> segments;
  bool has_handover = false;  // it is told of an FDT, or of a scratch array
};

class KernelListener : public EventListener {
 public:
  // A phase has ended. At the end of kFreeAll the kernel may be asked to free reserved memory.
  virtual void OnPhase(BootPhase phase) = 0;
};

// A run of pages alike.
struct PageRun {
  PfnRange pfns;
  PageState page;
  bool free = false;  // in the buddy
};

// Counts, since mails argue about cost.
struct KernelCosts {
  uint64_t serial_pages = 0;   // struct pages initialised before deferred initialisation
  uint64_t peak_reserved = 0;  // regions in memblock.reserved, at the ends of phases
  uint64_t digest_pages = 0;   // of scratch extension
  uint64_t bootmem_used = 0;   // bytes of bootmem reserved when memblock hands over
};

// What kho_preserve_vmalloc() hands out.
struct VmallocPreservation {
  PhysAddr first;  // chunk
  uint64_t pages = 0;
  unsigned order = 0;
  unsigned flags = 0;  // for a compiled kernel's own use (KHO_VMALLOC_*)
};

// Who gives reserved memory back.
enum class FreeBy : uint8_t { kMemblockPhysFree, kFreeReservedArea };
std::string_view FreeByName(FreeBy by);  // "memblock_phys_free"

// The subtree of the kernel's own test.
inline constexpr std::string_view kOwnTestSubtree = "kho_test";

// What drivers hand over, each by functions of its own.
enum class Handed : uint8_t { kFolio, kPages, kVmalloc, kBlocks };

class Kernel {
 public:
  virtual ~Kernel() = default;

  // From firmware to kho_init(). `incoming` null: a cold boot. OK when the boot came to its end,
  // with or without KHO; FailedPrecondition where the kernel would have stopped with a BUG or
  // panicked, and then the kernel must not be used any further.
  virtual absl::Status Boot(const BootPlan& plan, const KexecHandover* incoming) = 0;

  // KHO is enabled and has come up (kho_is_enabled()).
  virtual bool kho_enabled() const = 0;
  // The boot took over what the one before has left (is_kho_boot()).
  virtual bool is_kho_boot() const = 0;
  virtual const ScratchTable& bootmem() const = 0;
  // kho_scratch_cnt is not 0 although bootmem could not be reserved: kho_scratch_overlap() goes by
  // whatever the array says.
  virtual bool keeps_scratch_count() const { return false; }
  virtual BootPhase phase() const = 0;
  virtual const KernelCosts& costs() const = 0;
  // What stopped a kernel that ran: a BUG() or panic, with its place. Empty while nothing has; then
  // the kernel must not be used any further. (A boot that stops says so itself.)
  virtual std::string_view stopped() const { return {}; }
  // It goes on reading memory that it has given back and that holds something else by now: what it
  // does from here on a model cannot tell.
  virtual bool reads_rubbish() const { return false; }
  // What the kernel's own WARNs and messages have said, with their places, oldest first; capped.
  virtual std::span<const std::string> log() const { return {}; }
  // Calls so far that may sleep, each looked at; kernels that are not compiled make none.
  virtual uint64_t sleep_checks() const { return 0; }
  // memblock_estimated_nr_free_pages(), while memblock is there and once the kernel has reserved
  // what it reserves; in pages.
  virtual std::optional<uint64_t> EstimatedFreePages() const { return std::nullopt; }
  // totalram_pages(), where a kernel counts it apart from what its zones manage.
  virtual std::optional<int64_t> total_ram_pages() const { return std::nullopt; }

  // Pages for the nodes of the outgoing tree come from the first free page at or above this one,
  // else from the lowest; also those that the boot itself needs.
  virtual void set_node_pages_from(Pfn from) = 0;

  // ---- the page allocator ----
  virtual absl::StatusOr<PfnRange> AllocPages(const PageRequest& request) = 0;
  // The lowest run of free pages at or above `from`, else the lowest of all; at most `nr` pages.
  // Not from CMA. (alloc_contig_range(), or callers that happen to get neighbours.)
  virtual absl::StatusOr<PfnRange> AllocRun(Pfn from, uint64_t nr) = 0;
  virtual void FreePages(PfnRange pfns) = 0;

  // ---- reserved memory, once memblock has handed over (from the end of kFreeAll on) ----
  // Why nothing can be given back then: the kernel has no functions for it. Empty if it has.
  virtual std::string_view WhyNotFreed() const { return {}; }
  // Struct pages may wait for deferred initialisation, and what needs them is refused until then.
  virtual bool defers() const { return true; }
  // Gives back `range` (bytes), which is all one owner's: its whole pages become free, and where
  // memblock is kept it forgets the reservation. FailedPrecondition, with a WARN, while struct
  // pages wait for deferred initialisation: then everything stays as it is.
  virtual absl::Status FreeReserved(FreeBy by, AddrRange range) = 0;
  // reserve_mem_release_by_name(): the same of a reserve_mem= area, which is no more then, and not
  // preserved any more. NotFound if there is none of that name.
  virtual absl::Status ReleaseReserveMem(std::string_view name) = 0;

  // ---- memory hotplug ----
  // The end of offline_pages() and remove_memory() of whole sections that nothing keeps (whoever
  // calls has looked): all of their pages are free, and of one zone. They are no memory from then
  // on.
  virtual void OfflinePages(PfnRange pfns) = 0;

  // ---- preserving ----
  // Why the kernel's own test of KHO (lib/test_kho.c) cannot be loaded; empty if it can.
  virtual std::string_view WhyNoOwnTest() const { return {}; }
  // Loads it, with max_mem= in bytes; what it draws by lot is `seed`'s doing. It saves folios, a
  // vmalloc area with their addresses, and a subtree; in the next kernel it restores them and frees
  // all but the subtree's. What it says when it fails.
  virtual absl::Status LoadOwnTest(uint64_t max_bytes, uint64_t seed) = 0;

  // Why nothing of this kind can be handed over: the kernel has no functions for it. Empty if it
  // has.
  virtual std::string_view WhyNotHanded(Handed) const { return {}; }
  virtual absl::Status PreserveFolio(Pfn head, unsigned order) = 0;
  virtual void UnpreserveFolio(Pfn head, unsigned order) = 0;
  // kho_alloc_preserve() of 2^order pages: allocated and preserved as a folio, or neither.
  virtual absl::StatusOr<PfnRange> AllocPreserve(unsigned order) = 0;
  // kho_unpreserve_free() of what that gave.
  virtual void UnpreserveFree(Pfn head, unsigned order) = 0;
  virtual absl::Status PreservePages(PfnRange pfns) = 0;
  virtual void UnpreservePages(PfnRange pfns) = 0;
  // `areas`: the blocks of 2^order pages that are mapped, in order.
  virtual absl::StatusOr<VmallocPreservation> PreserveVmalloc(const std::vector<Pfn>& areas,
                                                              unsigned order) = 0;
  virtual void UnpreserveVmalloc(const VmallocPreservation& area) = 0;
  // A new kho_block set of `entries`, each of `entry_bytes` bytes: it grows for so many and `spare`
  // more, shrinks again, is cleared and written, and read backwards. Its blocks, each a page, in
  // order. DataLoss: what is read backwards is not what was written. `entries` is a whole number
  // of entries, at least one, each of which fits into a block (core/preserve/block_set.h).
  virtual absl::StatusOr<std::vector<PhysAddr>> PreserveBlocks(uint64_t entry_bytes,
                                                               std::span<const uint8_t> entries,
                                                               uint64_t spare) = 0;
  // kho_block_set_destroy() of the set whose first block that is.
  virtual void UnpreserveBlocks(PhysAddr head) = 0;
  virtual absl::Status AddSubtree(const KhoSubtree& subtree) = 0;
  virtual void RemoveSubtree(PhysAddr data) = 0;

  // ---- restoring ----
  virtual absl::StatusOr<PfnRange> RestoreFolio(Pfn head) = 0;
  // kho_restore_free(): restored and freed at once, or, where it cannot be restored, neither.
  virtual void RestoreFree(Pfn head) = 0;
  virtual absl::StatusOr<PfnRange> RestorePages(PfnRange pfns) = 0;
  // The pages mapped, block by block.
  virtual absl::StatusOr<std::vector<PfnRange>> RestoreVmalloc(const VmallocPreservation& area) = 0;
  // kho_block_set_restore() of what begins at `head`; its entries one after another, then
  // kho_block_set_destroy(). Where it is refused its blocks go back as well, if the chain has an
  // end. DataLoss: there are more than `most_bytes` bytes of entries.
  virtual absl::StatusOr<std::vector<uint8_t>> RestoreBlocks(PhysAddr head, uint64_t entry_bytes,
                                                             uint64_t most_bytes) = 0;
  virtual absl::StatusOr<KhoSubtree> RetrieveSubtree(std::string_view name) const = 0;

  // ---- kexec ----
  // Places the segments of the next kernel, of these sizes in bytes, and the scratch array's copy;
  // then this kernel is over. ResourceExhausted when one does not fit: then it goes on.
  virtual absl::StatusOr<KexecHandover> Kexec(const std::vector<uint64_t>& segments) = 0;

  // kexec_file_load(KEXEC_FILE_ON_CRASH): loads a crash kernel of such segments, in bytes, and what
  // KHO adds to it, in place of one that is loaded. FailedPrecondition where crashkernel= keeps no
  // memory for it, ResourceExhausted where a segment does not fit.
  virtual absl::StatusOr<CrashImage> LoadCrash(const std::vector<uint64_t>& segments) = 0;
  // What crashkernel= keeps (crashk_res); empty if there is none.
  virtual AddrRange crash_area() const = 0;

  // ---- what oracles see ----
  // The initialised pages of `pfns`, ascending.
  virtual void ForEachRun(PfnRange pfns, absl::FunctionRef<void(const PageRun&)> fn) const = 0;
  // What follows is as ForEachRun() says it; what is asked at every step may have a shorter way.
  // The first page of `pfns` whose struct page is not initialised.
  virtual std::optional<Pfn> FirstUninitialised(PfnRange pfns) const {
    Pfn at = pfns.begin;
    ForEachRun(pfns, [&at](const PageRun& run) {
      if (run.pfns.begin == at) at = run.pfns.end;
    });
    return at < pfns.end ? std::optional(at) : std::nullopt;
  }
  // True if every one of them is initialised.
  virtual bool AllInitialised(std::span<const Pfn> pages) const {
    return std::ranges::none_of(
        pages, [this](Pfn pfn) { return FirstUninitialised({pfn, pfn + 1}).has_value(); });
  }
  // True if no page of `pfns` is initialised.
  virtual bool NoneInitialised(PfnRange pfns) const {
    bool none = true;
    ForEachRun(pfns, [&none](const PageRun&) { none = false; });
    return none;
  }
  // True if every page of `pfns` is initialised, and none is free.
  virtual bool AllTaken(PfnRange pfns) const {
    return NoneFree(pfns) && !FirstUninitialised(pfns).has_value();
  }
  // True if every page of `pfns` is initialised and free.
  virtual bool AllFree(PfnRange pfns) const {
    uint64_t free = 0;
    ForEachRun(pfns, [&free](const PageRun& run) { free += run.free ? run.pfns.size() : 0; });
    return free == pfns.size();
  }
  // True if no page of `pfns` is free.
  virtual bool NoneFree(PfnRange pfns) const {
    bool none = true;
    ForEachRun(pfns, [&none](const PageRun& run) { none = none && !run.free; });
    return none;
  }
  // The pageblocks of `pfns` (heads) whose type is not UNMOVABLE.
  virtual void ForEachTypeRun(PfnRange pfns,
                              absl::FunctionRef<void(PfnRange, Migratetype)> fn) const = 0;
  virtual std::optional<unsigned> MagicOrder(Pfn pfn) const = 0;
  virtual const Nodes& nodes() const = 0;
  // memblock while the boot uses it, and afterwards where it is kept; else null.
  virtual const Memblock* memblock() const = 0;
  // Blocks in the outgoing tree, ascending by key; the pages of the tree itself.
  virtual std::vector<Preservation> Outgoing() const = 0;
  virtual std::vector<PhysAddr> OutgoingNodes() const = 0;
  // reserve_mem= areas that exist, by name.
  virtual std::optional<AddrRange> ReserveMem(std::string_view name) const = 0;
  virtual const std::vector<HugetlbPage>& hugetlb() const = 0;
  // The line of source behind a function that an event of this kernel named (the very string, not
  // one like it): "mm/mm_init.c:771"; of any other string the file that has a function of that
  // name. Empty where there is none, or nobody tells stories.
  virtual std::string_view SourceOf(std::string_view) const { return {}; }
  // The calls that led there, for the same string, innermost first: "kho_mem_retrieve()
  // kernel/liveupdate/kexec_handover.c:750". Empty where nobody knows.
  virtual std::vector<std::string> CallsOf(std::string_view) const { return {}; }
};

// The kernels of one machine's life, one after another, and the memory that passes between them.
class KernelChain {
 public:
  virtual ~KernelChain() = default;
  // The next kernel, which the one before must not outlive: number `kernel` from 0, the same once
  // more where its boot begins anew. `design` is for kernels that can play any; `listener` may be
  // null. Errors: the machine is not one that this kernel can run on.
  virtual absl::StatusOr<std::unique_ptr<Kernel>> Next(size_t kernel, const Design& design,
                                                       Faults* faults,
                                                       KernelListener* listener) = 0;
  // The contents of the page at page-aligned `page`, which stay from kernel to kernel; empty where
  // nobody has written any, or there is no memory. Good until the next kernel runs.
  virtual std::span<const uint8_t> Read(PhysAddr page) const = 0;
  // Backs that page of `memory`, of the same page size, with what Read() gives; nothing where that
  // is empty.
  virtual void CopyTo(PhysMemory& memory, PhysAddr page) const = 0;
  // Whether that page holds the same in both; false where either has none.
  virtual bool IsAsIn(const PhysMemory& memory, PhysAddr page) const = 0;
  // As Read(), for whoever changes them.
  virtual std::span<uint8_t> Bytes(PhysAddr page) = 0;
};

// Where chains come from: a model, or somebody's tree.
class KernelSource {
 public:
  virtual ~KernelSource() = default;
  // A chain on a machine of this geometry with memory below `end` (a pfn) on nodes [0, nodes).
  virtual absl::StatusOr<std::unique_ptr<KernelChain>> NewChain(const Geometry& geometry, Pfn end,
                                                                int nodes) const = 0;
  // Its kernels have no NUMA: all memory of a machine is node 0's.
  virtual bool one_node() const { return false; }
  // Its parts by themselves on such a machine, which has no memory yet; Unimplemented where there
  // are none. As long as they live there is no chain.
  virtual absl::StatusOr<std::unique_ptr<KernelParts>> NewParts(const Geometry& geometry, Pfn end,
                                                                int nodes) const {
    (void)geometry, (void)end, (void)nodes;
    return absl::UnimplementedError("this kernel has no parts that can be played by themselves");
  }
  // Of the functions of its kernels; null where nobody can look.
  virtual KernelAnswers* answers() const = 0;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_KERNEL_H_
