#include "core/phys_memory.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/address.h"
#include "core/radix/words.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

constexpr PhysAddr kPageOf4K{0x5000};
// Far enough apart to share whatever direct-mapped cache lies in front of the pages.
constexpr PhysAddr kAlias{0x5000 + (uint64_t{1} << 40)};

TEST(PhysMemoryTest, OnlyBackedPagesHaveContent) {
  PhysMemory memory(12);
  EXPECT_EQ(memory.Words(kPageOf4K), nullptr);
  EXPECT_EQ(memory.Words(PhysAddr{0}), nullptr);
  EXPECT_TRUE(memory.Bytes(kPageOf4K).empty());
  EXPECT_EQ(memory.backed_pages(), 0u);
  memory.BackZeroed(kPageOf4K);
  EXPECT_NE(memory.Words(kPageOf4K), nullptr);
  EXPECT_EQ(memory.Bytes(kPageOf4K).size(), 4096u);
  EXPECT_EQ(memory.backed_pages(), 1u);
}

TEST(PhysMemoryTest, AnAddressInsideAPageIsNotThePage) {
  PhysMemory memory(14);
  memory.BackZeroed(PhysAddr{0x8000});
  ASSERT_NE(memory.Words(PhysAddr{0x8000}), nullptr);
  EXPECT_EQ(memory.Words(PhysAddr{0x8008}), nullptr);
  EXPECT_EQ(memory.Words(PhysAddr{0x9000}), nullptr);
  EXPECT_TRUE(memory.Bytes(PhysAddr{0x8001}).empty());
}

TEST(PhysMemoryTest, BackingAgainClears) {
  PhysMemory memory(12);
  memory.BackToFill(kPageOf4K)[3] = 7;
  EXPECT_EQ(memory.Words(kPageOf4K)[3], 7u);
  memory.BackZeroed(kPageOf4K);
  EXPECT_EQ(memory.Words(kPageOf4K)[3], 0u);
  EXPECT_EQ(memory.backed_pages(), 1u);
}

TEST(PhysMemoryTest, ADroppedPageIsGoneThoughItWasJustRead) {
  PhysMemory memory(12);
  memory.BackZeroed(kPageOf4K);
  ASSERT_NE(memory.Words(kPageOf4K), nullptr);
  memory.Drop(kPageOf4K);
  EXPECT_EQ(memory.Words(kPageOf4K), nullptr);
  EXPECT_EQ(memory.backed_pages(), 0u);
  memory.Drop(kPageOf4K);  // nothing there: no harm
}

TEST(PhysMemoryTest, APageBackedAfterADropIsANewPage) {
  PhysMemory memory(12);
  memory.BackToFill(kPageOf4K)[0] = 1;
  ASSERT_EQ(memory.Words(kPageOf4K)[0], 1u);
  memory.Drop(kPageOf4K);
  uint64_t* fresh = memory.BackToFill(kPageOf4K);
  EXPECT_EQ(fresh[0], 0u);
  fresh[0] = 2;
  EXPECT_EQ(memory.Words(kPageOf4K)[0], 2u);
}

TEST(PhysMemoryTest, DroppingOneOfTwoAliasesKeepsTheOther) {
  PhysMemory memory(12);
  memory.BackToFill(kPageOf4K)[0] = 1;
  memory.BackToFill(kAlias)[0] = 2;
  EXPECT_EQ(memory.Words(kPageOf4K)[0], 1u);
  EXPECT_EQ(memory.Words(kAlias)[0], 2u);
  EXPECT_EQ(memory.Words(kPageOf4K)[0], 1u);
  memory.Drop(kAlias);
  EXPECT_EQ(memory.Words(kAlias), nullptr);
  ASSERT_NE(memory.Words(kPageOf4K), nullptr);
  EXPECT_EQ(memory.Words(kPageOf4K)[0], 1u);
}

TEST(PhysMemoryTest, AManyPagedMemoryKeepsEveryPage) {
  PhysMemory memory(12);
  for (uint64_t i = 0; i < 1000; ++i) memory.BackToFill(PhysAddr{i << 12})[i % 512] = i + 1;
  for (uint64_t i = 0; i < 1000; ++i) {
    ASSERT_EQ(memory.Words(PhysAddr{i << 12})[i % 512], i + 1);
  }
  uint64_t sum = 0;
  memory.ForEachPage([&sum](PhysAddr page, std::span<const uint64_t> words) {
    sum += words[(page.value >> 12) % 512];
  });
  EXPECT_EQ(sum, 1000u * 1001 / 2);
}

