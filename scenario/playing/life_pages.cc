// Allocating, preserving and restoring in a running kernel, beside the shadow.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/preserve/reserve_mem.h"
#include "core/radix/preservation.h"
#include "oracle/describe.h"
#include "oracle/scratch.h"
#include "scenario/language/limits.h"
#include "scenario/playing/life.h"

namespace khofuzz {

void Life::AllocPages(const PageRequest& request) {
  Kernel* kernel = Running();
  if (kernel == nullptr) return;
  const auto pages = kernel->AllocPages(request);
  if (!pages.ok()) return Refused(pages.status());
  Say(*pages);
  held_.push_back({.what = Item::What::kFolio,
                   .pages = {*pages},
                   .order = request.order,
                   .movable = request.movable});
}

void Life::FreeItem(const Item& item) {
  if (item.hugetlb) return;  // back to its pool, not to the buddy
  for (const PfnRange& pfns : item.pages) kernel_->FreePages(pfns);
}

void Life::FreePages(uint64_t index) {
  if (Running() == nullptr) return;
  if (held_.empty()) return outcome_->NoEffect("the kernel holds nothing that could be freed");
  const size_t i = static_cast<size_t>(index % held_.size());
  const Item item = held_[i];
  if (item.hugetlb) return outcome_->NoEffect("it is a gigantic page of hugetlb's, which keeps it");
  held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(i));
  Say(item.pages.front());
  FreeItem(item);
  watch_->CheckAfterOp();
}

void Life::Preserved(Item item, const absl::Status& status) {
  if (!status.ok()) {
    Refused(status);
    CheckOutgoing(Invariant::kUndo, "a preservation that failed");
    return;
  }
  if (!kernel_->kho_enabled()) {
    return Fail(Invariant::kUndo,
                absl::StrCat("KHO is off, and preserving ",
                             Describe(machine_->geometry.ToAddr(item.pages.front())),
                             " is said to have succeeded"),
                item.pages.front());
  }
  item.blocks = BlocksOf(item);
  if (outcome_->telling()) {
    outcome_->Say(Describe(machine_->geometry.ToAddr(item.pages.front())),
                  item.pages.size() > 1 ? absl::StrCat(" and ", item.pages.size() - 1, " more")
                                        : std::string(),
                  item.what == Item::What::kFolio
                      ? absl::StrCat(", order ", item.order)
                      : absl::StrCat(", ", item.blocks.size(), " blocks in the tree"));
  }
  AddKeys(item.blocks);
  CheckOutgoingUnpreserved(item.blocks, kernel_->bootmem(), machine_->geometry, *report_);
  outgoing_.push_back(std::move(item));
}

// Preserves an item that this kernel holds. Afterwards it is outgoing, or still held.
bool Life::TryPreserve(Item item) {
  absl::Status status;
  switch (item.what) {
    case Item::What::kFolio:
      Calls("kho_preserve_folio");
      status = kernel_->PreserveFolio(item.pages.front().begin, item.order);
      break;
    case Item::What::kPages:
      Calls("kho_preserve_pages");
      status = kernel_->PreservePages(item.pages.front());
      break;
    case Item::What::kBlocks:
      break;  // they are never held
    case Item::What::kVmalloc: {
      std::vector<Pfn> heads;
      for (const PfnRange& block : item.pages) heads.push_back(block.begin);
      Calls("kho_preserve_vmalloc");
      const auto area = kernel_->PreserveVmalloc(heads, item.order);
      status = area.status();
      if (!area.ok()) break;
      item.vmalloc = *area;
      // The chunks are the kernel's own choice: they are what else the tree holds now, and there
      // are as many as the blocks need.
      const uint64_t entries = VmallocBlocksInChunk(machine_->geometry.page_size());
      item.chunks.clear();
      AddKeys(BlocksOf(item));
      for (const Preservation& block : kernel_->Outgoing()) {
        if (keys_.contains(shape_.EncodeUnchecked(block)) || block.order != 0) continue;
        const Pfn pfn = machine_->geometry.PfnDown(block.phys);
        item.chunks.push_back({pfn, pfn + 1});
      }
      if (item.chunks.size() != heads.size() / entries + 1) {
        Fail(Invariant::kRoundTrip,
             absl::StrCat("a vmalloc area of ", heads.size(), " blocks is preserved with ",
                          item.chunks.size(), " chunks, expected ", heads.size() / entries + 1));
      }
      break;
    }
  }
  const bool ok = status.ok();
  if (!ok) held_.push_back(item);
  Preserved(std::move(item), status);
  return ok;
}

