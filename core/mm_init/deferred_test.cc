#include "core/mm_init/deferred.h"

#include <algorithm>
#include <string>
#include <vector>

#include "core/memmap/memmap.h"
#include "core/memmap/nodes.h"
#include "core/mm_init/free_all.h"
#include "core/mm_init/memmap_init.h"
#include "core/mm_init/test_boot.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// ---- the job plan ----

// padata_do_multithreaded() and padata_mt_helper() as they are written, for a job whose align and
// min_chunk are both a section.
std::vector<PfnRange> PadataChunks(uint64_t start, uint64_t size, uint64_t threads) {
  std::vector<PfnRange> chunks;
  if (size == 0) return chunks;
  const uint64_t nworks = std::min(std::max(size / kSection, uint64_t{1}), threads);
  if (nworks == 1) return {Pfns(start, start + size)};
  uint64_t chunk_size = std::max(size / (nworks * 4), kSection);
  chunk_size = (chunk_size + kSection - 1) / kSection * kSection;
  while (size > 0) {
    const uint64_t end_of_chunk = (start + 1 + chunk_size - 1) / chunk_size * chunk_size;
    const uint64_t now = std::min(end_of_chunk - start, size);
    chunks.push_back(Pfns(start, start + now));
    start += now;
    size -= now;
  }
  return chunks;
}

TEST(DeferredChunksTest, AreThoseOfPadataForEveryJob) {
  for (uint64_t start = 0; start < 40 * kSection; start += start % 3 == 0 ? kSection : 7) {
    for (uint64_t size : {0, 1, 15, 16, 17, 48, 64, 65, 160, 1000, 1600, 3001}) {
      for (unsigned threads = 1; threads <= 16; ++threads) {
        ASSERT_EQ(DeferredChunks(Pfns(start, start + size), MicroGeometry(), threads),
                  PadataChunks(start, size, threads))
            << start << " + " << size << " with " << threads << " threads";
      }
    }
  }
}

TEST(DeferredChunksTest, ChunksMeetAtSectionsAndCoverTheJob) {
  const PfnRange job = Pfns(48, 1000);
  for (unsigned threads = 1; threads <= 16; ++threads) {
    Pfn at = job.begin;
    for (const PfnRange& chunk : DeferredChunks(job, MicroGeometry(), threads)) {
      EXPECT_EQ(chunk.begin, at);
      EXPECT_TRUE(IsAligned(chunk.begin.value, kSection));
      EXPECT_FALSE(chunk.empty());
      at = chunk.end;
    }
    EXPECT_EQ(at, job.end);
  }
}

TEST(DeferredChunksTest, OneThreadAndOneSectionAreOneChunk) {
  EXPECT_THAT(DeferredChunks(Pfns(16, 800), MicroGeometry(), 1), ElementsAre(Pfns(16, 800)));
  EXPECT_THAT(DeferredChunks(Pfns(16, 47), MicroGeometry(), 8), ElementsAre(Pfns(16, 47)));
  EXPECT_THAT(DeferredChunks(Pfns(16, 80), MicroGeometry(), 0), ElementsAre(Pfns(16, 80)))
      << "no thread is one thread";
  EXPECT_THAT(DeferredChunks(Pfns(16, 16), MicroGeometry(), 4), IsEmpty());
}

// ---- initialising and freeing ----

// memmap_init() and memblock_free_all() have run.
struct Deferred : BootMachine {
  explicit Deferred(const Geometry& g = MicroGeometry()) : BootMachine(g) {}
  void UpToFreeAll() {
    FindNodes();
    MemmapInit(boot);
    MemblockFreeAll(boot);
    log.events.clear();
  }
  std::string State() const {
    std::string text = Pages() + Types() + Free();
    for (NodeId nid = 0; nid < nodes.count(); ++nid) {
      for (const Zone& zone : nodes.at(nid).zones) absl::StrAppend(&text, zone.managed, "\n");
    }
    return text;
  }
};

// Two nodes that wait, with reservations at odd places and bootmem in both.
void Furnish(Deferred& m) {
  m.AddMemory(0, 250, 0);
  m.AddMemory(256, 400, 1);
  m.Reserve(37, 50);
  m.Reserve(95, 97);
  m.Reserve(128, 131);
  m.Reserve(303, 320);
  m.boot.bootmem_blocks = {Pfns(56, 72), Pfns(296, 304)};
  m.UpToFreeAll();
}