TEST(PhysMemoryTest, AnOddlyWrittenByteIsSeenInItsWord) {
  PhysMemory memory(16);
  memory.BackZeroed(PhysAddr{0x10000});
  memory.BytesToWrite(PhysAddr{0x10000})[9] = 0xab;
  EXPECT_EQ(memory.Words(PhysAddr{0x10000})[1], uint64_t{0xab00});
}

// What is said to be zero is.
TEST(PhysMemoryTest, WhereAPageMayBeWrittenIsKnownByParts) {
  for (const unsigned shift : {12u, 14u, 16u}) {
    PhysMemory memory(shift);
    const PhysAddr page{uint64_t{5} << shift};
    const auto parts = [&] { return PhysMemory::WrittenParts(memory.Words(page)); };
    memory.BackZeroed(page);
    EXPECT_EQ(parts(), 0u);
    uint64_t* const words = memory.WordsToNote(page);
    EXPECT_EQ(parts(), 0u);
    const uint64_t last = memory.words_per_page() - 1;
    const uint64_t part = memory.words_per_page() / 64;
    for (const uint64_t index : {last, uint64_t{0}, 3 * part, 4 * part - 1}) {
      words[index] = 1;
      memory.NoteWritten(words, index);
    }
    EXPECT_EQ(parts(), uint64_t{1} << 63 | 1 << 3 | 1);
    uint64_t seen = 0;
    EXPECT_TRUE(
        ForEachNonZero(words, memory.words_per_page(), parts(), [&seen](uint64_t, uint64_t) {
          ++seen;
          return true;
        }));
    EXPECT_EQ(seen, 4u);
    PhysMemory copy = memory.Clone();
    const uint64_t* const copied = copy.Words(page);
    EXPECT_TRUE(std::equal(words, words + memory.words_per_page(), copied));
    EXPECT_EQ(PhysMemory::WrittenParts(copied), parts());
    memory.BytesToWrite(page)[77] = 1;
    EXPECT_EQ(parts(), PhysMemory::kEverywhere) << "who may write anywhere may have";
    memory.BackZeroed(page);
    EXPECT_EQ(parts(), 0u);
    (void)memory.WordsToWrite(page);
    EXPECT_EQ(parts(), PhysMemory::kEverywhere);
  }
}

TEST(PhysMemoryTest, BytesAreKnownByTheirParts) {
  for (const unsigned shift : {12u, 16u}) {
    PhysMemory memory(shift);
    std::vector<uint8_t> bytes(memory.page_size());
    bytes.front() = bytes[memory.page_size() / 64 * 7 + 3] = bytes.back() = 0xab;
    memory.BackZeroed(PhysAddr{0});
    std::ranges::fill(memory.BytesToWrite(PhysAddr{0}), 0xff);
    memory.BackWith(PhysAddr{0}, bytes);
    EXPECT_TRUE(std::ranges::equal(memory.Bytes(PhysAddr{0}), bytes));
    EXPECT_EQ(PhysMemory::WrittenParts(memory.Words(PhysAddr{0})), uint64_t{1} << 63 | 1 << 7 | 1);
  }
}

TEST(PhysMemoryTest, BehindFewerBytesThereAreZeroes) {
  for (const unsigned shift : {12u, 16u}) {
    PhysMemory memory(shift);
    const uint64_t part = memory.page_size() / 64;
    std::vector<uint8_t> bytes(part + 3, 0xab);
    memory.BackZeroed(PhysAddr{0});
    std::ranges::fill(memory.BytesToWrite(PhysAddr{0}), 0xff);
    memory.BackWith(PhysAddr{0}, bytes);
    bytes.resize(memory.page_size());
    EXPECT_TRUE(std::ranges::equal(memory.Bytes(PhysAddr{0}), bytes));
    EXPECT_EQ(PhysMemory::WrittenParts(memory.Words(PhysAddr{0})), 3u);
    memory.Write(PhysAddr{0}, memory.words_per_page() - 1, 5);
    EXPECT_EQ(memory.Words(PhysAddr{0})[memory.words_per_page() - 1], 5u);
    EXPECT_EQ(PhysMemory::WrittenParts(memory.Words(PhysAddr{0})), uint64_t{1} << 63 | 3);
  }
}