void Life::PreserveNewFolio(Pfn from, unsigned order) {
  Kernel* kernel = Running();
  if (kernel == nullptr || LacksFunctionsFor(Handed::kFolio)) return;
  const auto pages = kernel->AllocPages({.order = order, .from = from});
  if (!pages.ok()) return Refused(pages.status());
  (void)TryPreserve({.what = Item::What::kFolio, .pages = {*pages}, .order = order});
}

void Life::PreserveNewPages(Pfn from, uint64_t nr) {
  if (nr == 0) return outcome_->NoEffect("no pages are asked for");
  Kernel* kernel = Running();
  if (kernel == nullptr || LacksFunctionsFor(Handed::kPages)) return;
  const auto pages = kernel->AllocRun(from, std::min(nr, kMaxRun));
  if (!pages.ok()) return Refused(pages.status());
  if (pages->size() < nr) outcome_->Cut(nr, " pages to ", pages->size());
  (void)TryPreserve({.what = Item::What::kPages, .pages = {*pages}});
}

void Life::PreserveNewVmalloc(Pfn from, uint64_t nr, unsigned order) {
  Kernel* kernel = Running();
  if (kernel == nullptr || LacksFunctionsFor(Handed::kVmalloc)) return;
  if (vmalloc_blocks_ >= kMaxVmallocBlocksInAll) {
    return outcome_->NoEffect(vmalloc_blocks_, " blocks of vmalloc areas are preserved: the most");
  }
  Item item{.what = Item::What::kVmalloc, .order = order};
  const uint64_t most = std::clamp<uint64_t>(nr, 1, kMaxVmallocBlocks);
  for (uint64_t i = 0; i < most; ++i) {
    const auto pages = kernel->AllocPages({.order = order, .from = from});
    if (!pages.ok()) break;
    item.pages.push_back(*pages);
    from = pages->end;
  }
  if (item.pages.empty()) return outcome_->Refused("no free block of order ", order, " is left");
  if (item.pages.size() != nr) outcome_->Cut(nr, " blocks to ", item.pages.size());
  const uint64_t blocks = item.pages.size();
  if (TryPreserve(std::move(item))) vmalloc_blocks_ += blocks;
}

// What is preserved stays where it is, and movable pages of CMA or ZONE_MOVABLE must not: as those
// that are pinned (folio_is_longterm_pinnable()) they move elsewhere first. False if they cannot.
bool Life::MigrateToStay(Item& item) {
  if (!item.movable) return true;
  const AddrRange range = machine_->geometry.ToAddr(item.pages.front());
  bool zone_movable = false;
  kernel_->ForEachRun(item.pages.front(), [&zone_movable](const PageRun& run) {
    zone_movable = zone_movable || run.page.zone == ZoneId::kMovable;
  });
  if (!zone_movable && !kernel_->bootmem().Overlaps(range)) return true;
  const auto pages = kernel_->AllocPages({.order = item.order});
  if (!pages.ok()) return false;
  kernel_->FreePages(item.pages.front());
  item.pages.front() = *pages;
  return true;
}

void Life::PreserveHeld(uint64_t index) {
  Kernel* kernel = Running();
  if (kernel == nullptr) return;
  if (held_.empty()) return outcome_->NoEffect("the kernel holds nothing that could be preserved");
  const size_t i = static_cast<size_t>(index % held_.size());
  Item item = held_[i];
  if (LacksFunctionsFor(item.what)) return;
  if (!MigrateToStay(item)) {
    return outcome_->Refused("its pages cannot migrate out of CMA or ZONE_MOVABLE");
  }
  held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(i));
  (void)TryPreserve(std::move(item));
}

void Life::AllocPreserve(unsigned order) {
  Kernel* kernel = Running();
  if (kernel == nullptr || LacksFunctionsFor(Handed::kFolio)) return;
  Calls("kho_alloc_preserve");
  const auto pages = kernel->AllocPreserve(order);
  if (pages.ok()) {
    Preserved({.what = Item::What::kFolio, .pages = {*pages}, .order = order}, absl::OkStatus());
  } else {
    Refused(pages.status());
    CheckOutgoing(Invariant::kUndo, "kho_alloc_preserve() that failed");
  }
  watch_->CheckAfterOp();
}