TEST(DeferredInitTest, AllThatWaitedIsInitialisedTypedFreedAndManaged) {
  Deferred m;
  m.AddMemory(0, 64);
  m.Reserve(21, 23);
  m.boot.bootmem_blocks = {Pfns(32, 40)};
  m.UpToFreeAll();
  ASSERT_TRUE(PageAllocInitLate(m.boot, 1, 0).ok());
  EXPECT_EQ(m.Pages(), "[0, 21) n0 Normal\n[21, 23) n0 Normal reserved\n[23, 64) n0 Normal\n");
  EXPECT_EQ(m.Types(), "[0, 32) MOVABLE\n[32, 40) CMA\n[40, 64) MOVABLE\n");
  EXPECT_EQ(m.Free(), "[0, 21)\n[23, 32)\n[32, 40) CMA\n[40, 64)\n");
  EXPECT_EQ(m.nodes.at(0).zone(ZoneId::kNormal).managed, 62);
  EXPECT_EQ(m.nodes.at(0).first_deferred, kNothingDeferred);
}

TEST(DeferredInitTest, ReservedPagesAreNotInitialisedAgain) {
  Deferred m;
  Furnish(m);
  ASSERT_TRUE(PageAllocInitLate(m.boot, 3, 0).ok());
  for (const Event& event : m.log.events) {
    if (event.kind != EventKind::kInit) continue;
    for (const PfnRange& reserved : {Pfns(37, 50), Pfns(95, 97), Pfns(128, 131), Pfns(303, 320)}) {
      EXPECT_FALSE(event.range.Overlaps(reserved)) << event.range.begin.value;
    }
  }
}

TEST(DeferredInitTest, EndsAlikeForEveryNumberOfThreadsAndSchedule) {
  Deferred first;
  Furnish(first);
  ASSERT_TRUE(PageAllocInitLate(first.boot, 1, 0).ok());
  for (unsigned threads = 1; threads <= 8; ++threads) {
    for (uint64_t schedule = 0; schedule < 20; ++schedule) {
      Deferred m;
      Furnish(m);
      ASSERT_TRUE(PageAllocInitLate(m.boot, threads, schedule).ok());
      ASSERT_EQ(m.State(), first.State()) << threads << " threads, schedule " << schedule;
    }
  }
}

TEST(DeferredInitTest, SchedulesReallyInterleaveNodesAndChunks) {
  std::vector<std::string> orders;
  for (uint64_t schedule = 1; schedule <= 8; ++schedule) {
    Deferred m;
    Furnish(m);
    ASSERT_TRUE(PageAllocInitLate(m.boot, 4, schedule).ok());
    orders.push_back(m.log.Of(EventKind::kFree));
  }
  std::ranges::sort(orders);
  EXPECT_GT(std::ranges::unique(orders).begin() - orders.begin(), 4);
}

TEST(DeferredInitTest, NoScheduleMakesMergingReadAPageThatWaits) {
  for (uint64_t schedule = 0; schedule < 50; ++schedule) {
    Deferred m;
    Furnish(m);
    // The listener sees what is about to happen: so look whether the page is there already.
    struct Reads final : EventListener {
      explicit Reads(const Memmap* pages) : memmap(pages) {}
      void OnEvent(const Event& event) override {
        if (event.kind != EventKind::kBuddyRead) return;
        EXPECT_TRUE(memmap->Initialised(event.range)) << event.range.begin.value;
        ++reads;
      }
      const Memmap* memmap;
      int reads = 0;
    } reads(&m.memmap);
    m.memmap.set_listener(&reads);
    ASSERT_TRUE(PageAllocInitLate(m.boot, 4, schedule).ok());
    EXPECT_GT(reads.reads, 0) << "nothing was merged";
  }
}

TEST(DeferredInitTest, ChunkStopsAtItsEndsAndAtMaxOrderBlocks) {
  Deferred m;
  m.AddMemory(0, 64);
  m.Reserve(27, 29);
  m.UpToFreeAll();
  EXPECT_EQ(DeferredInitChunk(m.boot, 0, Pfns(16, 48)), 30u);
  EXPECT_EQ(m.log.Of(EventKind::kFree), "[16, 24) [24, 27) [29, 32) [32, 48)");
  EXPECT_EQ(m.log.Of(EventKind::kInit), "[16, 24) [24, 27) [29, 32) [32, 48)");
}

TEST(DeferredInitTest, ChunkLeavesOtherNodesMemoryAlone) {
  Deferred m;
  m.AddMemory(0, 48, 0);
  m.AddMemory(48, 80, 1);
  m.AddMemory(80, 128, 0);
  m.UpToFreeAll();
  EXPECT_EQ(DeferredInitChunk(m.boot, 0, Pfns(32, 128)), 64u);
  EXPECT_EQ(m.log.Of(EventKind::kFree), "[32, 48) [80, 128)");
}

TEST(DeferredInitTest, FirstDeferredOutsideOfItsNodeIsABug) {
  Deferred m;
  m.AddMemory(0, 64);
  m.UpToFreeAll();
  m.nodes.at(0).first_deferred = Pfn{80};
  const absl::Status status = PageAllocInitLate(m.boot, 1, 0);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("node 0"));
}

