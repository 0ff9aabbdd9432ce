// Gigantic pages: what a boot is asked for, and what it got.
#ifndef KHOFUZZ_CORE_PRESERVE_HUGETLB_PAGE_H_
#define KHOFUZZ_CORE_PRESERVE_HUGETLB_PAGE_H_

#include <cstdint>

#include "core/address.h"

namespace khofuzz {

// hugepagesz=, hugepages=: `count` pages of 2^order pages.
struct HugetlbRequest {
  unsigned order = 0;
  uint64_t count = 0;
  NodeId nid = kNoNode;  // this node only; kNoNode: spread over the nodes, any if need be

  friend bool operator==(const HugetlbRequest&, const HugetlbRequest&) = default;
};

struct HugetlbPage {
  PfnRange pfns;
  NodeId nid;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_PRESERVE_HUGETLB_PAGE_H_
