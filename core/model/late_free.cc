// Giving reserved memory back once memblock has handed over: memblock_phys_free(),
// free_reserved_area() and reserve_mem_release_by_name() (mm/memblock.c, Linux 7.3).
#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/designs/quirks.h"
#include "core/mm_init/free_all.h"
#include "core/model/model_kernel.h"
#include "core/preserve/reserve_mem.h"

namespace khofuzz {
namespace {

constexpr std::string_view kStructPagesWait =
    "reserved memory cannot be freed while struct pages wait for deferred initialisation";

}  // namespace

bool ModelKernel::defers() const { return !design_.Has(Quirk::kDefersNothing); }

void ModelKernel::Warn(std::string_view function, std::string_view text) {
  log_.push_back(absl::StrCat("WARN in ", std::string(function), "(): ", std::string(text)));
  if (listener_ != nullptr) {
    listener_->OnEvent({.kind = EventKind::kWarn, .function = function, .text = text});
  }
}

// Of what waits for its struct pages' neighbours nothing can be merged, and nobody would come back
// for it: that is refused. First of all, so that memblock goes on holding it.
absl::Status ModelKernel::FreeReserved(FreeBy by, AddrRange range) {
  const std::string_view function = FreeByName(by);
  const auto refused = [&] {
    Warn(function, kStructPagesWait);
    return absl::FailedPreconditionError(std::string(kStructPagesWait));
  };
  const bool waits = !deferred_done_;
  if (waits && !design_.Has(Quirk::kLateFreeDropsReservation)) return refused();
  if (keep_memblock_) FreeFromMemblock(range);
  if (waits) return refused();
  const PfnRange pfns{geometry_.PfnUp(range.begin), geometry_.PfnDown(range.end)};
  if (!pfns.empty()) FreeReservedArea(boot_, pfns, function);
  return absl::OkStatus();
}

absl::Status ModelKernel::ReleaseReserveMem(std::string_view name) {
  const auto found = std::ranges::find_if(reserve_mem_, [name](const ReserveMemArea& area) {
    return area.name == name && !area.range.empty();
  });
  if (found == reserve_mem_.end()) {
    return absl::NotFoundError(absl::StrCat("no reserve_mem= area '", std::string(name), "'"));
  }
  const ReserveMemArea area = *found;
  if (const absl::Status status = FreeReserved(FreeBy::kFreeReservedArea, area.range);
      !status.ok()) {
    // It is still there, for a later call.
    if (!design_.Has(Quirk::kReleaseIgnoresRefusal)) return status;
  }
  found->range.end = found->range.begin;
  // Whoever gets its pages next must not find them preserved, nor the next kernel an area there.
  if (!reserve_mem_fdt_.has_value() || design_.Has(Quirk::kReleaseKeepsPreservation)) {
    return absl::OkStatus();
  }
  UnpreservePages(PagesOf(area));
  if (const auto fdt = BuildReserveMemFdt(reserve_mem_, geometry_.page_size()); fdt.ok()) {
    std::ranges::copy(*fdt, ram_->BytesToWrite(*reserve_mem_fdt_).begin());
  }
  return absl::OkStatus();
}

}  // namespace khofuzz