void Life::PreserveAgain(uint64_t index) {
  Kernel* kernel = Running();
  if (kernel == nullptr) return;
  if (outgoing_.empty()) return outcome_->NoEffect("nothing is preserved");
  const Item& item = outgoing_[static_cast<size_t>(index % outgoing_.size())];
  if (item.what == Item::What::kVmalloc || item.what == Item::What::kBlocks) {
    return outcome_->NoEffect(
        "a vmalloc area or block set that is preserved again is another preservation");
  }
  const bool folio = item.what == Item::What::kFolio;
  Calls(folio ? "kho_preserve_folio" : "kho_preserve_pages");
  const absl::Status status = folio ? kernel->PreserveFolio(item.pages.front().begin, item.order)
                                    : kernel->PreservePages(item.pages.front());
  if (status.ok()) {
    Say(item.pages.front());
  } else {
    Refused(status);
  }
  CheckOutgoing(Invariant::kTreeIsSet, "preserving what is preserved");
}

void Life::UnpreserveAbsent(uint64_t index) {
  Kernel* kernel = Running();
  if (kernel == nullptr) return;
  if (held_.empty()) return outcome_->NoEffect("the kernel holds nothing that is not preserved");
  const Item& item = held_[static_cast<size_t>(index % held_.size())];
  if (item.what == Item::What::kVmalloc) {
    return outcome_->NoEffect("a vmalloc area is unpreserved by its chunks, and it has none");
  }
  if (LacksFunctionsFor(item.what)) return;
  if (item.what == Item::What::kFolio) {
    Calls("kho_unpreserve_folio");
    kernel->UnpreserveFolio(item.pages.front().begin, item.order);
  } else {
    Calls("kho_unpreserve_pages");
    kernel->UnpreservePages(item.pages.front());
  }
  Say(item.pages.front());
  CheckOutgoing(Invariant::kTreeIsSet, "unpreserving what is not preserved");
}

void Life::Unpreserve(uint64_t index, bool free) {
  Kernel* kernel = Running();
  if (kernel == nullptr) return;
  if (outgoing_.empty()) return outcome_->NoEffect("nothing is preserved");
  const size_t i = static_cast<size_t>(index % outgoing_.size());
  if (free && !IsPageAllocators(outgoing_[i])) {
    return outcome_->NoEffect("kho_unpreserve_free() takes folios of the page allocator");
  }
  Item item = std::move(outgoing_[i]);
  outgoing_.erase(outgoing_.begin() + static_cast<std::ptrdiff_t>(i));
  // Who takes a subtree's data back tells KHO first: two subtrees with the same data, one of them
  // stale, would be a mistake of the caller's.
  const auto told = std::ranges::find(
      subtrees_, machine_->geometry.ToAddr(item.pages.front().begin), &KhoSubtree::data);
  if (told != subtrees_.end()) {
    kernel->RemoveSubtree(told->data);
    subtree_removed_ = true;
    subtrees_.erase(told);
  }
  DropKeys(item.blocks);
  switch (item.what) {
    case Item::What::kFolio:
      Calls(free ? "kho_unpreserve_free" : "kho_unpreserve_folio");
      if (free) {
        kernel->UnpreserveFree(item.pages.front().begin, item.order);
      } else {
        kernel->UnpreserveFolio(item.pages.front().begin, item.order);
      }
      break;
    case Item::What::kPages:
      Calls("kho_unpreserve_pages");
      kernel->UnpreservePages(item.pages.front());
      break;
    case Item::What::kVmalloc:
      Calls("kho_unpreserve_vmalloc");
      kernel->UnpreserveVmalloc(item.vmalloc);
      item.chunks.clear();
      vmalloc_blocks_ -= std::min<uint64_t>(vmalloc_blocks_, item.pages.size());
      break;
    case Item::What::kBlocks:
      return UnpreserveBlocks(item);
  }
  Say(item.pages.front());
  CheckOutgoing(Invariant::kTreeIsSet, "unpreserving");
  if (!free) {
    held_.push_back(std::move(item));
    return;
  }
  CheckFreed(item.pages.front(), "kho_unpreserve_free");
  watch_->CheckAfterOp();
}

