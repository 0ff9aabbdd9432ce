#include "cli/inspect/owner.h"

#include <utility>

namespace khofuzz {

std::string_view OwnerOf(std::string_view subtree) {
  // LUO_KHO_ENTRY_NAME, MEMBLOCK_KHO_FDT, KHO_METADATA_NODE_NAME (include/linux/kho/abi/),
  // KHO_TEST_FDT (lib/test_kho.c).
  constexpr std::pair<std::string_view, std::string_view> kOwners[] = {
      {"LUO", "Live Update Orchestrator: files that programs preserve, by session (memfds)"},
      {"memblock", "areas of reserve_mem= on the command line"},
      {"kexec-metadata", "KHO itself: which kernel handed over, how many kexecs"},
      {"kho_test", "the kernel's own test of KHO"},
  };
  for (const auto& [name, owner] : kOwners) {
    if (name == subtree) return owner;
  }
  return "";
}

}  // namespace khofuzz
