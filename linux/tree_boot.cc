// A tree's boot, from firmware to kho_init(), and what it shows of itself.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "core/designs/asked_elsewhere.h"
#include "core/memblock/memblock.h"
#include "core/memmap/nodes.h"
#include "linux/tree_kernel.h"
#include "linux/tree_values.h"

namespace khofuzz {
namespace {

constexpr uint64_t kKhoPageMagic = 0x4b484f50;  // "KHOP"
constexpr size_t kMaxAreas = kMaxScratchAreas;

Zone ZoneFrom(const kf_zone_state& zone) {
  return {.span = {{zone.start}, {zone.start + zone.spanned}},
          .present = zone.present,
          .managed = static_cast<int64_t>(zone.managed)};
}

// Of page->private, which lies there.
std::optional<unsigned> OrderAt(const char* at) {
  uint64_t info;
  std::memcpy(&info, at, sizeof(info));
  if (info >> 32 != kKhoPageMagic) return std::nullopt;
  return static_cast<unsigned>(info & 0xffffffff);
}

}  // namespace

TreeKernel::TreeKernel(Tree* tree, const Geometry& geometry, int nodes, Arena* arena,
                       Faults* faults, KernelListener* listener)
    : tree_(tree),
      geometry_(geometry),
      node_count_(nodes),
      arena_(arena),
      faults_(faults),
      listener_(listener),
      shape_(geometry.page_shift, Design()),
      memmap_(geometry_),
      buddy_(geometry_, &memmap_),
      changes_(tree, &memmap_, &buddy_) {
  memmap_.set_listener(listener);
  buddy_.set_listener(listener);
}

TreeKernel::~TreeKernel() {
  if (tree_->host() == this) tree_->set_host(nullptr);
}

void TreeKernel::PowerOn(const BootPlan& plan, const KexecHandover* incoming) {
  tree_->set_host(this);
  kf_machine machine = MachineOf(geometry_, node_count_, *arena_);
  machine.keep_memblock = plan.keep_memblock ? 1 : 0;
  machine.kdump = plan.kdump ? 1 : 0;
  machine.threads = plan.threads;
  if (plan.memblock_entries != 0) {
    // As in the model: the arrays must not double before the firmware's map is complete.
    const size_t areas =
        incoming == nullptr ? 0 : static_cast<size_t>(incoming->scratch_bytes / 16);
    machine.memblock_entries = std::max(
        plan.memblock_entries, 2 * (plan.banks.size() + plan.firmware.size()) + 3 * areas + 4);
  }
  // Struct pages are there for whole sections.
  const uint64_t section = geometry_.section_bytes() >> geometry_.page_shift;
  std::vector<PfnRange> memory;
  for (const BootBank& bank : plan.banks) {
    memory.push_back({{AlignDown(geometry_.PfnDown(bank.range.begin).value, section)},
                      {AlignUp(geometry_.PfnUp(bank.range.end).value, section)}});
  }
  arena_->PoisonPages(tree_->calls().page_bytes, memory);
  tree_->calls().power_on(&machine);
}

void TreeKernel::Parameter(const char* name, std::string value) {
  (void)Call().parameter(name, value.data());
}

void TreeKernel::ReadFirmwareMap(const BootPlan& plan) {
  for (const BootBank& bank : plan.banks) {
    (void)Call().memblock_add(bank.range.begin.value, bank.range.size(), bank.nid);
  }
  (void)Call().memblock_allow_resize();
}

void TreeKernel::RunScript(const std::vector<EarlyCall>& script) {
  for (const EarlyCall& call : script) {
    if (!stopped_.empty()) return;
    const uint64_t base = call.range.begin.value;
    const uint64_t size = call.range.size();
    switch (call.what) {
      case EarlyCall::What::kAlloc: {
        uint64_t got = 0;
        within_ =
            call.alloc.end.value > 1 ? AddrRange{call.alloc.start, call.alloc.end} : AddrRange{};
        (void)Call().memblock_alloc(call.alloc.size, call.alloc.align, call.alloc.start.value,
                                    call.alloc.end.value, call.alloc.nid,
                                    call.alloc.exact_nid ? 1 : 0, &got);
        within_ = {};
        break;
      }
      case EarlyCall::What::kReserve:
        (void)Call().memblock_reserve(base, size, kNoNode, call.flags);
        break;
      case EarlyCall::What::kFree:
        (void)Call().memblock_free(base, size);
        break;
      case EarlyCall::What::kMark:
        for (MemblockFlags left = call.flags; left != 0; left &= left - 1) {
          (void)Call().memblock_mark(base, size, left & (~left + 1));
        }
        break;
      case EarlyCall::What::kNode:
        (void)Call().memblock_set_reserved_node(base, size, call.nid);
        break;
    }
  }
}

void TreeKernel::ReserveCrashkernel(const BootPlan& plan) {
  if (plan.crashkernel == 0 || !stopped_.empty()) return;
  const MemblockAllocRequest request = CrashkernelRequest(plan, geometry_);
  uint64_t got = 0;
  const int failed =
      Call().memblock_alloc(request.size, request.align, request.start.value, request.end.value,
                            request.nid, request.exact_nid ? 1 : 0, &got);
  if (failed == 0) crash_area_ = {PhysAddr{got}, PhysAddr{got} + request.size};
}

absl::Status TreeKernel::StatusOf(int result, std::string_view call) const {
  return TreeStatus(result, call, stopped_);
}

void TreeKernel::NoteCosts(BootPhase phase) {
  if (const Memblock* memblock = this->memblock(); memblock != nullptr) {
    costs_.peak_reserved = std::max<uint64_t>(costs_.peak_reserved, memblock->reserved().cnt());
    if (phase == BootPhase::kBootmem) {
      for (const ScratchArea& area : bootmem_.areas) {
        for (const MemblockRegion& region : memblock->reserved().regions) {
          costs_.bootmem_used += region.range().Intersect(area.range()).size();
        }
      }
    }
  }
  if (phase == BootPhase::kFreeAll) costs_.serial_pages = memmap_.pages().TotalSize();
}

// Nobody calls a function to write page->private: what a handover boot has written there is told
// once all of it is.
void TreeKernel::TellMagic() {
  if (listener_ == nullptr || !is_kho_boot()) return;
  const uint64_t stride = tree_->calls().page_bytes;
  for (const PfnRange& pages : arena_->WrittenPages()) {
    const char* at = static_cast<const char*>(arena_->pages()) + pages.begin.value * stride +
                     tree_->calls().private_at;
    for (Pfn pfn = pages.begin; pfn < pages.end; ++pfn.value, at += stride) {
      const auto order = OrderAt(at);
      if (!order.has_value()) continue;
      listener_->OnEvent({.kind = EventKind::kSetMagic,
                          .range = {pfn, pfn + 1},
                          .order = *order,
                          .function = "kho_preserved_memory_reserve"});
    }
  }
}

void TreeKernel::EndPhase(BootPhase phase) {
  changes_.Flush();
  stale_ = true;
  if (!stopped_.empty()) return;
  if (phase == BootPhase::kBootmem) TellMagic();
  phase_ = phase;
  if (phase <= BootPhase::kBootmem) LearnBootmem();
  NoteCosts(phase);
  if (listener_ != nullptr) listener_->OnPhase(phase);
}

void TreeKernel::LearnBootmem() {
  std::array<kf_range, kMaxAreas> areas;
  size_t cnt = tree_->calls().bootmem(areas.data(), areas.size());
  if (cnt == 0 && is_kho_boot()) {
    // Between kho_populate() and early KHO initialisation the kernel has the table's address only.
    const kf_range* table =
        reinterpret_cast<const kf_range*>(arena_->memory() + inherited_.begin.value);
    const bool there = inherited_.end.value <= arena_->bytes();
    for (; there && cnt < inherited_.size() / sizeof(kf_range) && cnt < areas.size(); ++cnt) {
      areas[cnt] = {table[cnt].begin, table[cnt].begin + table[cnt].end};
    }
  }
  bootmem_.areas.clear();
  // What stays in the array of a kernel that could not reserve bootmem is not bootmem.
  if (!kho_enabled() && !is_kho_boot()) return;
  for (size_t i = 0; i < std::min(cnt, areas.size()); ++i) {
    bootmem_.areas.push_back({PhysAddr{areas[i].begin}, areas[i].end - areas[i].begin});
  }
}

absl::Status TreeKernel::Boot(const BootPlan& plan, const KexecHandover* incoming) {
  plan_ = &plan;
  schedule_ = plan.schedule;
  if (incoming != nullptr) {
    inherited_ = {incoming->scratch, incoming->scratch + incoming->scratch_bytes};
  }
  PowerOn(plan, incoming);
  const auto stop = [this] {
    plan_ = nullptr;
    return absl::FailedPreconditionError(stopped_);
  };
  (void)Call().memblock_bottom_up(plan.bottom_up ? 1 : 0);
  Parameter("kho", plan.kho ? "on" : "off");
  if (!plan.scratch.empty()) Parameter("kho_scratch", plan.scratch);
  if (!plan.kernelcore.empty()) Parameter("kernelcore", plan.kernelcore);
  if (!plan.movablecore.empty()) Parameter("movablecore", plan.movablecore);
  // Page 0 is never anybody's.
  (void)Call().memblock_reserve(0, geometry_.page_size(), kNoNode, 0);
  for (const AddrRange& range : plan.firmware) {
    (void)Call().memblock_reserve(range.begin.value, range.size(), kNoNode, 0);
  }
  if (incoming != nullptr) {
    for (const AddrRange& segment : incoming->segments) {
      if (segment.begin == incoming->scratch) continue;  // kho_populate() reserves that
      (void)Call().memblock_reserve(segment.begin.value, segment.size(), kNoNode, 0);
    }
  }
  if (plan.device_tree) ReadFirmwareMap(plan);
  if (incoming != nullptr) {
    faults_on_ = true;
    (void)Call().kho_populate(incoming->fdt.value, geometry_.page_size(), incoming->scratch.value,
                              incoming->scratch_bytes);
    faults_on_ = false;
  }
  if (!plan.device_tree) ReadFirmwareMap(plan);
  faults_on_ = true;
  ReserveCrashkernel(plan);
  RunScript(plan.early);
  if (!stopped_.empty()) return stop();
  EndPhase(BootPhase::kEarly);

  // Raises kExtended on its way, and runs the late script there.
  (void)Call().mm_core_init_early();
  if (halted_) {
    plan_ = nullptr;
    return absl::OkStatus();
  }
  if (!stopped_.empty()) return stop();
  EndPhase(BootPhase::kMemmap);
  for (const ReserveMemRequest& request : plan.reserve_mem) {
    Parameter("reserve_mem", absl::StrCat(request.size, ":", request.align, ":", request.name));
  }
  if (!stopped_.empty()) return stop();
  EndPhase(BootPhase::kParams);

  (void)Call().mm_core_init();
  if (!stopped_.empty()) return stop();
  EndPhase(BootPhase::kFreeAll);
  for (const PageRequest& request : plan.before_deferred) {
    (void)TakePages(request, "alloc_pages");
  }
  (void)Call().page_alloc_init_late();
  if (!stopped_.empty()) return stop();
  changes_.Flush();
  (void)Call().kho_init();
  if (stopped_.empty()) (void)Call().reserve_mem_init();
  if (!stopped_.empty()) return stop();
  EndPhase(BootPhase::kComplete);
  plan_ = nullptr;
  return absl::OkStatus();
}

bool TreeKernel::kho_enabled() const { return tree_->calls().kho_enabled() != 0; }
bool TreeKernel::is_kho_boot() const { return tree_->calls().kho_boot() != 0; }

NodeId TreeKernel::EarlyNode(Pfn pfn) const {
  const Memblock* memblock = this->memblock();
  if (memblock == nullptr) return 0;
  const auto region = memblock->memory().Search(geometry_.ToAddr(pfn));
  return region.has_value() ? memblock->memory().regions[*region].nid : NodeId{0};
}

const Memblock* TreeKernel::memblock() const {
  changes_.Flush();
  if (tree_->calls().memblock_gone() != 0) return nullptr;
  if (stale_ || !memblock_.has_value()) Look();
  return &*memblock_;
}

std::optional<int64_t> TreeKernel::total_ram_pages() const {
  return static_cast<int64_t>(tree_->calls().total_ram_pages());
}

std::optional<uint64_t> TreeKernel::EstimatedFreePages() const {
  if (tree_->calls().memblock_gone() != 0) return std::nullopt;
  return tree_->calls().estimated_free_pages();
}

const Nodes& TreeKernel::nodes() const {
  changes_.Flush();
  if (stale_) Look();
  return nodes_;
}

// Takes a view of what the tree's variables say.
void TreeKernel::Look() const {
  stale_ = false;
  const kf_tree& tree = tree_->calls();
  if (tree.memblock_gone() == 0) {
    const auto regions = [&](int reserved) {
      std::vector<MemblockRegion> out;
      size_t cnt = tree.regions(reserved, region_buffer_.data(), region_buffer_.size());
      if (cnt > region_buffer_.size()) {
        region_buffer_.resize(cnt);
        cnt = tree.regions(reserved, region_buffer_.data(), region_buffer_.size());
      }
      for (size_t i = 0; i < cnt; ++i) {
        if (region_buffer_[i].size != 0) out.push_back(RegionFrom(region_buffer_[i]));
      }
      return out;
    };
    if (!memblock_.has_value()) {
      // What the oracles go on to do with a copy of it is done to such regions as the tree's.
      const bool one_node = (tree.features & KF_HAS_NUMA) == 0;
      memblock_.emplace(geometry_.page_size(), one_node ? Design{kOneNodeQuirk} : Design());
    }
    memblock_->Load(regions(0), regions(1));
    for (const int reserved : {0, 1}) {
      uint64_t max = 0;
      const uint64_t at = tree.region_array(reserved, &max);
      memblock_->LoadArray(reserved != 0, at == 0 ? std::nullopt : std::optional(PhysAddr{at}),
                           max);
    }
    memblock_->set_bottom_up(tree.memblock_is_bottom_up() != 0);
    memblock_->set_kho_scratch_only(tree.memblock_scratch_only() != 0);
  }
  if (!nodes_known_) return;
  // Which sections hold memory follows from memblock; all else the kernel says itself.
  if (nodes_.count() == 0 && memblock_.has_value()) nodes_ = Nodes(*memblock_, geometry_);
  for (NodeId nid = 0; nid < nodes_.count(); ++nid) {
    kf_node_state state{};
    if (tree.node(nid, &state) == 0) continue;
    Node& node = nodes_.at(nid);
    node.span = {{state.start}, {state.start + state.spanned}};
    node.first_deferred = Pfn{state.first_deferred};
    for (size_t zone = 0; zone < kZoneCount; ++zone) {
      node.zones[zone] = ZoneFrom(state.zones[zone]);
    }
  }
}

void TreeKernel::ForEachRun(PfnRange pfns, absl::FunctionRef<void(const PageRun&)> fn) const {
  changes_.Flush();
  ForEachPageRun(memmap_, buddy_, pfns, fn);
}

void TreeKernel::ForEachTypeRun(PfnRange pfns,
                                absl::FunctionRef<void(PfnRange, Migratetype)> fn) const {
  changes_.Flush();
  memmap_.ForEachType(pfns, fn);
}

std::optional<unsigned> TreeKernel::MagicOrder(Pfn pfn) const {
  if (pfn.value >= arena_->nr_pages()) return std::nullopt;
  const kf_tree& tree = tree_->calls();
  return OrderAt(static_cast<const char*>(arena_->pages()) + pfn.value * tree.page_bytes +
                 tree.private_at);
}

}  // namespace khofuzz
