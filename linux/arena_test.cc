#include "linux/arena.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <span>
#include <vector>

#include "core/sizes.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

constexpr uint64_t kPages = 4096;

bool AllZero(Arena& arena) {
  const std::span<const char> memory(arena.memory(), arena.bytes());
  return std::ranges::all_of(memory, [](char c) { return c == 0; });
}

TEST(ArenaTest, NothingOfOneLifeIsLeftForTheNext) {
  Arena arena;
  ASSERT_TRUE(arena.Reset(kPages * kPage4K, kPages, 24).ok());
  // One page, a few, so many that they are dropped, all.
  for (const uint64_t stride : {kPages, kPages / 50, uint64_t{3}, uint64_t{1}}) {
    for (uint64_t page = stride / 2; page < kPages; page += stride) {
      arena.memory()[page * kPage4K + page % kPage4K] = 'x';
    }
    EXPECT_FALSE(AllZero(arena));
    ASSERT_TRUE(arena.Reset(kPages * kPage4K, kPages, 24).ok());
    EXPECT_TRUE(AllZero(arena)) << "of every " << stride << " pages one was written";
  }
}

TEST(ArenaTest, AMachineThatWouldTakeTooLongIsRefusedBeforeItTakesAnything) {
  Arena arena;
  const absl::Status status = arena.Reset(kMostArenaBytes + kPage4K, kPages, 24);
  EXPECT_EQ(status.message(),
            "this machine's memory ends at 640 GiB; a tree plays up to 640 GiB, since it has a "
            "struct page "
            "for each page (the model has no limit)");
  EXPECT_TRUE(arena.Reset(kPages * kPage4K, kPages, 24).ok());
}

TEST(ArenaTest, ASmallerMachineLeavesNothingForALargerOne) {
  Arena arena;
  ASSERT_TRUE(arena.Reset(kPages * kPage4K, kPages, 24).ok());
  arena.memory()[(kPages - 1) * kPage4K] = 'x';
  ASSERT_TRUE(arena.Reset(8 * kPage4K, 8, 24).ok());
  ASSERT_TRUE(arena.Reset(kPages * kPage4K, kPages, 24).ok());
  EXPECT_TRUE(AllZero(arena));
}

// In bytes, of this process.
uint64_t Resident() {
  std::ifstream statm("/proc/self/statm");
  uint64_t pages = 0;
  statm >> pages >> pages;
  return pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

TEST(ArenaTest, StructPagesOfHolesTakeNoMemory) {
  constexpr size_t kBytes = 16;
  constexpr uint64_t kGiBPages = (uint64_t{1} << 30) / kPage4K;
  Arena arena;
  const uint64_t before = Resident();
  ASSERT_TRUE(arena.Reset(kMostArenaBytes, kMostArenaBytes / kPage4K, kBytes).ok());
  const PfnRange memory[] = {{{0}, {kGiBPages}},
                             {{arena.nr_pages() - kGiBPages}, {arena.nr_pages()}}};
  arena.PoisonPages(kBytes, memory);
  for (const PfnRange& pages : memory) {
    std::memset(static_cast<char*>(arena.pages()) + pages.begin.value * kBytes, 0,
                pages.size() * kBytes);
  }
  EXPECT_LT(Resident() - before, uint64_t{64} << 20);
}

TEST(ArenaTest, StructPagesArePoisonedAgainWhereTheyWereWritten) {
  constexpr size_t kBytes = 24;
  Arena arena;
  const auto all_set = [&arena] {
    const std::span<const char> pages(static_cast<const char*>(arena.pages()),
                                      arena.nr_pages() * kBytes);
    return std::ranges::all_of(pages, [](char c) { return c == '\xff'; });
  };
  const auto write = [&arena](uint64_t pfn) {
    static_cast<char*>(arena.pages())[pfn * kBytes] = 'x';
  };
  const PfnRange memory[] = {{{0}, {64}}};
  ASSERT_TRUE(arena.Reset(kPages * kPage4K, kPages, kBytes).ok());
  arena.PoisonPages(kBytes, memory);
  EXPECT_TRUE(all_set());
  write(63);
  write(kPages - 1);
  arena.NotePages({{kPages - 1}, {kPages}});
  EXPECT_EQ(arena.WrittenPages(), (std::vector<PfnRange>{memory[0], {{kPages - 1}, {kPages}}}));
  // The next kernel of a chain has other memory.
  const PfnRange others[] = {{{32}, {128}}};
  arena.PoisonPages(kBytes, others);
  EXPECT_TRUE(all_set());
  write(1);
  write(127);
  arena.PoisonPages(kBytes, {});
  EXPECT_TRUE(all_set());
  EXPECT_EQ(arena.WrittenPages(),
            (std::vector<PfnRange>{memory[0], {{64}, {128}}, {{kPages - 1}, {kPages}}}));
  // Beyond a smaller machine, and in a larger one, for which all is mapped anew.
  write(kPages - 1);
  arena.NotePages({{kPages - 1}, {kPages}});
  for (const uint64_t pages : {uint64_t{64}, kPages, kPages << 10}) {
    ASSERT_TRUE(arena.Reset(pages * kPage4K, pages, kBytes).ok());
    arena.PoisonPages(kBytes, memory);
    EXPECT_TRUE(all_set()) << pages;
    write(1);
  }
}

}  // namespace
}  // namespace khofuzz
