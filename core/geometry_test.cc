#include "core/geometry.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "core/address.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

using ::testing::StartsWith;

std::string Complaint(const Geometry& geometry) {
  const absl::Status status = geometry.Validate();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  return std::string(status.message());
}

TEST(GeometryTest, TheNamedGeometriesAreValid) {
  for (const Geometry& geometry :
       {X86Geometry(), Arm64Geometry16K(), Arm64Geometry64K(), TinyGeometry()}) {
    EXPECT_TRUE(geometry.Validate().ok()) << geometry.Validate();
  }
}

TEST(GeometryTest, SizesAreThoseOfTheKernelConfigurations) {
  const Geometry x86 = X86Geometry();
  EXPECT_EQ(x86.page_size(), uint64_t{4} << 10);
  EXPECT_EQ(x86.pageblock_bytes(), uint64_t{2} << 20);
  EXPECT_EQ(x86.scratch_alignment(), uint64_t{4} << 20);
  EXPECT_EQ(x86.section_bytes(), uint64_t{128} << 20);
  EXPECT_EQ(x86.extension_bytes(), uint64_t{1} << 30);
  EXPECT_EQ(Arm64Geometry16K().pageblock_bytes(), uint64_t{32} << 20);
  EXPECT_EQ(Arm64Geometry64K().pageblock_bytes(), uint64_t{512} << 20);
  EXPECT_EQ(TinyGeometry().scratch_alignment(), uint64_t{256} << 10);
}

TEST(GeometryTest, EachMisfitIsNamed) {
  EXPECT_THAT(Complaint({.page_shift = 13}), StartsWith("page_shift is 13"));
  EXPECT_THAT(Complaint({.max_page_order = 21}), StartsWith("max_page_order is 21"));
  EXPECT_THAT(Complaint({.pageblock_order = 11}), StartsWith("pageblock_order is 11"));
  EXPECT_THAT(Complaint({.section_shift = 21}), StartsWith("section_shift is 21"));
  EXPECT_THAT(Complaint({.section_shift = 41}), StartsWith("section_shift is 41"));
  EXPECT_THAT(Complaint({.extension_shift = 11}), StartsWith("extension_shift is 11"));
  EXPECT_THAT(Complaint({.extension_shift = 41}), StartsWith("extension_shift is 41"));
}

TEST(GeometryTest, SizesMayCoincide) {
  EXPECT_TRUE((Geometry{.pageblock_order = 10, .section_shift = 22, .extension_shift = 12})
                  .Validate()
                  .ok());
}

TEST(GeometryTest, PartialPagesRoundOutwards) {
  const Geometry geometry = X86Geometry();
  EXPECT_EQ(geometry.PfnDown({0x1fff}), Pfn{1});
  EXPECT_EQ(geometry.PfnUp({0x1001}), Pfn{2});
  EXPECT_EQ(geometry.PfnUp({0x1000}), Pfn{1});
  EXPECT_EQ(geometry.ToAddr(PfnRange{{1}, {3}}), (AddrRange{{0x1000}, {0x3000}}));
}

TEST(AddressTest, RoundingUpNeverWraps) {
  EXPECT_EQ(AlignUp(PhysAddr{1}, 0x1000), PhysAddr{0x1000});
  EXPECT_EQ(AlignUp(PhysAddr{0x1000}, 0x1000), PhysAddr{0x1000});
  EXPECT_EQ(AlignUp(kPhysAddrMax, 0x1000), (PhysAddr{0xfffffffffffff000}));
}

TEST(AddressTest, RangesAreHalfOpen) {
  const AddrRange range{{0x1000}, {0x3000}};
  EXPECT_TRUE(range.Contains(PhysAddr{0x1000}));
  EXPECT_FALSE(range.Contains(PhysAddr{0x3000}));
  EXPECT_FALSE(range.Overlaps({{0x3000}, {0x4000}}));
  EXPECT_TRUE(range.Overlaps({{0x2fff}, {0x4000}}));
  EXPECT_EQ(range.Intersect({{0x2000}, {0x9000}}), (AddrRange{{0x2000}, {0x3000}}));
  EXPECT_TRUE(range.Intersect({{0x8000}, {0x9000}}).empty());
}

TEST(AddressTest, AnEmptyRangeOverlapsNothing) {
  const AddrRange empty{{0x2000}, {0x2000}};
  EXPECT_FALSE(empty.Overlaps({{0x1000}, {0x3000}}));
  EXPECT_FALSE((AddrRange{{0x1000}, {0x3000}}).Overlaps(empty));
}

TEST(AddressTest, SizesAreCappedAtTheEndOfTheAddressSpace) {
  const PhysAddr base = kPhysAddrMax - 0x10;
  EXPECT_EQ(CappedRange(base, 0x8).end, base + 0x8);
  EXPECT_EQ(CappedRange(base, 0x1000).end, kPhysAddrMax);
}

}  // namespace
}  // namespace khofuzz
