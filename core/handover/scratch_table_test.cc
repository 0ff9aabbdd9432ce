#include "core/handover/scratch_table.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/designs/test_named.h"
#include "core/sizes.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ScratchArea AreaOf(uint64_t addr, uint64_t size) { return {PhysAddr{addr}, size}; }

TEST(ScratchTableTest, BytesAreLittleEndianPairs) {
  const ScratchTable table{{AreaOf(0x39c00000, 0x4800000)}};
  EXPECT_THAT(table.Serialize(), ElementsAre(0, 0, 0xc0, 0x39, 0, 0, 0, 0,  //
                                             0, 0, 0x80, 0x04, 0, 0, 0, 0));
}

TEST(ScratchTableTest, ParsesWhatItSerializes) {
  const ScratchTable table{{AreaOf(0x39c00000, 0x4800000), AreaOf(0x3f800000, 0),
                            AreaOf(0x123456789abcdef0, 0x0fedcba987654321),
                            AreaOf(0, ~uint64_t{0})}};
  const absl::StatusOr<ScratchTable> parsed = ParseScratchTable(table.Serialize());
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(*parsed, table);
}

TEST(ScratchTableTest, RefusesLengthsThatNoTableHas) {
  const std::vector<uint8_t> bytes((kMaxScratchAreas + 1) * 16);
  const std::span<const uint8_t> all(bytes);
  EXPECT_TRUE(ParseScratchTable(all.first(kMaxScratchAreas * 16)).ok());
  for (const size_t length : {size_t{15}, size_t{40}, bytes.size()}) {
    const absl::StatusOr<ScratchTable> parsed = ParseScratchTable(all.first(length));
    EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(parsed.status().message()),
                HasSubstr("length is " + std::to_string(length)));
  }
}

TEST(ScratchTableTest, RefusesAnAreaThatWrapsAndNamesIt) {
  const ScratchTable table{{AreaOf(0, 16), AreaOf(~uint64_t{0} - 15, 16)}};
  const absl::StatusOr<ScratchTable> parsed = ParseScratchTable(table.Serialize());
  EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(parsed.status().message()), HasSubstr("area 1 at 0xfffffffffffffff0"));
}

TEST(ScratchTableTest, OverlapMeansSharingAByteWithANonEmptyArea) {
  const ScratchTable table{{AreaOf(4 * kMiB, 4 * kMiB), AreaOf(16 * kMiB, 0)}};
  EXPECT_TRUE(table.Overlaps({{7 * kMiB}, {9 * kMiB}}));
  EXPECT_FALSE(table.Overlaps({{8 * kMiB}, {9 * kMiB}}));
  EXPECT_FALSE(table.Overlaps({{3 * kMiB}, {4 * kMiB}}));
  EXPECT_FALSE(table.Overlaps({{15 * kMiB}, {17 * kMiB}}));
}

TEST(ScratchTableTest, BytesAreThoseOfAllAreas) {
  EXPECT_EQ(ScratchTable().bytes(), 0u);
  EXPECT_EQ((ScratchTable{{AreaOf(4 * kMiB, 4 * kMiB), AreaOf(8 * kMiB, 0), AreaOf(16 * kMiB, 1)}})
                .bytes(),
            4 * kMiB + 1);
}

TEST(ScratchTableTest, AQuirkCountsAnEmptyAreaInsideARangeOnly) {
  const ScratchTable table{{AreaOf(16 * kMiB, 0)}};
  const Design ends_only = {QuirkNamed("scratch-overlap-counts-empty")};
  EXPECT_TRUE(KhoScratchOverlap(table, {{15 * kMiB}, {17 * kMiB}}, ends_only));
  EXPECT_FALSE(KhoScratchOverlap(table, {{16 * kMiB}, {17 * kMiB}}, ends_only));
  EXPECT_FALSE(KhoScratchOverlap(table, {{15 * kMiB}, {16 * kMiB}}, ends_only));
}

TEST(ScratchTableTest, CountsEveryPageblockTouchedOnce) {
  const Geometry geometry = X86Geometry();  // 2M pageblocks
  EXPECT_EQ((ScratchTable{{AreaOf(4 * kMiB, 4 * kMiB)}}).Pageblocks(geometry), 2u);
  EXPECT_EQ((ScratchTable{{AreaOf(4 * kMiB, 0)}}).Pageblocks(geometry), 0u);
  // Unaligned ends belong to their pageblocks; two areas in one pageblock are one.
  EXPECT_EQ((ScratchTable{{AreaOf(3 * kMiB, 2 * kMiB)}}).Pageblocks(geometry), 2u);
  EXPECT_EQ(
      (ScratchTable{{AreaOf(3 * kMiB, kMiB / 4), AreaOf(2 * kMiB, kMiB / 4)}}).Pageblocks(geometry),
      1u);
  // One within another, in either order.
  EXPECT_EQ(
      (ScratchTable{{AreaOf(6 * kMiB, kMiB), AreaOf(4 * kMiB, 16 * kMiB)}}).Pageblocks(geometry),
      8u);
  EXPECT_EQ((ScratchTable{{AreaOf(0, ~uint64_t{0})}}).Pageblocks(geometry), uint64_t{1} << 43);
}

TEST(ScratchTableTest, AcceptsWhatTheKernelReserved) {
  const ScratchTable table{
      {AreaOf(0x39c00000, 0x4800000), AreaOf(0x3f800000, 0), AreaOf(0x35800000, 0x4400000)}};
  EXPECT_TRUE(ValidateScratchTable(table, X86Geometry()).ok());
}

TEST(ScratchTableTest, AnEmptyAreaNeedsNeitherAlignmentNorRoom) {
  const ScratchTable table{{AreaOf(8 * kMiB, 8 * kMiB), AreaOf(9 * kMiB, 0)}};
  EXPECT_TRUE(ValidateScratchTable(table, X86Geometry()).ok());
}

TEST(ScratchTableTest, MisalignedEndsAreFoundByArea) {
  const Geometry geometry = X86Geometry();
  for (const ScratchArea& bad : {AreaOf(6 * kMiB, 2 * kMiB), AreaOf(8 * kMiB, 17 * kMiB)}) {
    const absl::Status status =
        ValidateScratchTable({{AreaOf(64 * kMiB, 4 * kMiB), bad}}, geometry);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr("area 1"));
    EXPECT_THAT(std::string(status.message()), HasSubstr("0x400000"));
  }
}

TEST(ScratchTableTest, OverlapsAreFoundWhateverTheOrder) {
  const ScratchTable table{
      {AreaOf(16 * kMiB, 8 * kMiB), AreaOf(0, 4 * kMiB), AreaOf(8 * kMiB, 12 * kMiB)}};
  const absl::Status status = ValidateScratchTable(table, X86Geometry());
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("area 2"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("overlaps area 0"));
}

}  // namespace
}  // namespace khofuzz
