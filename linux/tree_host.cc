// What a tree's code calls out for: its changes to struct pages become ranges and events, and what
// it asks of the rest of the kernel is played.
#include <algorithm>
#include <bit>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/memmap/nodes.h"
#include "core/mm_init/padata.h"
#include "core/preserve/hugetlb.h"
#include "core/splitmix.h"
#include "linux/tree_kernel.h"
#include "linux/tree_values.h"

namespace khofuzz {
namespace {

constexpr size_t kMaxLog = 64;

// A page that no zone spans (a hole that a reservation covers) is told with a zone beyond the last,
// as the model tells it with Normal.
ZoneId ZoneFrom(int zone) {
  switch (zone) {
    case KF_ZONE_DMA:
      return ZoneId::kDma;
    case KF_ZONE_DMA32:
      return ZoneId::kDma32;
    case KF_ZONE_MOVABLE:
      return ZoneId::kMovable;
    default:
      return ZoneId::kNormal;
  }
}

}  // namespace

PfnRange TreeKernel::BlockOf(Pfn pfn) const {
  const Pfn head{AlignDown(pfn.value, geometry_.pageblock_pages())};
  return {head, head + geometry_.pageblock_pages()};
}

void TreeKernel::OnInit(PfnRange pfns, int nid, int zone, const kf_site* at, void* caller) {
  arena_->NotePages(pfns);
  changes_.Init(pfns, static_cast<NodeId>(nid), ZoneFrom(zone), at, caller);
}

void TreeKernel::OnReserved(uint64_t pfn, bool reserved, const kf_site* at, void* caller) {
  const PfnRange page{{pfn}, {pfn + 1}};
  if (reserved) {
    changes_.SetReserved(page, at, caller);
  } else {
    changes_.ClearReserved(page);
  }
}

void TreeKernel::OnType(uint64_t pfn, int type, const kf_site* at, void* caller) {
  constexpr std::array kTypes = {Migratetype::kUnmovable, Migratetype::kMovable, Migratetype::kCma};
  const size_t index = std::min<size_t>(static_cast<size_t>(std::max(type, 0)), KF_CMA);
  changes_.SetType(BlockOf({pfn}), kTypes[index], at, caller);
}

void TreeKernel::OnRefcount(uint64_t pfn, int count, const kf_site* at, void* caller) {
  changes_.SetRefcount({{pfn}, {pfn + 1}}, count, at, caller);
}

// Reading a struct page that is initialised is what everybody does all the time: one such read
// shows that reads are looked at.
void TreeKernel::OnRead(uint64_t pfn, const kf_site* at, void* caller) {
  changes_.Flush();
  if (memmap_.At({pfn}).has_value() && read_told_) return;
  read_told_ = true;
  changes_.Read({{pfn}, {pfn + 1}}, at, caller);
}

void TreeKernel::OnFree(PfnRange pfns, const kf_site* at, void* caller) {
  changes_.Free(pfns, at, caller);
}

// Told to stories: oracles look at the sums. They have nothing to look at meanwhile, so what waits
// goes on waiting.
void TreeKernel::OnManaged(Pfn pfn, int nid, int zone, int64_t pages, const kf_site* at,
                           void* caller) {
  if (listener_ == nullptr || pages == 0) return;
  listener_->OnEvent({.kind = EventKind::kManaged,
                      .range = {pfn, pfn + 1},
                      .nid = nid < 0 ? kNoNode : static_cast<NodeId>(nid),
                      .zone = ZoneFrom(zone),
                      .count = static_cast<uint64_t>(pages),
                      .function = Who(at, caller)});
}

void TreeKernel::OnMemblockAlloc(uint64_t begin, uint64_t end, const kf_site* at, void* caller) {
  changes_.Flush();
  const AddrRange bytes{{begin}, {end}};
  // Before the page allocator nodes are needed by nobody but scratch extension.
  if (begin < end && at != nullptr && std::string_view(at->function) == "kho_radix_alloc_node") {
    costs_.digest_pages += bytes.size() >> geometry_.page_shift;
  }
  if (listener_ == nullptr || begin >= end) return;
  listener_->OnEvent({.kind = EventKind::kMemblockAlloc,
                      .range = {geometry_.PfnDown(bytes.begin), geometry_.PfnUp(bytes.end)},
                      .bytes = bytes,
                      .function = Who(at, caller)});
}

void TreeKernel::OnRefused(uint64_t bytes, uint64_t align, int nid, bool exact_nid,
                           const kf_site* at, void* caller) {
  changes_.Flush();
  if (listener_ == nullptr) return;
  const std::string_view function = Who(at, caller);
  // HugetlbAlloc() tells.
  if (function == "memblock_alloc_hugetlb" || function == "alloc_bootmem") return;
  listener_->OnEvent(
      {.kind = EventKind::kRefused,
       .bytes = within_,
       .nid = exact_nid ? static_cast<NodeId>(nid) : kNoNode,
       .type = Migratetype::kUnmovable,
       .order = static_cast<unsigned>(std::bit_width(std::max<uint64_t>(align, 64))) - 1,
       .count = bytes,
       .function = function});
}

bool TreeKernel::Fault(int site, const void* frame) {
  if (faults_ == nullptr || !faults_on_) return false;
  return faults_->Next(FaultSiteOf(site),
                       faults_->logs() ? tree_->CallersOf(frame) : std::string_view());
}

uint64_t TreeKernel::AllocPages(unsigned order, bool tree_node, int nid, const kf_site* at,
                                void* caller) {
  const auto pages = TakePages({.order = order,
                                .nid = nid < 0 ? kNoNode : static_cast<NodeId>(nid),
                                .from = tree_node ? node_pages_from_ : Pfn{0}},
                               Who(at, caller));
  return pages.has_value() ? pages->begin.value : 0;
}

// padata_do_multithreaded(): workers take chunks in turn. Which of those that run at the same time
// is done first is the schedule's; a chunk is one step.
void TreeKernel::RunJob(const kf_job& job) {
  if (job.begin >= job.end) return;
  const unsigned asked = plan_ == nullptr ? 1 : plan_->threads;
  const PadataJob padata{
      .pfns = {{job.begin}, {job.end}},
      .min_chunk = job.min_chunk,
      .align = job.align,
      .threads = std::min(asked, static_cast<unsigned>(std::max(job.max_threads, 1)))};
  const uint64_t workers = PadataWorkers(padata);
  std::vector<PfnRange> chunks = PadataChunks(padata);
  while (!chunks.empty()) {
    const size_t running = std::min<size_t>(workers, chunks.size());
    const size_t next = schedule_ == 0 ? 0 : SplitMix64(schedule_) % running;
    const PfnRange one = chunks[next];
    chunks.erase(chunks.begin() + static_cast<std::ptrdiff_t>(next));
    job.fn(one.begin.value, one.end.value, job.arg);
    if (!stopped_.empty()) return;
  }
}

// mm/hugetlb.c is not compiled: what its allocation asks of memblock and of zones.
class TreeKernel::HugetlbOfTree final : public HugetlbBootmem {
 public:
  explicit HugetlbOfTree(TreeKernel* kernel) : kernel_(kernel) {}
  std::optional<PhysAddr> Alloc(uint64_t bytes, NodeId nid, bool exact_nid) override {
    uint64_t got = 0;
    if (!kernel_->stopped_.empty()) return std::nullopt;
    const int failed = kernel_->Call().memblock_alloc_hugetlb(bytes, nid, exact_nid ? 1 : 0, &got);
    return failed != 0 || got == 0 ? std::nullopt : std::optional(PhysAddr{got});
  }
  NodeId NodeOf(Pfn pfn) override { return kernel_->EarlyNode(pfn); }
  bool CrossesZones(NodeId nid, PfnRange pfns) override {
    return kernel_->nodes_known_ && kernel_->nodes().CrossesZones(nid, pfns);
  }
  bool LeaveNoinit(AddrRange range) override {
    return kernel_->Call().memblock_mark_noinit(range.begin.value, range.size()) == 0;
  }
  void Free(AddrRange range) override {
    (void)kernel_->Call().memblock_free(range.begin.value, range.size());
  }
  void Refused(const HugetlbRequest& unserved) override {
    if (!kernel_->stopped_.empty()) return;
    kernel_->changes_.Flush();
    kernel_->TellHugetlbRefused(kernel_->geometry_.order_bytes(unserved.order), unserved.nid);
  }

