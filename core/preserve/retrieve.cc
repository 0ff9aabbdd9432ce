#include "core/preserve/retrieve.h"

#include "core/designs/quirks.h"
#include "core/proposals/preserved_init.h"

namespace khofuzz {
namespace {

constexpr std::string_view kMemoryReserve = "kho_preserved_memory_reserve";

// kho_get_preserved_page(): the block's struct pages, as far as memmap_init() has left them.
void InitPreservedPages(BootMemory& boot, PfnRange block) {
  constexpr std::string_view kInit = "kho_get_preserved_page";
  if (InitWhenRetrievedAsProposed(boot, block, kInit)) return;
  InitDeferredPages(boot, block, EarlyNode(boot, block.begin), kInit);
}

// memblock_reserve() and memblock_reserved_mark_noinit(), neither of which 7.3 asks how it went.
absl::Status ReserveNoinit(BootMemory& boot, AddrRange range) {
  const bool ignores = boot.design.Has(Quirk::kRetrieveIgnoresFailures);
  absl::Status status = boot.memblock.Reserve(range);
  // What is not reserved cannot be marked, but the array may grow for it.
  if (status.ok() || ignores) {
    status.Update(boot.memblock.MarkReserved(range, kMemblockRsrvNoinit));
  }
  return ignores ? absl::OkStatus() : status;
}

}  // namespace

bool IsTakenOver(const BootMemory& boot, AddrRange range) {
  return boot.memblock.memory().Covers(range) || boot.design.Has(Quirk::kAbsentMemoryRetrieved);
}

absl::Status RetrievePreserved(BootMemory& boot, const RadixTree& incoming, bool reserved) {
  absl::Status status;
  incoming.WalkKeys([&](uint64_t key) {
    const Preservation block = incoming.shape().DecodeUnchecked(key);
    const Pfn head = boot.geometry.PfnDown(block.phys);
    const PfnRange pfns{head, head + (uint64_t{1} << block.order)};
    const AddrRange range = boot.geometry.ToAddr(pfns);
    if (!IsTakenOver(boot, range)) return true;
    InitPreservedPages(boot, pfns);
    if (!reserved) status = ReserveNoinit(boot, range);
    if (!status.ok()) return false;
    boot.memmap.SetMagic(head, block.order, kMemoryReserve);
    return true;
  });
  return status;
}

}  // namespace khofuzz
