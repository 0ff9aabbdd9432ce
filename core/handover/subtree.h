// A client's data in the handover.
#ifndef KHOFUZZ_CORE_HANDOVER_SUBTREE_H_
#define KHOFUZZ_CORE_HANDOVER_SUBTREE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "core/address.h"

namespace khofuzz {

// The kernel's own: which release it is, and how many kexecs there have been.
inline constexpr std::string_view kMetadataSubtree = "kexec-metadata";

struct KhoSubtree {
  std::string name;
  PhysAddr data;      // preserved-data
  uint64_t size = 0;  // blob-size, bytes
  friend bool operator==(const KhoSubtree&, const KhoSubtree&) = default;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_HANDOVER_SUBTREE_H_
