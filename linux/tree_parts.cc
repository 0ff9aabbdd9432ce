#include "linux/tree_parts.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/radix/preservation.h"
#include "linux/tree_values.h"

namespace khofuzz {
namespace {

// Answers a tree of which only parts run: nobody looks at struct pages, and there is no buddy.
class PartsHost final : public TreeHost {
 public:
  void OnInit(PfnRange, int, int, const kf_site*, void*) override {}
  void OnReserved(uint64_t, bool, const kf_site*, void*) override {}
  void OnType(uint64_t, int, const kf_site*, void*) override {}
  void OnRefcount(uint64_t, int, const kf_site*, void*) override {}
  void OnRead(uint64_t, const kf_site*, void*) override {}
  void OnFree(PfnRange, const kf_site*, void*) override {}
  void OnMemblockAlloc(uint64_t, uint64_t, const kf_site*, void*) override {}
  void OnManaged(Pfn, int, int, int64_t, const kf_site*, void*) override {}
  void OnRefused(uint64_t, uint64_t, int, bool, const kf_site*, void*) override {}
  uint64_t AllocPages(unsigned, bool, int, const kf_site*, void*) override { return 0; }
  void RunJob(const kf_job&) override {}
  void HugetlbAlloc() override {}
  void HugetlbInit() override {}
  bool OnPoint(kf_point) override { return true; }
  void OnWarn(const char*, const kf_site*, void*) override {}
  void OnSleeps(const char*, const kf_site*, void*) override {}
  void OnPrint(const char*) override {}
  bool Fault(int site, const void*) override {
    return std::ranges::find(sites_, FaultSiteOf(site)) != sites_.end() &&
           faults_.Next(FaultSiteOf(site));
  }
  void OnStop(kf_stop kind, const char* what, const kf_site* at) override {
    if (stopped_.empty()) stopped_ = StopText(kind, what, at);
  }

  Faults& faults() { return faults_; }
  // Where failures that were asked for count: nowhere while things are got ready.
  void set_sites(std::vector<FaultSite> sites) { sites_ = std::move(sites); }
  const std::string& stopped() const { return stopped_; }

 private:
  Faults faults_;
  std::vector<FaultSite> sites_;
  std::string stopped_;
};

class TreeMemblock final : public MemblockPart {
 public:
  TreeMemblock(Tree* tree, PartsHost* host) : tree_(tree), host_(host) {}

  absl::Status AddMemory(AddrRange range, NodeId nid) override {
    return Done(parts().add_node(range.begin.value, range.size(), nid), "memblock_add_node");
  }
  absl::Status RemoveMemory(AddrRange range) override {
    return Done(parts().remove(range.begin.value, range.size()), "memblock_remove");
  }
  absl::Status Reserve(AddrRange range, NodeId nid, MemblockFlags flags) override {
    return Done(tree_->calls().memblock_reserve(range.begin.value, range.size(), nid, flags),
                "__memblock_reserve");
  }
  absl::Status Free(AddrRange range) override {
    return Done(tree_->calls().memblock_free(range.begin.value, range.size()),
                "memblock_phys_free");
  }
  absl::Status MarkMemory(AddrRange range, MemblockFlags flag) override {
    return SetFlag(false, range, true, flag);
  }
  absl::Status ClearMemory(AddrRange range, MemblockFlags flag) override {
    return SetFlag(false, range, false, flag);
  }
  absl::Status MarkReserved(AddrRange range, MemblockFlags flag) override {
    return SetFlag(true, range, true, flag);
  }
  absl::Status ClearReserved(AddrRange range, MemblockFlags flag) override {
    return SetFlag(true, range, false, flag);
  }
  absl::Status SetMemoryNode(AddrRange range, NodeId nid) override {
    return SetNode(false, range, nid);
  }
  absl::Status SetReservedNode(AddrRange range, NodeId nid) override {
    return SetNode(true, range, nid);
  }
  absl::StatusOr<PhysAddr> Alloc(const MemblockAllocRequest& request) override {
    uint64_t got = 0;
    const int result = tree_->calls().memblock_alloc(request.size, request.align,
                                                     request.start.value, request.end.value,
                                                     request.nid, request.exact_nid ? 1 : 0, &got);
    const absl::Status status = Done(result, "memblock_alloc_range_nid");
    if (!status.ok()) return status;
    return PhysAddr{got};
  }
  absl::Status ParseScratch(std::string_view value) override {
    std::string text(value);
    if (tree_->calls().parameter("kho_scratch", text.data()) == 0) return absl::OkStatus();
    return absl::InvalidArgumentError("kho_scratch= is refused");
  }
  void set_kho_scratch_only(bool on) override { (void)parts().restrict_to_scratch(on ? 1 : 0); }
  void set_bottom_up(bool on) override { (void)tree_->calls().memblock_bottom_up(on ? 1 : 0); }
  void set_initial_max(size_t entries) override {
    (void)parts().room(entries);
    (void)tree_->calls().memblock_allow_resize();
    host_->set_sites({FaultSite::kMemblockAlloc, FaultSite::kMemblockDouble});
  }

