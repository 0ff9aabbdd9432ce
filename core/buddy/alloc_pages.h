// Pages for a kernel whose struct pages may still wait.
#ifndef KHOFUZZ_CORE_BUDDY_ALLOC_PAGES_H_
#define KHOFUZZ_CORE_BUDDY_ALLOC_PAGES_H_

#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "core/address.h"
#include "core/buddy/buddy.h"
#include "core/faults.h"

namespace khofuzz {

// get_page_from_freelist() (mm/page_alloc.c) before deferred initialisation is done: a node that
// has no room grows, one after another, until alloc() serves `request` or none grows any more.
// alloc() returns optional<PfnRange>; grow(nid) whether deferred_grow_zone() says that it has;
// nodes() the nodes as they are by then.
template <typename NodesNow, typename Alloc, typename Grow>
std::optional<PfnRange> AllocOrGrow(const PageRequest& request, NodesNow nodes, Alloc alloc,
                                    Grow grow) {
  for (;;) {
    if (const std::optional<PfnRange> pages = alloc()) return pages;
    bool grown = false;
    for (NodeId nid = 0; nid < nodes().count() && !grown; ++nid) {
      if (request.nid != kNoNode && request.nid != nid) continue;
      // It is the highest zone that grows, and none that the request may not have.
      if (!request.movable && nodes().at(nid).top() == ZoneId::kMovable) continue;
      // A zone that says it has grown and waits as before would keep the kernel here for ever.
      const Pfn before = nodes().at(nid).first_deferred;
      grown = grow(nid) && nodes().at(nid).first_deferred != before;
    }
    if (!grown) return std::nullopt;
  }
}

// What take(), which returns optional<PfnRange>, has for `request`, unless `faults` (null: none)
// refuse it. Errors: ResourceExhausted.
template <typename Take>
absl::StatusOr<PfnRange> AllocUnlessRefused(const PageRequest& request, Faults* faults, Take take) {
  if (faults != nullptr && faults->Next(FaultSite::kPageAlloc)) {
    return absl::ResourceExhaustedError("pages were refused by request");
  }
  if (const std::optional<PfnRange> pages = take()) return *pages;
  return absl::ResourceExhaustedError(
      absl::StrCat("no free block of order ", request.order, " is left"));
}

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_BUDDY_ALLOC_PAGES_H_
