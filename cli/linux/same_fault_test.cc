#include "cli/linux/same_fault.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace khofuzz {
namespace {

using Calls = std::vector<std::string>;

constexpr const char* kFdt = "kho_alloc_preserve<kho_init";
constexpr const char* kChunk = "new_vmalloc_chunk<kho_preserve_vmalloc";

TEST(SameCallTest, ItIsTheHowManiethOfItsCallers) {
  const Calls base = {kFdt, kChunk, kChunk};
  const Calls patched = {"kho_init", kFdt, "kho_init", kChunk, kChunk};
  EXPECT_EQ(SameCall(base, 0, patched), 1u);
  EXPECT_EQ(SameCall(base, 1, patched), 3u);
  EXPECT_EQ(SameCall(base, 2, patched), 4u);
}

TEST(SameCallTest, WhatIsNotCalledSoOftenIsNotThere) {
  EXPECT_EQ(SameCall(Calls{kChunk, kChunk}, 1, Calls{kFdt, kChunk}), std::nullopt);
  EXPECT_EQ(SameCall(Calls{kChunk}, 0, Calls{kFdt}), std::nullopt);
}

// As a series moves code into functions of their own, or out of one.
TEST(SameCallTest, CallersMayHaveChanged) {
  const Calls base = {"kho_radix_alloc_node<kho_radix_add_key<kho_preserve_folio",
                      "kho_radix_alloc_node<kho_radix_add_key<__kho_preserve<kho_preserve_pages"};
  const Calls patched = {
      "kho_radix_alloc_node<kho_radix_init_tree<kho_init",
      "kho_radix_alloc_node<kho_radix_add<kho_preserve_order<kho_preserve_folio",
      "kho_radix_alloc_node<kho_radix_add<kho_preserve_order<kho_preserve_pages"};
  EXPECT_EQ(SameCall(base, 0, patched), 1u);
  EXPECT_EQ(SameCall(base, 1, patched), 2u);
}

TEST(SameCallTest, WhatIsNewIsNothingElse) {
  EXPECT_EQ(SameCall(Calls{"kho_init", kFdt}, 0, Calls{kFdt}), std::nullopt);
  EXPECT_EQ(SameCall(Calls{"kho_init", kFdt}, 1, Calls{kFdt}), 0u);
}

TEST(SameCallTest, TheAllocatorsOwnFunctionsAreNobodys) {
  EXPECT_EQ(SameCall(Calls{"memblock_alloc_internal<memblock_alloc<kho_reserve_scratch"}, 0,
                     Calls{"memblock_alloc_internal<memblock_alloc<alloc_node_mem_map"}),
            std::nullopt);
}

// The architecture's, and those of the scenario itself.
TEST(SameCallTest, WhatNoFunctionOfTheTreeAsksForIsCountedByItself) {
  EXPECT_EQ(SameCall(Calls{"", kFdt, ""}, 2, Calls{kFdt, "", kFdt, ""}), 3u);
}

}  // namespace
}  // namespace khofuzz