// ---- growing early ----

TEST(DeferredGrowZoneTest, GrowsByWholeSectionsOfFreePages) {
  Deferred m;
  m.AddMemory(0, 128);
  m.UpToFreeAll();
  EXPECT_TRUE(DeferredGrowZone(m.boot, 0, 0));
  EXPECT_EQ(m.nodes.at(0).first_deferred, Pfn{32});
  EXPECT_TRUE(DeferredGrowZone(m.boot, 0, 5));
  EXPECT_EQ(m.nodes.at(0).first_deferred, Pfn{64}) << "32 pages are two sections";
  EXPECT_EQ(m.Free(), "[0, 64)\n");
}

TEST(DeferredGrowZoneTest, SectionWithFewFreePagesTakesTheNextAlong) {
  Deferred m;
  m.AddMemory(0, 128);
  m.Reserve(17, 32);
  m.UpToFreeAll();
  EXPECT_TRUE(DeferredGrowZone(m.boot, 0, 0));
  EXPECT_EQ(m.nodes.at(0).first_deferred, Pfn{48});
  EXPECT_EQ(m.Free(), "[0, 17)\n[32, 48)\n");
}

TEST(DeferredGrowZoneTest, NodeGrownToItsEndHasNothingThatWaits) {
  for (const uint64_t end : {60, 64}) {
    Deferred m;
    m.AddMemory(0, end);
    m.UpToFreeAll();
    EXPECT_TRUE(DeferredGrowZone(m.boot, 0, 6));
    EXPECT_EQ(m.nodes.at(0).first_deferred, kNothingDeferred);
    EXPECT_FALSE(DeferredGrowZone(m.boot, 0, 0));
    EXPECT_TRUE(PageAllocInitLate(m.boot, 4, 0).ok());
    EXPECT_EQ(m.Free(), absl::StrCat("[0, ", end, ")\n"));
  }
}

TEST(DeferredGrowZoneTest, WhatIsLeftIsDoneByTheThreadsAndEndsAlike) {
  Deferred whole;
  Furnish(whole);
  ASSERT_TRUE(PageAllocInitLate(whole.boot, 4, 3).ok());
  for (int grown = 1; grown < 20; ++grown) {
    Deferred m;
    Furnish(m);
    for (int i = 0; i < grown; ++i) {
      (void)DeferredGrowZone(m.boot, i % 2, static_cast<unsigned>(i % 5));
    }
    ASSERT_TRUE(PageAllocInitLate(m.boot, 4, 3).ok());
    ASSERT_EQ(m.State(), whole.State()) << grown;
  }
}

TEST(DeferredGrowZoneTest, NothingFreeInWhatWaitsIsNoGrowth) {
  Deferred m;
  m.AddMemory(0, 48);
  m.Reserve(16, 48);
  m.UpToFreeAll();
  EXPECT_FALSE(DeferredGrowZone(m.boot, 0, 0));
  EXPECT_EQ(m.nodes.at(0).first_deferred, kNothingDeferred);
}

// ---- what is read afterwards ----

TEST(ReadAfterDeferredInitTest, ReadsPagesThatNobodyInitialised) {
  Deferred m;
  m.AddMemory(0, 64);
  m.UpToFreeAll();
  ReadAfterDeferredInit(m.boot);
  EXPECT_THAT(m.log.Of(EventKind::kRead), HasSubstr("[16, 17)"));
}

// The zone's first page and each pageblock's first and last are read; what is missing between them
// is not seen.
TEST(ReadAfterDeferredInitTest, WhatIsMissingWithinAPageblockIsNotRead) {
  const auto missing = [](PfnRange pfns) {
    Deferred m;
    m.AddMemory(0, 16);
    m.UpToFreeAll();
    m.memmap.Offline(pfns, "test");
    m.log.events.clear();
    ReadAfterDeferredInit(m.boot);
    return m.log.Of(EventKind::kRead);
  };
  EXPECT_EQ(missing(Pfns(5, 7)), missing(Pfns(5, 5)));
  EXPECT_THAT(missing(Pfns(5, 8)), HasSubstr("[7, 8)"));
  EXPECT_THAT(missing(Pfns(7, 9)), HasSubstr("[8, 9)"));
}

TEST(ReadAfterDeferredInitTest, ReadsNothingThatIsMissingOnceAllIsDone) {
  Deferred m;
  Furnish(m);
  ASSERT_TRUE(PageAllocInitLate(m.boot, 2, 1).ok());
  m.log.events.clear();
  ReadAfterDeferredInit(m.boot);
  EXPECT_NE(m.log.Of(EventKind::kRead), "");
  for (const Event& event : m.log.events) {
    EXPECT_TRUE(m.memmap.Initialised(event.range)) << event.range.begin.value;
  }
}

}  // namespace
}  // namespace khofuzz
