// What a struct page says, as far as anybody here asks.
#ifndef KHOFUZZ_CORE_MEMMAP_PAGE_STATE_H_
#define KHOFUZZ_CORE_MEMMAP_PAGE_STATE_H_

#include "core/address.h"
#include "core/events.h"

namespace khofuzz {

// What an initialised struct page says of itself.
struct PageState {
  NodeId nid = kNoNode;
  ZoneId zone = ZoneId::kNormal;
  bool reserved = false;  // PG_reserved

  friend bool operator==(const PageState&, const PageState&) = default;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_MEMMAP_PAGE_STATE_H_