 private:
  TreeKernel* kernel_;
};

void TreeKernel::HugetlbAlloc() {
  changes_.Flush();
  if (plan_ == nullptr) return;
  HugetlbOfTree bootmem(this);
  const int count = nodes_known_ ? nodes().count() : Nodes(*memblock(), geometry_).count();
  hugetlb_ = TakeHugetlbPages(bootmem, count, geometry_, plan_->hugetlb);
}

// Gigantic pages must stay out of bootmem.
void TreeKernel::TellHugetlbRefused(uint64_t bytes, NodeId nid) {
  if (listener_ == nullptr) return;
  const bool own = (tree_->calls().features & KF_HAS_HUGETLB_ALLOC) != 0;
  listener_->OnEvent({.kind = EventKind::kRefused,
                      .nid = nid,
                      .type = Migratetype::kMovable,
                      .order = static_cast<unsigned>(std::bit_width(bytes)) - 1,
                      .count = bytes,
                      .function = own ? "memblock_alloc_hugetlb" : "alloc_bootmem"});
}

void TreeKernel::HugetlbInit() {
  changes_.Flush();
  const auto order_of = [](const HugetlbPage& page) {
    return static_cast<unsigned>(std::bit_width(page.pfns.size())) - 1;
  };
  // Some trees allocate them before zones are known.
  std::erase_if(hugetlb_, [&](const HugetlbPage& page) {
    if (!nodes().CrossesZones(page.nid, page.pfns)) return false;
    (void)Call().hugetlb_free_page(page.pfns.begin.value, order_of(page), page.nid);
    changes_.Flush();
    return true;
  });
  for (const HugetlbPage& page : hugetlb_) {
    (void)Call().hugetlb_init_page(page.pfns.begin.value, order_of(page));
  }
}

bool TreeKernel::OnPoint(kf_point point) {
  changes_.Flush();
  stale_ = true;
  switch (point) {
    case KF_POINT_EXTENDED:
      EndPhase(BootPhase::kExtended);
      if (plan_ == nullptr) break;
      halted_ = plan_->last_phase == BootPhase::kExtended && stopped_.empty();
      if (halted_) return false;
      RunScript(plan_->late);
      break;
    case KF_POINT_NODES:
      nodes_known_ = true;
      break;
    case KF_POINT_BOOTMEM:
      EndPhase(BootPhase::kBootmem);
      break;
    case KF_POINT_DEFERRED:
      deferred_done_ = true;
      EndPhase(BootPhase::kDeferred);
      break;
    case KF_POINT_DISCARDED:
      break;
  }
  return true;
}

void TreeKernel::OnWarn(const char* what, const kf_site* at, void* caller) {
  changes_.Flush();
  if (log_.size() < kMaxLog) log_.push_back(absl::StrCat("WARN in ", PlaceOf(at), ": ", what));
  if (listener_ == nullptr) return;
  listener_->OnEvent({.kind = EventKind::kWarn, .function = Who(at, caller), .text = what});
}

void TreeKernel::OnSleeps(const char* what, const kf_site* at, void* caller) {
  changes_.Flush();
  if (listener_ == nullptr) return;
  listener_->OnEvent({.kind = EventKind::kSleeps, .function = Who(at, caller), .text = what});
}

void TreeKernel::OnPrint(const char* text) {
  if (log_.size() < kMaxLog) log_.emplace_back(text);
}

void TreeKernel::OnStop(kf_stop kind, const char* what, const kf_site* at) {
  if (halted_ || !stopped_.empty()) return;
  changes_.Flush();
  stopped_ = StopText(kind, what, at);
  if (listener_ == nullptr || kind == KF_STOP_REFUSED) return;
  listener_->OnEvent({.kind = EventKind::kStop, .function = Who(at, nullptr), .text = stopped_});
}

}  // namespace khofuzz