// A folio that folio_put() gives to the buddy.
bool Life::IsPageAllocators(const Item& item) const {
  return item.what == Item::What::kFolio && !item.hugetlb &&
         item.order <= machine_->geometry.max_page_order;
}

void Life::CheckFreed(PfnRange pfns, std::string_view call) {
  report_->Premise(Invariant::kFreeOnce);
  if (kernel_->AllFree(pfns)) return;
  Fail(Invariant::kFreeOnce,
       absl::StrCat(std::string(call), "() was to free ", Describe(machine_->geometry.ToAddr(pfns)),
                    ", which is not free"),
       pfns);
}

Item* Life::Incoming(uint64_t index) {
  if (Running() == nullptr) return nullptr;
  if (incoming_.empty()) {
    outcome_->NoEffect("nothing was handed over to this kernel");
    return nullptr;
  }
  Item& item = incoming_[static_cast<size_t>(index % incoming_.size())];
  return LacksFunctionsFor(item.what) ? nullptr : &item;
}

void Life::Restore(uint64_t index, bool free) {
  Item* const item = Incoming(index);
  if (item == nullptr) return;
  if (!free) return RestoreItem(*item);
  if (!IsPageAllocators(*item)) {
    return outcome_->NoEffect("kho_restore_free() takes folios of the page allocator");
  }
  RestoreFree(*item);
}

void Life::RestoreShifted(uint64_t index) {
  if (const Item* const item = Incoming(index); item != nullptr) RefuseShifted(*item);
}

// What cannot be restored, or was before, must not be freed.
void Life::RestoreFree(Item& item) {
  report_->Premise(Invariant::kRoundTrip);
  const PfnRange pfns = item.pages.front();
  const bool gone = !IsMemory(item);
  const bool was_free = kernel_->AllFree(pfns);
  if (!gone && !item.restored) {
    watch_->AllowFree(item.pages);
    watch_->OnHeadRestored(pfns.begin);
  }
  Calls("kho_restore_free");
  kernel_->RestoreFree(pfns.begin);
  if (gone || item.restored) {
    if (kernel_->AllFree(pfns) == was_free) {
      return outcome_->Refused(gone ? "as it must be: its memory is gone"
                                    : "as it must be: it was restored before");
    }
    return Fail(Invariant::kRoundTrip,
                absl::StrCat(Describe(machine_->geometry.ToAddr(pfns)),
                             gone ? " is freed, but this machine does not have all of it"
                                  : " is restored a second time, and freed"),
                pfns);
  }
  item.restored = true;
  Say(pfns);
  if (!kernel_->AllFree(pfns)) {
    return Fail(Invariant::kRoundTrip,
                absl::StrCat(Describe(machine_->geometry.ToAddr(pfns)),
                             " was handed over, and kho_restore_free() does not free it"),
                pfns);
  }
  watch_->CheckAfterOp();
}

// A range that begins a page late was never preserved as such.
void Life::RefuseShifted(const Item& item) {
  if (item.what == Item::What::kVmalloc || item.what == Item::What::kBlocks) {
    return outcome_->NoEffect(
        "a vmalloc area or block set is asked for by its first page, not by a range");
  }
  const Pfn pfn = item.pages.front().begin + 1;
  if (kernel_->MagicOrder(pfn).has_value()) {
    return outcome_->NoEffect("the page after it is another preservation's first");
  }
  report_->Premise(Invariant::kRoundTrip);
  Calls(item.what == Item::What::kFolio ? "kho_restore_folio" : "kho_restore_pages");
  const bool given = item.what == Item::What::kFolio ? kernel_->RestoreFolio(pfn).ok()
                                                     : kernel_->RestorePages({pfn, pfn + 1}).ok();
  if (given) {
    Fail(Invariant::kRoundTrip,
         absl::StrCat(Describe(machine_->geometry.ToAddr(pfn)),
                      " was not preserved as such and is restored all the same"),
         PfnRange{pfn, pfn + 1});
    return;
  }
  outcome_->Refused("as it must be: the range was not preserved as such");
}

