// A tree's kernel once it runs: pages, preserving, restoring, and the kexec that ends it.
#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "core/buddy/alloc_pages.h"
#include "core/handover/segments.h"
#include "core/memmap/nodes.h"
#include "core/preserve/block_set.h"
#include "core/radix/preservation.h"
#include "core/radix/words.h"
#include "linux/tree_kernel.h"

namespace khofuzz {

// alloc_pages(): while struct pages wait, a node that has no room grows first.
std::optional<PfnRange> TreeKernel::TakePages(const PageRequest& request,
                                              std::string_view function) {
  const auto alloc = [&] {
    changes_.Flush();
    return buddy_.Alloc(request, function);
  };
  if (deferred_done_) return alloc();
  return AllocOrGrow(
      request, [this]() -> const Nodes& { return nodes(); }, alloc,
      [&](NodeId nid) {
        return stopped_.empty() && Call().deferred_grow_zone(nid, request.order) == 1;
      });
}

absl::StatusOr<PfnRange> TreeKernel::AllocPages(const PageRequest& request) {
  return AllocUnlessRefused(request, faults_, [&] { return TakePages(request, "alloc_pages"); });
}

absl::StatusOr<PfnRange> TreeKernel::AllocRun(Pfn from, uint64_t nr) {
  changes_.Flush();
  const auto pages = buddy_.AllocRun(from, nr, "alloc_contig_range");
  if (!pages.has_value()) return absl::ResourceExhaustedError("no free page is left");
  return *pages;
}

void TreeKernel::FreePages(PfnRange pfns) {
  changes_.Flush();
  buddy_.FreeRange(pfns, "free_pages");
}

std::string_view TreeKernel::WhyNotFreed() const {
  return tree_->WhyNot("reserved memory given back late");
}

bool TreeKernel::defers() const { return (tree_->calls().features & KF_HAS_DEFERRED) != 0; }

absl::Status TreeKernel::FreeReserved(FreeBy by, AddrRange range) {
  const uint64_t base = range.begin.value;
  uint64_t pages = 0;
  const int result = by == FreeBy::kMemblockPhysFree
                         ? Call().free_late(base, range.size())
                         : Call().free_reserved_area(base, range.size(), &pages);
  changes_.Flush();
  return StatusOf(result, FreeByName(by));
}

absl::Status TreeKernel::ReleaseReserveMem(std::string_view name) {
  const int result = Call().release_reserve_mem(std::string(name).c_str());
  changes_.Flush();
  return StatusOf(result, "reserve_mem_release_by_name");
}

void TreeKernel::OfflinePages(PfnRange pfns) {
  (void)nodes();  // as they are, before memblock forgets the sections
  memmap_.Offline(pfns, "offline_pages");
  buddy_.Offline(pfns);
  (void)Call().offline_pages(pfns.begin.value, pfns.size());
  changes_.Flush();
  nodes_.RemoveSections(pfns);
}

std::string_view TreeKernel::WhyNotHanded(Handed what) const {
  switch (what) {
    case Handed::kFolio:
      return tree_->WhyNot("folios");
    case Handed::kPages:
      return tree_->WhyNot("runs of pages");
    case Handed::kVmalloc:
      return tree_->WhyNot("vmalloc areas");
    case Handed::kBlocks:
      return tree_->WhyNot("block sets");
  }
  return {};
}

std::string_view TreeKernel::WhyNoOwnTest() const {
  const std::string_view why = tree_->WhyNot("the tree's own tests");
  if (!why.empty() || tree_->calls().own_test != nullptr) return why;
  return "this tree's own test was not compiled";
}

absl::Status TreeKernel::LoadOwnTest(uint64_t max_bytes, uint64_t seed) {
  const int result = Call().own_test(max_bytes, seed);
  changes_.Flush();
  return StatusOf(result, "kho_test_init");
}

absl::Status TreeKernel::PreserveFolio(Pfn head, unsigned order) {
  return StatusOf(Call().preserve_folio(head.value, order), "kho_preserve_folio");
}

void TreeKernel::UnpreserveFolio(Pfn head, unsigned order) {
  (void)Call().unpreserve_folio(head.value, order);
}

absl::StatusOr<PfnRange> TreeKernel::AllocPreserve(unsigned order) {
  uint64_t pfn = 0;
  const int result = Call().alloc_preserve(order, &pfn);
  changes_.Flush();
  const absl::Status status = StatusOf(result, "kho_alloc_preserve");
  if (!status.ok()) return status;
  return PfnRange{{pfn}, {pfn + (uint64_t{1} << order)}};
}

void TreeKernel::UnpreserveFree(Pfn head, unsigned order) {
  (void)Call().unpreserve_free(head.value, order);
  changes_.Flush();
}

absl::Status TreeKernel::PreservePages(PfnRange pfns) {
  return StatusOf(Call().preserve_pages(pfns.begin.value, pfns.size()), "kho_preserve_pages");
}

void TreeKernel::UnpreservePages(PfnRange pfns) {
  (void)Call().unpreserve_pages(pfns.begin.value, pfns.size());
}

absl::StatusOr<VmallocPreservation> TreeKernel::PreserveVmalloc(const std::vector<Pfn>& areas,
                                                                unsigned order) {
  std::vector<uint64_t> blocks;
  blocks.reserve(areas.size());
  for (const Pfn pfn : areas) blocks.push_back(pfn.value);
  kf_vmalloc out{};
  const int result = Call().preserve_vmalloc(blocks.data(), blocks.size(), order, &out);
  const absl::Status status = StatusOf(result, "kho_preserve_vmalloc");
  if (!status.ok()) return status;
  return VmallocPreservation{PhysAddr{out.first}, out.pages, out.order, out.flags};
}

void TreeKernel::UnpreserveVmalloc(const VmallocPreservation& area) {
  const kf_vmalloc in{area.first.value, area.pages, area.order, area.flags};
  (void)Call().unpreserve_vmalloc(&in);
}

absl::StatusOr<std::vector<PhysAddr>> TreeKernel::PreserveBlocks(uint64_t entry_bytes,
                                                                 std::span<const uint8_t> entries,
                                                                 uint64_t spare) {
  std::vector<uint64_t> blocks(kMaxBlocksInSet);
  size_t nr = 0;
  const int result = Call().preserve_blocks(entry_bytes, entries.size() / entry_bytes, spare,
                                            entries.data(), blocks.data(), blocks.size(), &nr);
  changes_.Flush();
  if (result == -EBADMSG) {
    return absl::DataLossError("the set read backwards is not what was written");
  }
  const absl::Status status = StatusOf(result, "kho_block_set_grow");
  if (!status.ok()) return status;
  std::vector<PhysAddr> pages;
  for (size_t i = 0; i < std::min(nr, blocks.size()); ++i) pages.push_back(PhysAddr{blocks[i]});
  return pages;
}

void TreeKernel::UnpreserveBlocks(PhysAddr head) {
  (void)Call().unpreserve_blocks(head.value);
  changes_.Flush();
}

absl::StatusOr<std::vector<uint8_t>> TreeKernel::RestoreBlocks(PhysAddr head, uint64_t entry_bytes,
                                                               uint64_t most_bytes) {
  std::vector<uint8_t> entries(most_bytes);
  const size_t room = most_bytes / entry_bytes;
  size_t nr = 0;
  const int result = Call().restore_blocks(head.value, entry_bytes, entries.data(), room, &nr);
  changes_.Flush();
  const absl::Status status = StatusOf(result, "kho_block_set_restore");
  if (!status.ok()) return status;
  if (nr > room) return absl::DataLossError("there are more entries");
  entries.resize(nr * entry_bytes);
  return entries;
}

absl::Status TreeKernel::AddSubtree(const KhoSubtree& subtree) {
  const int result = Call().add_subtree(subtree.name.c_str(), subtree.data.value, subtree.size);
  return StatusOf(result, "kho_add_subtree");
}

void TreeKernel::RemoveSubtree(PhysAddr data) { (void)Call().remove_subtree(data.value); }

absl::StatusOr<PfnRange> TreeKernel::RestoreFolio(Pfn head) {
  uint64_t first = 0;
  unsigned order = 0;
  const int result = Call().restore_folio(head.value, &first, &order);
  changes_.Flush();
  const absl::Status status = StatusOf(result, "kho_restore_folio");
  if (!status.ok()) return status;
  return PfnRange{{first}, {first + (uint64_t{1} << order)}};
}

void TreeKernel::RestoreFree(Pfn head) {
  (void)Call().restore_free(head.value);
  changes_.Flush();
}

absl::StatusOr<PfnRange> TreeKernel::RestorePages(PfnRange pfns) {
  uint64_t first = 0;
  const int result = Call().restore_pages(pfns.begin.value, pfns.size(), &first);
  changes_.Flush();
  const absl::Status status = StatusOf(result, "kho_restore_pages");
  if (!status.ok()) return status;
  return PfnRange{{first}, {first + pfns.size()}};
}

absl::StatusOr<std::vector<PfnRange>> TreeKernel::RestoreVmalloc(const VmallocPreservation& area) {
  const kf_vmalloc in{area.first.value, area.pages, area.order, area.flags};
  std::vector<uint64_t> pfns(area.pages);
  size_t nr = 0;
  const int result = Call().restore_vmalloc(&in, pfns.data(), pfns.size(), &nr);
  changes_.Flush();
  const absl::Status status = StatusOf(result, "kho_restore_vmalloc");
  if (!status.ok()) return status;
  if (nr != area.pages) {
    return absl::DataLossError(
        absl::StrCat("the area maps ", nr, " pages where ", area.pages, " were preserved"));
  }
  std::vector<PfnRange> blocks;
  const uint64_t span = uint64_t{1} << area.order;
  for (size_t i = 0; i < pfns.size(); i += span) {
    // A block whose pages are not neighbours is told page by page, so that nobody takes it for one.
    bool whole = i + span <= pfns.size();
    for (size_t j = 1; whole && j < span; ++j) whole = pfns[i + j] == pfns[i] + j;
    if (whole) {
      blocks.push_back({{pfns[i]}, {pfns[i] + span}});
      continue;
    }
    for (size_t j = i; j < std::min(i + span, pfns.size()); ++j) {
      blocks.push_back({{pfns[j]}, {pfns[j] + 1}});
    }
  }
  return blocks;
}

absl::StatusOr<KhoSubtree> TreeKernel::RetrieveSubtree(std::string_view name) const {
  KhoSubtree subtree{.name = std::string(name), .data = PhysAddr{0}, .size = 0};
  uint64_t data = 0;
  const int result = tree_->calls().retrieve_subtree(subtree.name.c_str(), &data, &subtree.size);
  const absl::Status status = StatusOf(result, "kho_retrieve_subtree");
  if (!status.ok()) return status;
  subtree.data = PhysAddr{data};
  return subtree;
}

// Calls fn(page, level, first key) for the tree's pages below `page`, parents first. Addresses that
// lead out of memory are not followed.
template <typename Fn>
void TreeKernel::WalkNode(PhysAddr page, unsigned level, uint64_t prefix, Fn fn) const {
  const uint64_t* words = arena_->Words(page, geometry_.page_size());
  if (words == nullptr) return;
  fn(page, level, prefix, words);
  if (level == 0) return;
  ForEachNonZero(words, shape_.table_entries(), [&](uint64_t i, uint64_t child) {
    WalkNode({child}, level - 1, prefix | i << shape_.LevelShift(level), fn);
    return true;
  });
}

std::vector<Preservation> TreeKernel::Outgoing() const {
  std::vector<Preservation> blocks;
  const uint64_t root = tree_->calls().outgoing_root();
  if (root == 0 || !kho_enabled()) return blocks;
  WalkNode({root}, shape_.depth() - 1, 0,
           [&](PhysAddr, unsigned level, uint64_t prefix, const uint64_t* words) {
             if (level != 0) return;
             ForEachNonZero(words, shape_.table_entries(), [&](uint64_t i, uint64_t left) {
               for (; left != 0; left &= left - 1) {
                 const uint64_t bit = static_cast<uint64_t>(std::countr_zero(left));
                 const uint64_t key = prefix | i << 6 | bit;
                 if (key != 0) blocks.push_back(shape_.DecodeUnchecked(key));
               }
               return true;
             });
           });
  return blocks;
}

std::vector<PhysAddr> TreeKernel::OutgoingNodes() const {
  std::vector<PhysAddr> nodes;
  const uint64_t root = tree_->calls().outgoing_root();
  if (root == 0 || !kho_enabled()) return nodes;
  WalkNode({root}, shape_.depth() - 1, 0,
           [&](PhysAddr page, unsigned, uint64_t, const uint64_t*) { nodes.push_back(page); });
  return nodes;
}

std::optional<AddrRange> TreeKernel::ReserveMem(std::string_view name) const {
  kf_range range{};
  const std::string text(name);
  if (tree_->calls().reserve_mem(text.c_str(), &range) == 0) return std::nullopt;
  return AddrRange{{range.begin}, {range.end}};
}

namespace {

// A kexec image in the making: segments, placed as kexec_add_buffer() does, each as high as it fits
// into what kho_locate_mem_hole() offers first.
struct Image {
  const kf_tree* tree;
  Arena* arena;
  uint64_t page_size;
  AddrRange crash_area{};  // of a crash kernel's image; else empty
  std::vector<AddrRange> segments{};
  // Of the segment being placed.
  uint64_t bytes = 0;
  uint64_t align = 0;
  std::optional<PhysAddr> found{};

