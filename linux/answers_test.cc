// Right answers, by what a tree's arrays hold; and calls that begin, return, and do not return.
#include "linux/answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "core/designs/test_named.h"
#include "core/sizes.h"
#include "linux/call_watch.h"
#include "linux/source_line.h"

namespace khofuzz {
namespace {

constexpr uint64_t kNotFound = 0xffffffff;

// Memory [1M, 2M) on node 0 and [2M, 3M) on node 1, of which the first page and [1M+64K, 1M+128K)
// are reserved; bootmem is [0x180000, 0x1a0000) and an empty area at 0x1c0000.
kf_tree AnswersTree() {
  kf_tree tree{};
  tree.page_shift = 12;
  tree.signatures =
      "AsksForPages(unsigned long pfn,unsigned long nr_pages);"
      "AsksForARange(unsigned long start_pfn,unsigned long end_pfn);";
  tree.memblock_gone = [] { return 0; };
  tree.kho_enabled = [] { return 1; };
  tree.array_of = [](uint64_t type) { return static_cast<int>(type); };
  tree.trace_calls = [](int) { return 0; };
  tree.regions = [](int reserved, kf_region* out, size_t room) -> size_t {
    const kf_region memory[] = {{0x100000, 0x100000, 0, 0}, {0x200000, 0x100000, 0, 1}};
    const kf_region taken[] = {{0x100000, kPage4K, 0, -1}, {0x110000, 0x10000, KF_REGION_KERN, 0}};
    const kf_region* const from = reserved != 0 ? taken : memory;
    std::copy_n(from, std::min<size_t>(room, 2), out);
    return 2;
  };
  tree.bootmem = [](kf_range* out, size_t room) -> size_t {
    const kf_range areas[] = {{0x180000, 0x1a0000}, {0x1c0000, 0x1c0000}};
    std::copy_n(areas, std::min<size_t>(room, 2), out);
    return 2;
  };
  return tree;
}

std::optional<uint64_t> RightOf(std::string_view function, std::array<uint64_t, 6> args,
                                const Design& design = Design()) {
  const kf_tree tree = AnswersTree();
  const QuestionKind* const question = FindQuestion(function);
  EXPECT_NE(question, nullptr) << function;
  if (question == nullptr) return std::nullopt;
  const auto right = question->right({&tree, &design, args}, 0);
  return right.has_value() ? std::optional(ValueOf(question->form, *right)) : std::nullopt;
}

TEST(AnswersTest, WhatTouchesBootmemOverlapsItAndWhatIsBesideItDoesNot) {
  EXPECT_EQ(RightOf("kho_scratch_overlap", {0x17f000, kPage4K}), 0u);
  EXPECT_EQ(RightOf("kho_scratch_overlap", {0x17f000, kPage4K + 1}), 1u);
  EXPECT_EQ(RightOf("kho_scratch_overlap", {0x19f000, kPage4K}), 1u);
  EXPECT_EQ(RightOf("kho_scratch_overlap", {0x1a0000, kPage4K}), 0u);
}

TEST(AnswersTest, AnEmptyAreaOverlapsNothingButAsADesignThatCountsIt) {
  EXPECT_EQ(RightOf("kho_scratch_overlap", {0x1b0000, 0x20000}), 0u);
  EXPECT_EQ(RightOf("kho_scratch_overlap", {0x1b0000, 0x20000},
                    Design{QuirkNamed("scratch-overlap-counts-empty")}),
            1u);
}

TEST(AnswersTest, KeysAndTheirParts) {
  EXPECT_EQ(RightOf("kho_encode_radix_key", {0x4000, 2}), uint64_t{1} << 50 | 1);
  EXPECT_EQ(RightOf("kho_decode_radix_key", {uint64_t{1} << 50 | 1}), 0x4000u);
  EXPECT_EQ(RightOf("kho_radix_get_bitmap_index", {0x12345678}), 0x5678u);
  EXPECT_EQ(RightOf("kho_radix_get_table_index", {0x12345678, 1}), (0x12345678u >> 15) & 0x1ff);
}

TEST(AnswersTest, ARegionEndsBeforeItsEnd) {
  EXPECT_EQ(RightOf("memblock_search", {0, 0x1fffff}), 0u);
  EXPECT_EQ(RightOf("memblock_search", {0, 0x200000}), 1u);
  EXPECT_EQ(RightOf("memblock_search", {0, 0x300000}), kNotFound);
  EXPECT_EQ(RightOf("memblock_search", {1, 0x120000}), kNotFound);
  EXPECT_EQ(RightOf("__early_pfn_to_nid", {0x1ff}), 0u);
  EXPECT_EQ(RightOf("__early_pfn_to_nid", {0x200}), 1u);
  EXPECT_EQ(RightOf("memblock_is_region_memory", {0x1ff000, kPage4K}), 1u);
  EXPECT_EQ(RightOf("memblock_is_region_memory", {0x1ff000, 2 * kPage4K}), 0u);
}

TEST(AnswersTest, RoomIsLookedForFromEitherEnd) {
  EXPECT_EQ(RightOf("__memblock_find_range_bottom_up",
                    {kPage4K, ~uint64_t{0}, 0x10000, 0x10000, ~uint64_t{0}, 0}),
            0x120000u);
  EXPECT_EQ(RightOf("__memblock_find_range_top_down",
                    {kPage4K, 0x1f8000, 0x10000, 0x10000, ~uint64_t{0}, 0}),
            0x1e0000u);
  EXPECT_EQ(RightOf("memblock_reserved_kern_size", {0x118000, ~uint64_t{0}}), 0x8000u);
}

// Of a stack that grows downwards.
struct AnswersStack {
  std::array<void*, 8> slots{};
  void** Slot(size_t depth) { return &slots[slots.size() - 1 - depth]; }
};

TEST(CallWatchTest, ReturnsToWhereTheCallCameFromAlsoWhereDeeperCallsNeverReturned) {
  int places[3];
  AnswersStack stack;
  for (size_t i = 0; i < 3; ++i) *stack.Slot(i) = &places[i];
  CallWatch watch("/nonexistent", {});
  const kf_tree tree = AnswersTree();
  watch.Begin(tree, Design(), "", std::nullopt);
  const uint64_t args[6] = {};
  for (size_t i = 0; i < 3; ++i) watch.Enter(&places[i], args, stack.Slot(i));
  uint64_t answer = 5;
  // The two that were called last were left by a jump.
  EXPECT_EQ(watch.Leave(stack.Slot(0), &answer), &places[0]);
  EXPECT_EQ(answer, 5u);
  watch.Enter(&places[1], args, stack.Slot(1));
  watch.Enter(&places[2], args, stack.Slot(1));  // the kernel stopped in the one before
  EXPECT_EQ(watch.Leave(stack.Slot(1), &answer), &places[1]);
  EXPECT_TRUE(watch.End().wrong.empty());
}

// What stands for functions of a tree: the watch knows them by their symbols.
extern "C" {
__attribute__((noinline, used)) int AsksForPages(int x) { return x + 1; }
__attribute__((noinline, used)) int AsksForARange(int x) { return x + 2; }
__attribute__((noinline, used)) int AsksForNothing(int x) { return x + 3; }
}

TEST(CallWatchTest, TellsWhoWasCalledForThePageAndWhoWentBeyond) {
  const auto at = [](int (*function)(int)) { return reinterpret_cast<const void*>(function); };
  CallWatch watch("/proc/self/exe", LoadedAt(at(AsksForPages)));
  const kf_tree tree = AnswersTree();
  watch.Begin(tree, Design(), "", Pfn{0x120});
  watch.set_kernel(2);
  int place = 0;
  AnswersStack stack;
  for (size_t i = 0; i < 3; ++i) *stack.Slot(i) = &place;
  const auto range = [&](uint64_t a, uint64_t b) { return std::array<uint64_t, 6>{a, b}; };
  // A range that ends before the page, what lies between, and pages that hold it.
  watch.Enter(at(AsksForARange), range(0x100, 0x120).data(), stack.Slot(0));
  watch.Enter(at(AsksForNothing), range(0, 0).data(), stack.Slot(1));
  watch.Enter(at(AsksForPages), range(0x100, 0x40).data(), stack.Slot(2));
  const PageRequests seen = watch.End().requests;
  EXPECT_THAT(seen.known, testing::ElementsAre("AsksForARange", "AsksForPages"));
  EXPECT_THAT(seen.asked, testing::ElementsAre(PageRequests::Called{2, "AsksForPages"}));
  EXPECT_THAT(seen.beyond, testing::ElementsAre(PageRequests::Called{2, "AsksForARange"}));
}

}  // namespace
}  // namespace khofuzz