void Life::RestoreItem(Item& item) {
  if (item.what == Item::What::kBlocks) return RestoreBlocks(item);
  report_->Premise(Invariant::kRoundTrip);
  const uint64_t faulted = faults_->hits();
  absl::InlinedVector<PfnRange, 1> got;
  absl::Status status;
  const auto take = [&](const absl::StatusOr<PfnRange>& range) {
    status = range.status();
    if (range.ok()) got = {*range};
  };
  watch_->BeginRestore();
  switch (item.what) {
    case Item::What::kFolio:
      Calls("kho_restore_folio");
      take(kernel_->RestoreFolio(item.pages.front().begin));
      break;
    case Item::What::kPages:
      Calls("kho_restore_pages");
      take(kernel_->RestorePages(item.pages.front()));
      break;
    case Item::What::kVmalloc: {
      // The chunks leave with the restore: they are freed on its way.
      watch_->AllowFree(item.chunks);
      Calls("kho_restore_vmalloc");
      auto pages = kernel_->RestoreVmalloc(item.vmalloc);
      status = pages.status();
      if (pages.ok()) got.assign(pages->begin(), pages->end());
      break;
    }
    case Item::What::kBlocks:
      break;  // above
  }
  if (item.restored) {
    if (status.ok()) {
      Fail(Invariant::kRoundTrip,
           absl::StrCat(Describe(machine_->geometry.ToAddr(item.pages.front())),
                        " is restored a second time"),
           item.pages.front());
      return;
    }
    return outcome_->Refused("as it must be: it was restored before");
  }
  if (!IsMemory(item)) {
    // Gone with its bank: there is nothing to give back.
    if (status.ok()) {
      Fail(Invariant::kRoundTrip,
           absl::StrCat(Describe(machine_->geometry.ToAddr(item.pages.front())),
                        " is restored, but this machine does not have all of it"),
           item.pages.front());
    }
    watch_->ForbidFree(item.chunks);
    return outcome_->Refused("as it must be: its memory is gone");
  }
  if (!status.ok()) {
    Refused(status);
    watch_->ForbidFree(item.chunks);
    if (faults_->hits() == faulted) {
      Fail(Invariant::kRoundTrip,
           absl::StrCat(Describe(machine_->geometry.ToAddr(item.pages.front())),
                        " was handed over and is refused: ", std::string(status.message())),
           item.pages.front());
      return;
    }
    report_->Premise(Invariant::kUndo);
    for (const Preservation& block : item.blocks) {
      if (kernel_->MagicOrder(machine_->geometry.PfnDown(block.phys)) == block.order) continue;
      const Pfn head = machine_->geometry.PfnDown(block.phys);
      Fail(Invariant::kUndo, absl::StrCat("a restore that failed has taken ", Describe(block)),
           PfnRange{head, head + 1});
      return;
    }
    watch_->CheckAfterOp();
    return;
  }
  item.restored = true;
  for (const Preservation& block : item.blocks) {
    watch_->OnHeadRestored(machine_->geometry.PfnDown(block.phys));
  }
  for (const PfnRange& pfns : item.pages) watch_->OnRestored(pfns);
  CheckRestored(item, got);
  watch_->CheckAfterOp();
  held_.push_back({.what = item.what,
                   .pages = item.pages,
                   .order = item.order,
                   .movable = item.movable,
                   .vmalloc = item.vmalloc,
                   .restored = item.restored});
}

void Life::CheckRestored(const Item& item, std::span<const PfnRange> got) {
  const Geometry& g = machine_->geometry;
  Say(item.pages.front());
  if (!std::ranges::equal(got, item.pages)) {
    Fail(Invariant::kRoundTrip,
         absl::StrCat("restoring gives ", got.empty() ? "nothing" : Describe(g.ToAddr(got.front())),
                      " where ", Describe(g.ToAddr(item.pages.front())), " was preserved"),
         item.pages.front());
  }
  for (const Preservation& block : item.blocks) {
    const Pfn head = g.PfnDown(block.phys);
    if (!kernel_->MagicOrder(head).has_value()) continue;
    Fail(Invariant::kRoundTrip,
         absl::StrCat(Describe(block), " was restored and its first page still carries the magic"),
         PfnRange{head, head + 1});
    return;
  }
  for (const PfnRange& pfns : item.pages) {
    const bool folio = item.what == Item::What::kFolio;
    if (const auto wrong = watch_->WrongCount(pfns, folio); wrong.has_value()) {
      Fail(Invariant::kRoundTrip,
           absl::StrCat("page ", Describe(g.ToAddr(*wrong)),
                        " was restored and its count was not set to what a ",
                        folio ? "folio's" : "page's", " is"),
           PfnRange{*wrong, *wrong + 1});
      return;
    }
  }
}