  static int Offer(void* arg, uint64_t begin, uint64_t end) {
    Image& image = *static_cast<Image*>(arg);
    image.found = HighestFit({{begin}, {end}}, image.bytes, image.align, image.segments);
    return image.found.has_value() ? 1 : 0;
  }

  // -EADDRNOTAVAIL as the kernel's if there is no room.
  int Add(const void* data, uint64_t size, uint64_t alignment, uint64_t* at) {
    bytes = AlignUp(std::max<uint64_t>(size, 1), page_size);
    align = std::max(alignment, page_size);
    found.reset();
    const int crash = crash_area.empty() ? 0 : 1;
    if (tree->locate_mem_hole(crash, &Image::Offer, this) == 1 && crash != 0) {
      (void)Offer(this, crash_area.begin.value, crash_area.end.value);
    }
    if (!found.has_value()) return -EADDRNOTAVAIL;
    segments.push_back({*found, *found + bytes});
    if (at != nullptr) *at = found->value;
    // The kernel copies it there at the very end; nothing reads the place until then. It may be
    // where the data are: a kernel that was booted so has its own table in bootmem. No crash kernel
    // is ever booted.
    if (data != nullptr && crash == 0 && found->value + bytes <= arena->bytes()) {
      char* to = arena->memory() + found->value;
      std::memmove(to, data, size);
      std::memset(to + size, 0, bytes - size);
    }
    return 0;
  }