TEST(PhysMemoryTest, APageIsBackedAsItIsElsewhere) {
  for (const unsigned shift : {12u, 16u}) {
    PhysMemory from(shift), to(shift);
    const PhysAddr page{from.page_size()};
    to.BackAs(page, from);
    EXPECT_EQ(to.backed_pages(), 0u);
    from.BackZeroed(page);
    uint64_t* const words = from.WordsToNote(page);
    const uint64_t last = from.words_per_page() - 1;
    words[last] = 7;
    from.NoteWritten(words, last);
    to.BackZeroed(page);
    std::ranges::fill(to.BytesToWrite(page), 0xff);
    to.BackAs(page, from);
    EXPECT_TRUE(std::ranges::equal(to.Bytes(page), from.Bytes(page)));
    EXPECT_EQ(PhysMemory::WrittenParts(to.Words(page)), uint64_t{1} << 63);
    EXPECT_TRUE(to.IsAsIn(from, page));
    // In a part that one side alone has written.
    PhysMemory more = from.Clone();
    more.Write(page, 0, 0);
    EXPECT_TRUE(more.IsAsIn(from, page) && from.IsAsIn(more, page));
    more.Write(page, 0, 1);
    EXPECT_FALSE(more.IsAsIn(from, page));
    EXPECT_FALSE(from.IsAsIn(more, page));
    std::ranges::fill(from.BytesToWrite(page), 1);
    EXPECT_FALSE(to.IsAsIn(from, page));
    EXPECT_FALSE(to.IsAsIn(from, PhysAddr{0}));
    EXPECT_EQ(to.Words(page)[last], 7u) << "what comes later is not seen";
  }
}

// Whoever had them before, and wherever he wrote.
TEST(PhysMemoryTest, NewPagesAreZeroes) {
  for (const unsigned shift : {12u, 16u}) {
    for (uint64_t round = 0; round < 3; ++round) {
      PhysMemory memory(shift);
      for (uint64_t i = 0; i < 8; ++i) {
        const PhysAddr page{i << shift};
        memory.BackZeroed(page);
        const uint64_t* const words = memory.Words(page);
        EXPECT_EQ(PhysMemory::WrittenParts(words), 0u);
        EXPECT_EQ(std::count(words, words + memory.words_per_page(), 0u),
                  static_cast<std::ptrdiff_t>(memory.words_per_page()));
        if (i % 2 == 0) {
          uint64_t* const noted = memory.WordsToNote(page);
          for (uint64_t at = i; at < memory.words_per_page(); at += 77) {
            noted[at] = ~uint64_t{0};
            memory.NoteWritten(noted, at);
          }
        } else {
          std::ranges::fill(memory.BytesToWrite(page), 0xff);
        }
      }
      const PhysAddr again{uint64_t{8} << shift};
      memory.Drop(PhysAddr{uint64_t{1} << shift});
      memory.BackZeroed(again);
      const uint64_t* const words = memory.Words(again);
      EXPECT_EQ(std::count(words, words + memory.words_per_page(), 0u),
                static_cast<std::ptrdiff_t>(memory.words_per_page()));
    }
  }
}

TEST(PhysMemoryTest, AClonesWritesAreItsOwn) {
  PhysMemory memory(12);
  memory.BackToFill(kPageOf4K)[0] = 1;
  PhysMemory copy = memory.Clone();
  ASSERT_NE(copy.Words(kPageOf4K), nullptr);
  EXPECT_EQ(copy.Words(kPageOf4K)[0], 1u);
  copy.WordsToWrite(kPageOf4K)[0] = 2;
  copy.BackZeroed(kAlias);
  EXPECT_EQ(memory.Words(kPageOf4K)[0], 1u);
  EXPECT_EQ(memory.Words(kAlias), nullptr);
  memory.Drop(kPageOf4K);
  ASSERT_NE(copy.Words(kPageOf4K), nullptr);
  EXPECT_EQ(copy.Words(kPageOf4K)[0], 2u);
}

TEST(PhysMemoryTest, AMovedFromMemoryReachesNoPageOfTheOther) {
  PhysMemory memory(14);
  memory.BackToFill(PhysAddr{0x4000})[0] = 1;
  ASSERT_NE(memory.Words(PhysAddr{0x4000}), nullptr);
  PhysMemory taken = std::move(memory);
  EXPECT_EQ(taken.Words(PhysAddr{0x4000})[0], 1u);
  EXPECT_EQ(taken.page_size(), uint64_t{1} << 14);
  EXPECT_EQ(memory.Words(PhysAddr{0x4000}), nullptr);
  memory = std::move(taken);
  EXPECT_EQ(taken.Words(PhysAddr{0x4000}), nullptr);
  EXPECT_EQ(memory.Words(PhysAddr{0x4000})[0], 1u);
}

}  // namespace
}  // namespace khofuzz