void Life::AddSubtrees(const std::string& asked, uint64_t bytes, uint64_t copies) {
  if (Running() == nullptr || LacksFunctionsFor(Handed::kFolio)) return;
  // The kernel takes a C string.
  const std::string name = asked.c_str();
  if (name.size() != asked.size())
    outcome_->Say("the name ends before its first NUL: '", name, "'");
  if (name == kReserveMemSubtree) return outcome_->NoEffect("the kernel adds this one itself");
  const uint64_t count = std::clamp<uint64_t>(copies, 1, kMaxCopies);
  if (subtrees_tried_ + count > kMaxSubtreesTried) {
    return outcome_->NoEffect("one scenario tries to add ", kMaxSubtreesTried,
                              " subtrees and no more");
  }
  uint64_t added = 0, tried = 0, refused_in_a_row = 0;
  while (tried < count && refused_in_a_row < kRefusalsForAll && report_->ok()) {
    const std::string called = tried == 0 ? name : absl::StrCat(name, tried);
    // That a name is taken says nothing of the next one.
    const bool known = std::ranges::find(subtrees_, called, &KhoSubtree::name) != subtrees_.end();
    const bool fits = AddSubtree(called, bytes);
    added += fits ? 1 : 0;
    refused_in_a_row = fits || known ? 0 : refused_in_a_row + 1;
    ++tried;
  }
  subtrees_tried_ += tried;
  if (!report_->ok()) return;
  if (tried < count) {
    outcome_->Say("after ", kRefusalsForAll, " refusals in a row the last ", count - tried,
                  " are not tried");
  }
  if (added > 1 || copies > 1) outcome_->Say(added, " subtrees");
  if (added != 0 && added < copies) outcome_->Cut(copies, " subtrees to ", added);
}

bool Life::AddSubtree(const std::string& name, uint64_t bytes) {
  const auto page = kernel_->AllocPages({});
  if (!page.ok()) {
    Refused(page.status());
    return false;
  }
  // With KHO off it is asked for all the same, and the page goes back.
  const bool on = kernel_->kho_enabled();
  Item blob{.what = Item::What::kFolio, .pages = {*page}};
  if (on && !TryPreserve(blob)) return false;
  const PhysAddr data = machine_->geometry.ToAddr(page->begin);
  Calls("kho_add_subtree");
  const absl::Status status = kernel_->AddSubtree({name, data, bytes});
  if (!on) kernel_->FreePages(*page);
  if (status.ok() && !on) {
    Fail(Invariant::kUndo,
         absl::StrCat("KHO is off, and subtree '", name, "' is said to have been added"));
    return false;
  }
  if (status.ok()) {
    subtrees_.push_back({name, data, bytes});
    return true;
  }
  if (outcome_->end() != OpEnd::kRefused) Refused(status);
  // The name must be as free or as taken as before.
  report_->Premise(Invariant::kUndo);
  if (!on) return false;
  const auto again = kernel_->AddSubtree({name, data, bytes});
  if (absl::IsAlreadyExists(again) && !absl::IsAlreadyExists(status)) {
    Fail(Invariant::kUndo, absl::StrCat("subtree '", name, "' could not be added and is there"));
  }
  return false;
}

void Life::RemoveSubtree(uint64_t index) {
  if (Running() == nullptr) return;
  if (subtrees_.empty()) return outcome_->NoEffect("this kernel has added no subtree");
  const size_t i = static_cast<size_t>(index % subtrees_.size());
  outcome_->Say("'", subtrees_[i].name, "'");
  Calls("kho_remove_subtree");
  kernel_->RemoveSubtree(subtrees_[i].data);
  subtree_removed_ = true;
  subtrees_.erase(subtrees_.begin() + static_cast<std::ptrdiff_t>(i));
}

}  // namespace khofuzz