  // What KHO adds.
  int Fill(kf_kexec* out) {
    return tree->fill_kimage(
        crash_area.empty() ? 0 : 1,
        [](void* arg, const void* data, uint64_t size, uint64_t alignment, uint64_t* at) {
          return static_cast<Image*>(arg)->Add(data, size, alignment, at);
        },
        this, out);
  }
};

}  // namespace

absl::StatusOr<KexecHandover> TreeKernel::Kexec(const std::vector<uint64_t>& segments) {
  if (!kho_enabled()) return absl::FailedPreconditionError("KHO is not enabled");
  Image image{.tree = &Call(), .arena = arena_, .page_size = geometry_.page_size()};
  for (const uint64_t bytes : segments) {
    if (image.Add(nullptr, bytes, geometry_.page_size(), nullptr) != 0) {
      return absl::ResourceExhaustedError(
          absl::StrCat("no room in bootmem for a segment of 0x", absl::Hex(bytes), " bytes"));
    }
  }
  kf_kexec out{};
  const int result = image.Fill(&out);
  if (!stopped_.empty()) return absl::FailedPreconditionError(stopped_);
  if (result != 0 || out.scratch == 0) {
    return absl::ResourceExhaustedError("no room in bootmem for the scratch table's copy");
  }
  KexecHandover handover;
  handover.fdt = PhysAddr{out.fdt};
  handover.scratch = PhysAddr{out.scratch};
  handover.scratch_bytes = bootmem_.areas.size() * 16;
  handover.segments = std::move(image.segments);
  return handover;
}

absl::StatusOr<CrashImage> TreeKernel::LoadCrash(const std::vector<uint64_t>& segments) {
  if (crash_area_.empty()) {
    return absl::FailedPreconditionError("crashkernel= keeps no memory for it");
  }
  Image image{.tree = &Call(),
              .arena = arena_,
              .page_size = geometry_.page_size(),
              .crash_area = crash_area_};
  for (const uint64_t bytes : segments) {
    if (image.Add(nullptr, bytes, geometry_.page_size(), nullptr) != 0) {
      return absl::ResourceExhaustedError(absl::StrCat(
          "no room in what crashkernel= keeps for a segment of 0x", absl::Hex(bytes), " bytes"));
    }
  }
  kf_kexec out{};
  const int result = image.Fill(&out);
  if (!stopped_.empty()) return absl::FailedPreconditionError(stopped_);
  if (result != 0) return absl::ResourceExhaustedError("no room for what KHO adds");
  return CrashImage{std::move(image.segments), out.fdt != 0 || out.scratch != 0};
}

}  // namespace khofuzz
