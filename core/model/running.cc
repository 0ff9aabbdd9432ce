// The kernel once it runs: pages, preserving, restoring, and the kexec that ends it.
#include <algorithm>
#include <span>

#include "absl/strings/str_cat.h"
#include "core/buddy/alloc_pages.h"
#include "core/designs/quirks.h"
#include "core/handover/segments.h"
#include "core/memmap/nodes.h"
#include "core/mm_init/deferred.h"
#include "core/mm_init/free_all.h"
#include "core/model/model_kernel.h"
#include "core/preserve/preserve.h"
#include "core/preserve/restore.h"
#include "core/radix/preservation.h"

namespace khofuzz {

// alloc_pages(): while struct pages wait, a node that has no room grows first.
std::optional<PfnRange> ModelKernel::TakePages(const PageRequest& request,
                                               std::string_view function) {
  const auto alloc = [&] { return buddy_.Alloc(request, function); };
  if (deferred_done_) return alloc();
  return AllocOrGrow(
      request, [this]() -> const Nodes& { return nodes_; }, alloc,
      [&](NodeId nid) { return DeferredGrowZone(boot_, nid, request.order); });
}

absl::StatusOr<PfnRange> ModelKernel::AllocPages(const PageRequest& request) {
  return AllocUnlessRefused(request, faults_, [&] { return TakePages(request, "alloc_pages"); });
}

absl::StatusOr<PfnRange> ModelKernel::AllocRun(Pfn from, uint64_t nr) {
  const auto pages = buddy_.AllocRun(from, nr, "alloc_contig_range");
  if (!pages.has_value()) return absl::ResourceExhaustedError("no free page is left");
  return *pages;
}

void ModelKernel::FreePages(PfnRange pfns) { buddy_.FreeRange(pfns, "free_pages"); }

void ModelKernel::OfflinePages(PfnRange pfns) {
  constexpr std::string_view kOfflinePages = "offline_pages";
  const PageState pages = memmap_.At(pfns.begin).value_or(PageState());
  memmap_.Offline(pfns, kOfflinePages);
  buddy_.Offline(pfns);
  const uint64_t count = pfns.size();
  memmap_.TellManaged(pfns, pages, -static_cast<int64_t>(count), kOfflinePages);
  if (nodes_.Has(pages.nid)) {
    Zone& zone = nodes_.at(pages.nid).zone(pages.zone);
    zone.managed -= static_cast<int64_t>(count);
    zone.present -= count;
  }
  nodes_.RemoveSections(pfns);
  if (keep_memblock_) {
    ChangeMemblock([&] { (void)memblock_.RemoveMemory(geometry_.ToAddr(pfns)); });
  }
}

bool ModelKernel::RefusedAsBootmem(PfnRange pfns) {
  if (!design_.Has(Quirk::kPreserveRefusesBootmem)) return false;
  boot_.faulted = boot_.faulted || boot_.bootmem_missing;
  return KhoScratchOverlap(bootmem_, geometry_.ToAddr(pfns), design_);
}

absl::Status ModelKernel::PreserveFolio(Pfn head, unsigned order) {
  if (RefusedAsBootmem({head, head + (uint64_t{1} << order)})) {
    return absl::InvalidArgumentError("the folio overlaps bootmem");
  }
  if (!outgoing_.has_value()) return absl::FailedPreconditionError("KHO is not enabled");
  return khofuzz::PreserveFolio(*outgoing_, {geometry_.ToAddr(head), order});
}

void ModelKernel::UnpreserveFolio(Pfn head, unsigned order) {
  if (outgoing_.has_value()) {
    (void)khofuzz::UnpreserveFolio(*outgoing_, {geometry_.ToAddr(head), order});
  }
}

// The second half of __kho_preserve_pages_order().
bool ModelKernel::GoesAsOneBlock(PfnRange pfns) const {
  if (design_.Has(Quirk::kBlocksSpanNodes)) return true;
  if (design_.Has(Quirk::kBlocksCompareEnds)) {
    return memmap_.NodeOf(pfns.begin) == memmap_.NodeOf({pfns.end.value - 1});
  }
  return memmap_.OnOneNode(pfns);
}

absl::Status ModelKernel::PreservePages(PfnRange pfns) {
  if (RefusedAsBootmem(pfns)) {
    return absl::InvalidArgumentError("the pages overlap bootmem");
  }
  if (!outgoing_.has_value()) return absl::FailedPreconditionError("KHO is not enabled");
  const auto whole = [this](PfnRange block) { return GoesAsOneBlock(block); };
  return khofuzz::PreservePages(*outgoing_, pfns, geometry_, whole);
}

void ModelKernel::UnpreservePages(PfnRange pfns) {
  if (!outgoing_.has_value()) return;
  const bool any = design_.Has(Quirk::kUnpreserveIgnoresNodes);
  const auto whole = [&](PfnRange block) { return any || GoesAsOneBlock(block); };
  (void)khofuzz::UnpreservePages(*outgoing_, pfns, geometry_, whole);
}

bool ModelKernel::OpensFdt(std::string_view function) {
  if (!fdt_.has_value() && design_.Has(Quirk::kSubtreeWhileOff)) {
    stopped_ = absl::StrCat("page fault in ", std::string(function), "(): kho_out.fdt is NULL");
  }
  return fdt_.has_value();
}

absl::Status ModelKernel::AddSubtree(const KhoSubtree& subtree) {
  if (!OpensFdt("kho_add_subtree")) return absl::FailedPreconditionError("KHO is not enabled");
  const absl::Status status = fdt_->AddSubtree(subtree, design_);
  PublishFdt();
  return status;
}

void ModelKernel::RemoveSubtree(PhysAddr data) {
  if (!OpensFdt("kho_remove_subtree")) return;
  if (fdt_->RemoveSubtree(data).ok()) PublishFdt();
}

absl::StatusOr<PfnRange> ModelKernel::RestoreFolio(Pfn head) {
  return khofuzz::RestoreFolio(boot_, head);
}

void ModelKernel::RestoreFree(Pfn head) {
  const auto pages = RestoreFolio(head);
  if (pages.ok()) {
    buddy_.FreeRange(*pages, "kho_restore_free");
  } else {
    Warn("kho_restore_free", "nothing was preserved there");
  }
}

absl::StatusOr<PfnRange> ModelKernel::RestorePages(PfnRange pfns) {
  return khofuzz::RestorePages(boot_, pfns);
}

absl::StatusOr<KhoSubtree> ModelKernel::RetrieveSubtree(std::string_view name) const {
  if (!incoming_.has_value()) return absl::NotFoundError("nothing was handed over");
  const auto found = std::ranges::find(incoming_fdt_.subtrees, name, &KhoSubtree::name);
  if (found == incoming_fdt_.subtrees.end()) {
    return absl::NotFoundError(absl::StrCat("no subtree '", std::string(name), "'"));
  }
  return *found;
}

std::vector<Preservation> ModelKernel::Outgoing() const {
  std::vector<Preservation> blocks;
  if (outgoing_.has_value()) {
    outgoing_->WalkKeys([&](uint64_t key) {
      blocks.push_back(shape_.DecodeUnchecked(key));
      return true;
    });
  }
  return blocks;
}

std::vector<PhysAddr> ModelKernel::OutgoingNodes() const {
  std::vector<PhysAddr> nodes;
  if (outgoing_.has_value()) {
    outgoing_->WalkNodes([&](PhysAddr page, unsigned) {
      nodes.push_back(page);
      return true;
    });
  }
  return nodes;
}

std::vector<AddrRange> ModelKernel::BootmemAreas() const {
  std::vector<AddrRange> areas;
  for (const ScratchArea& area : bootmem_.areas) areas.push_back(area.range());
  return areas;
}

// kexec_add_buffer(): each segment goes as high as it fits into the first area that has room.
absl::StatusOr<PhysAddr> ModelKernel::PlaceSegment(const std::vector<AddrRange>& areas,
                                                   std::string_view where, uint64_t bytes,
                                                   uint64_t align,
                                                   std::vector<AddrRange>& segments) const {
  const uint64_t whole = AlignUp(std::max<uint64_t>(bytes, 1), geometry_.page_size());
  for (const AddrRange& area : areas) {
    const auto at = HighestFit(area, whole, std::max(align, geometry_.page_size()), segments);
    if (!at.has_value()) continue;
    segments.push_back({*at, *at + whole});
    return *at;
  }
  return absl::ResourceExhaustedError(absl::StrCat(
      "no room in ", std::string(where), " for a segment of 0x", absl::Hex(whole), " bytes"));
}

namespace {

constexpr uint64_t kScratchTableAlign = 64 << 10;
constexpr std::string_view kBootmem = "bootmem";

}  // namespace

// kho_locate_mem_hole(): all of it in bootmem.
absl::StatusOr<KexecHandover> ModelKernel::Kexec(const std::vector<uint64_t>& segments) {
  if (!kho_enabled_) return absl::FailedPreconditionError("KHO is not enabled");
  KexecHandover handover;
  handover.fdt = geometry_.ToAddr(fdt_page_);
  const std::vector<uint8_t> table = bootmem_.Serialize();
  const std::vector<AddrRange> areas = BootmemAreas();
  for (const uint64_t bytes : segments) {
    const auto at = PlaceSegment(areas, kBootmem, bytes, 1, handover.segments);
    if (!at.ok()) return at.status();
  }
  const auto scratch =
      PlaceSegment(areas, kBootmem, table.size(), kScratchTableAlign, handover.segments);
  if (!scratch.ok()) return scratch.status();
  handover.scratch = *scratch;
  handover.scratch_bytes = table.size();
  for (uint64_t done = 0; done < table.size(); done += geometry_.page_size()) {
    const std::span<const uint8_t> rest = std::span(table).subspan(done);
    ram_->BackWith(*scratch + done, rest.first(std::min(rest.size(), geometry_.page_size())));
  }
  return handover;
}

// KHO leaves images for the crash kernel alone: they lie in what is kept for it.
absl::StatusOr<CrashImage> ModelKernel::LoadCrash(const std::vector<uint64_t>& segments) {
  if (crash_area_.empty()) {
    return absl::FailedPreconditionError("crashkernel= keeps no memory for it");
  }
  const bool in_bootmem = kho_enabled_ && design_.Has(Quirk::kCrashImageInBootmem);
  const std::vector<AddrRange> areas =
      in_bootmem ? BootmemAreas() : std::vector<AddrRange>{crash_area_};
  const std::string_view where = in_bootmem ? kBootmem : "what crashkernel= keeps";
  CrashImage image;
  for (const uint64_t bytes : segments) {
    const auto at = PlaceSegment(areas, where, bytes, 1, image.segments);
    if (!at.ok()) return at.status();
  }
  if (!kho_enabled_ || !design_.Has(Quirk::kCrashImageTakesHandover)) return image;
  const auto scratch =
      PlaceSegment(areas, where, bootmem_.Serialize().size(), kScratchTableAlign, image.segments);
  if (!scratch.ok()) return scratch.status();
  image.has_handover = true;
  return image;
}

}  // namespace khofuzz