  std::vector<MemblockRegion> Regions(bool reserved) const override {
    std::vector<kf_region> regions(tree_->calls().regions(reserved ? 1 : 0, nullptr, 0));
    (void)tree_->calls().regions(reserved ? 1 : 0, regions.data(), regions.size());
    std::vector<MemblockRegion> out;
    for (const kf_region& region : regions) {
      if (region.size != 0) out.push_back(RegionFrom(region));
    }
    return out;
  }
  std::vector<AddrRange> FreeRanges(NodeId nid, MemblockFlags flags, bool reverse) const override {
    const auto fill = [&](std::vector<kf_range>& out) {
      return parts().free_ranges(nid, flags, reverse ? 1 : 0, out.data(), out.size());
    };
    std::vector<kf_range> ranges;
    ranges.resize(fill(ranges));
    (void)fill(ranges);
    std::vector<AddrRange> out;
    for (const kf_range& range : ranges) out.push_back({{range.begin}, {range.end}});
    return out;
  }

 private:
  const kf_parts& parts() const { return *tree_->calls().parts; }
  absl::Status Done(int result, std::string_view call) const {
    return TreeStatus(result, call, host_->stopped());
  }
  absl::Status SetFlag(bool reserved, AddrRange range, bool set, MemblockFlags flag) {
    return Done(
        parts().set_flag(reserved ? 1 : 0, range.begin.value, range.size(), set ? 1 : 0, flag),
        "memblock_setclr_flag");
  }
  absl::Status SetNode(bool reserved, AddrRange range, NodeId nid) {
    return Done(parts().set_node(reserved ? 1 : 0, range.begin.value, range.size(), nid),
                "memblock_set_node");
  }

  Tree* const tree_;
  PartsHost* const host_;
};

class TreeRawKeys final : public RadixPart {
 public:
  TreeRawKeys(Tree* tree, PartsHost* host) : tree_(tree), host_(host) {}

  uint64_t Encode(const Preservation& block) const override {
    return parts().encode_key(block.phys.value, block.order);
  }
  Preservation Decode(uint64_t key) const override {
    unsigned order = 0;
    const uint64_t phys = parts().decode_key(key, &order);
    return {PhysAddr{phys}, order};
  }

  absl::Status Create() override {
    if (!powered_) {
      // Nodes come from memblock, as they do before there is a buddy.
      (void)tree_->calls().memblock_add(0, kRawKeyMemory, 0);
      (void)tree_->calls().memblock_allow_resize();
      powered_ = true;
      host_->set_sites({FaultSite::kRadixNode});
    }
    return Done(parts().raw_create(), "kho_radix_init_tree");
  }
  absl::Status Add(uint64_t key) override {
    return Done(parts().raw_add(key), "kho_radix_add_key");
  }
  void Del(uint64_t key) override { (void)parts().raw_del(key); }
  bool WalkKeys(const std::function<bool(uint64_t key)>& leaf) override {
    const auto call = [](void* arg, uint64_t key) {
      return (*static_cast<const std::function<bool(uint64_t)>*>(arg))(key) ? 0 : 1;
    };
    return parts().raw_walk(
               call, [](void*, uint64_t) { return 0; },
               const_cast<std::function<bool(uint64_t)>*>(&leaf)) == 0;
  }
  uint64_t CountNodes() override {
    uint64_t nodes = 0;
    (void)parts().raw_walk([](void*, uint64_t) { return 0; },
                           [](void* arg, uint64_t) {
                             ++*static_cast<uint64_t*>(arg);
                             return 0;
                           },
                           &nodes);
    return nodes;
  }
  absl::Status Reopen() override { return Done(parts().raw_reopen(), "kho_radix_init_tree"); }
  void Destroy() override { (void)parts().raw_destroy(); }
  uint64_t LiveNodes() const override {
    // Nobody else allocates.
    uint64_t bytes = 0;
    std::vector<kf_region> regions(tree_->calls().regions(1, nullptr, 0));
    (void)tree_->calls().regions(1, regions.data(), regions.size());
    for (const kf_region& region : regions) bytes += region.size;
    return bytes >> tree_->calls().page_shift;
  }

 private:
  const kf_parts& parts() const { return *tree_->calls().parts; }
  absl::Status Done(int result, std::string_view call) const {
    return TreeStatus(result, call, host_->stopped());
  }

  Tree* const tree_;
  PartsHost* const host_;
  bool powered_ = false;
};

class TreeParts final : public KernelParts {
 public:
  TreeParts(Tree* tree, const Geometry& geometry, int nodes, Arena* arena)
      : tree_(tree), memblock_(tree, &host_), raw_keys_(tree, &host_) {
    tree->set_host(&host_);
    const kf_machine machine = MachineOf(geometry, nodes, *arena);
    arena->PoisonPages(tree->calls().page_bytes, {});
    tree->calls().power_on(&machine);
  }
  ~TreeParts() override {
    if (tree_->host() == &host_) tree_->set_host(nullptr);
  }

  MemblockPart& memblock() override { return memblock_; }
  RadixPart* radix() override {
    return tree_->calls().parts->raw_add == nullptr ? nullptr : &raw_keys_;
  }
  Faults& faults() override { return host_.faults(); }
  std::string_view stopped() const override { return host_.stopped(); }

 private:
  Tree* const tree_;
  PartsHost host_;
  TreeMemblock memblock_;
  TreeRawKeys raw_keys_;
};

}  // namespace

std::unique_ptr<KernelParts> NewTreeParts(Tree* tree, const Geometry& geometry, int nodes,
                                          Arena* arena) {
  return std::make_unique<TreeParts>(tree, geometry, nodes, arena);
}

}  // namespace khofuzz
