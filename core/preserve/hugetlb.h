// Gigantic pages that a boot takes from memblock.
//
// Mirrors memblock_alloc_hugetlb() (mm/memblock.c) and the boot-time half of mm/hugetlb.c, Linux
// 7.3. Not modelled: hugetlb_cma=, and the sharing of tail struct pages (HVO).
#ifndef KHOFUZZ_CORE_PRESERVE_HUGETLB_H_
#define KHOFUZZ_CORE_PRESERVE_HUGETLB_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "core/address.h"
#include "core/handover/scratch_table.h"
#include "core/mm_init/boot_memory.h"
#include "core/preserve/hugetlb_page.h"
#include "core/radix/shape.h"

namespace khofuzz {

// Is told of each request for which there was no room, as far as it is unserved, and before the
// next one is served: that may move memblock's arrays, and where they were is room then.
using HugetlbRefused = absl::FunctionRef<void(const HugetlbRequest&)>;

// memblock_alloc_hugetlb(): a page aligned to its size that meets no area of `bootmem` (null: the
// kernel has none yet), reserved RSRV_KERN and RSRV_HUGETLB. nullopt when there is none.
std::optional<PhysAddr> MemblockAllocHugetlb(BootMemory& boot, const ScratchTable* bootmem,
                                             uint64_t bytes, NodeId nid, bool exact_nid);

// What hugetlb_bootmem_alloc() asks of memblock and of the nodes known so far: the model's, or a
// kernel tree's own.
class HugetlbBootmem {
 public:
  virtual ~HugetlbBootmem() = default;
  // `bytes` aligned to their size, on `nid` alone if `exact_nid`; nullopt when there are none.
  virtual std::optional<PhysAddr> Alloc(uint64_t bytes, NodeId nid, bool exact_nid) = 0;
  virtual NodeId NodeOf(Pfn pfn) = 0;
  // False as well while zones are not known.
  virtual bool CrossesZones(NodeId nid, PfnRange pfns) = 0;
  // Marks the range RSRV_NOINIT; false where that fails.
  virtual bool LeaveNoinit(AddrRange range) = 0;
  virtual void Free(AddrRange range) = 0;
  // As HugetlbRefused.
  virtual void Refused(const HugetlbRequest& unserved) = 0;
};

// hugetlb_bootmem_alloc(): as many of the requested pages as there are, in the order of their
// initialisation, spread over `node_count` nodes. A page that crosses zones of its node goes back
// to memblock. Of the others all but the first struct page are left to HugetlbInitStructPages().
std::vector<HugetlbPage> TakeHugetlbPages(HugetlbBootmem& bootmem, int node_count,
                                          const Geometry& geometry,
                                          const std::vector<HugetlbRequest>& requests);

// The same with the model's memblock.
std::vector<HugetlbPage> HugetlbBootmemAlloc(BootMemory& boot, const ScratchTable* bootmem,
                                             const std::vector<HugetlbRequest>& requests,
                                             HugetlbRefused refused);

// docs/bugs.md#thread-hugetlb-bootmem, alternative 3 (quirks hugetlb-preserves-itself,
// hugetlb-revives-unchecked): a subtree with the list of preserved gigantic pages, pairs of
// little-endian u64 (address, order).
inline constexpr std::string_view kHugetlbSubtree = "hugetlb";
inline constexpr size_t kHugetlbListEntryBytes = 16;
std::vector<uint8_t> SerializeHugetlbList(const std::vector<Preservation>& pages);
// The first `length` bytes of `bytes`, as far as there are so many.
std::vector<Preservation> ParseHugetlbList(std::span<const uint8_t> bytes, uint64_t length);
// Allocates nothing: of the requests, those that what was handed over does not serve are refused.
std::vector<HugetlbPage> HugetlbHandedOver(const BootMemory& boot, std::vector<Preservation> listed,
                                           const std::vector<HugetlbRequest>& requests,
                                           HugetlbRefused refused);

// hugetlb_bootmem_free_invalid_page() of Linux 7.2, after deferred initialisation: pages that were
// allocated before zones were known and cross them (quirk hugetlb-before-zones) go to the buddy,
// and off `pages`. Otherwise there are none.
void HugetlbFreeCrossing(BootMemory& boot, std::vector<HugetlbPage>& pages);

// hugetlb_bootmem_struct_page_init(), after deferred initialisation: the other struct pages, and
// the pageblocks' types.
void HugetlbInitStructPages(BootMemory& boot, const std::vector<HugetlbPage>& pages);

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_PRESERVE_HUGETLB_H_
