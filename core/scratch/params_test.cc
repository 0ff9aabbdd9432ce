#include "core/scratch/params.h"

#include <cstdint>
#include <string>
#include <string_view>

#include "core/designs/test_named.h"
#include "core/memblock/memblock.h"
#include "core/sizes.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

using ::testing::HasSubstr;

constexpr uint64_t kMax64 = ~uint64_t{0};

ScratchParams Scale(unsigned percent) { return {.scale = percent}; }
ScratchParams Sizes(uint64_t lowmem, uint64_t global, uint64_t pernode) {
  return {.scale = 0, .lowmem = lowmem, .global = global, .pernode = pernode};
}

void ExpectParses(std::string_view text, const ScratchParams& expected) {
  const absl::StatusOr<ScratchParams> params = ParseScratchParams(text);
  ASSERT_TRUE(params.ok()) << text << ": " << params.status();
  EXPECT_EQ(params->scale, expected.scale) << text;
  EXPECT_EQ(params->lowmem, expected.lowmem) << text;
  EXPECT_EQ(params->global, expected.global) << text;
  EXPECT_EQ(params->pernode, expected.pernode) << text;
}

void ExpectRefused(std::string_view text, const std::string& because) {
  const absl::StatusOr<ScratchParams> params = ParseScratchParams(text);
  EXPECT_EQ(params.status().code(), absl::StatusCode::kInvalidArgument) << text;
  EXPECT_THAT(std::string(params.status().message()), HasSubstr(because)) << text;
}

TEST(ScratchParamsTest, PercentagesAreDecimal) {
  ExpectParses("50%", Scale(50));
  ExpectParses("010%", Scale(10));
  ExpectParses("+7%", Scale(7));
  ExpectParses("0%", Sizes(0, 0, 0));
  ExpectRefused("0x10%", "byte offset 1: 'x'");
  ExpectRefused("-1%", "byte offset 0: '-', expected a decimal number");
  ExpectRefused("++1%", "byte offset 1");
  ExpectRefused("%", "byte offset 0");
  ExpectRefused("5%%", "byte offset 1");
  ExpectRefused("1 %", "byte offset 1");
}

TEST(ScratchParamsTest, APercentageFitsTheKernelsBufferAnd32Bits) {
  ExpectParses("4294967295%", Scale(4294967295u));
  ExpectParses("+429496729%", Scale(429496729));
  ExpectRefused("4294967296%", "at most 32 bits");
  ExpectRefused("9999999999%", "at most 32 bits");
  ExpectRefused("+4294967295%", "byte offset 11");
  ExpectRefused("00000000050%", "byte offset 11");
}

TEST(ScratchParamsTest, OneNewlineMayEndAPercentage) {
  ExpectParses("50\n%", Scale(50));
  ExpectRefused("50\n\n%", "byte offset 3");
  ExpectRefused("\n%", "byte offset 0");
}

TEST(ScratchParamsTest, SizesTakeSuffixesInEitherCase) {
  ExpectParses("16M,64m,32M", Sizes(16 * kMiB, 64 * kMiB, 32 * kMiB));
  ExpectParses("1k,2G,3t", Sizes(kKiB, 2 * kGiB, 3 * kGiB << 10));
  ExpectParses("1P,1e,7", Sizes(kGiB << 20, kGiB << 30, 7));
  ExpectParses("0,0,1", Sizes(0, 0, 1));
}

TEST(ScratchParamsTest, SizesTakeTheirBaseFromTheirPrefix) {
  ExpectParses("0x10,0X1fK,010", Sizes(16, 31 * kKiB, 8));
  ExpectParses("0x1e,0x1p,1", Sizes(30, kGiB << 20, 1));
  ExpectRefused("08,1,1", "byte offset 1: '8', expected ','");
  ExpectRefused("0x,1,1", "byte offset 1: 'x', expected ','");
  ExpectRefused(std::string_view("1,1,0x1", 6), "byte offset 5: 'x', expected the end");
  ExpectRefused("0xg,1,1", "byte offset 1: 'x', expected ','");
}

TEST(ScratchParamsTest, SizesBeyond64BitsSaturate) {
  ExpectParses("18446744073709551615,1,1", Sizes(kMax64, 1, 1));
  ExpectParses("99999999999999999999999,1,1", Sizes(kMax64, 1, 1));
  ExpectParses("16E,1,1", Sizes(kMax64, 1, 1));
  ExpectParses("15E,1,1", Sizes(15 * (kGiB << 30), 1, 1));
  ExpectParses("0xfffffffffffffffffK,1,1", Sizes(kMax64, 1, 1));
}

TEST(ScratchParamsTest, SizesThatSumToZeroAreRefused) {
  ExpectRefused("0,0,0", "whose sum");
  ExpectRefused("18446744073709551615,1,0", "whose sum");
  ExpectRefused("8E,8E,0", "whose sum");
}

TEST(ScratchParamsTest, ExactlyThreeSizesAreExpected) {
  ExpectRefused("", "byte offset 0: the end");
  ExpectRefused("16M", "byte offset 3: the end, expected ','");
  ExpectRefused("16M,16M", "byte offset 7: the end, expected ','");
  ExpectRefused("16M,16M,", "byte offset 8: the end, expected a size");
  ExpectRefused("16M,,16M", "byte offset 4: ',', expected a size");
  ExpectRefused("16M,16M,16M,", "byte offset 11: ',', expected the end");
  ExpectRefused("16M,16M,16Mfoo", "byte offset 11: 'f'");
  ExpectRefused("16MB,16M,16M", "byte offset 3: 'B'");
  ExpectRefused(" 16M,16M,16M", "byte offset 0: ' '");
  ExpectRefused("K,1,1", "byte offset 0: 'K', expected a size");
  ExpectRefused("-1,1,1", "byte offset 0: '-'");
  ExpectRefused("+1,1,1", "byte offset 0: '+'");
}

TEST(ScratchParamsTest, ANulEndsTheText) {
  ExpectParses(std::string_view("50%\0junk", 8), Scale(50));
  ExpectRefused(std::string_view("\0", 1), "byte offset 0");
}

TEST(ScratchParamsFromCommandLineTest, FindsTheArgumentInItsVariousSpellings) {
  EXPECT_EQ(ScratchParamsFromCommandLine("console=ttyS0 kho=on kho_scratch=16M,64M,32M"),
            Sizes(16 * kMiB, 64 * kMiB, 32 * kMiB));
  EXPECT_EQ(ScratchParamsFromCommandLine("kho-scratch=50%"), Scale(50));
  EXPECT_EQ(ScratchParamsFromCommandLine("\"kho_scratch=50%\""), Scale(50));
  EXPECT_EQ(ScratchParamsFromCommandLine("kho_scratch=\"50%\" quiet"), Scale(50));
}

TEST(ScratchParamsFromCommandLineTest, DefaultsToTwiceTheKernelsMemory) {
  EXPECT_EQ(ScratchParamsFromCommandLine(""), Scale(200));
  EXPECT_EQ(ScratchParamsFromCommandLine("kho_scratch"), Scale(200));
  EXPECT_EQ(ScratchParamsFromCommandLine("kho_scratch="), Scale(200));
  EXPECT_EQ(ScratchParamsFromCommandLine("kho_scratch=16M"), Scale(200));
  EXPECT_EQ(ScratchParamsFromCommandLine("xkho_scratch=50% kho_scratchx=50%"), Scale(200));
  EXPECT_EQ(ScratchParamsFromCommandLine("-- kho_scratch=50%"), Scale(200));
  EXPECT_EQ(ScratchParamsFromCommandLine("x=\"kho_scratch=50% y"), Scale(200));
}

TEST(ScratchParamsFromCommandLineTest, TheLastOneThatParsesWins) {
  EXPECT_EQ(ScratchParamsFromCommandLine("kho_scratch=50% kho_scratch=70%"), Scale(70));
  EXPECT_EQ(ScratchParamsFromCommandLine("kho_scratch=50% kho_scratch=junk"), Scale(50));
  EXPECT_EQ(ScratchParamsFromCommandLine("kho_scratch=50% kho_scratch=1M,2M,3M"),
            Sizes(kMiB, 2 * kMiB, 3 * kMiB));
}

TEST(ScratchParamsFromCommandLineTest, APercentageLeavesEarlierSizesInPlace) {
  EXPECT_EQ(ScratchParamsFromCommandLine("kho_scratch=1M,2M,3M kho_scratch=0%"),
            Sizes(kMiB, 2 * kMiB, 3 * kMiB));
  EXPECT_EQ(ScratchParamsFromCommandLine("kho_scratch=1M,2M,3M kho_scratch=50%").scale, 50u);
}

// Two nodes of 8 GiB; kernel memory of 10M+1 low, and 20M on node 1 above 4 GiB.
Memblock Machine() {
  Memblock memblock(4096, Design());
  EXPECT_TRUE(memblock.AddMemory({PhysAddr{kMiB}, PhysAddr{8 * kGiB}}, 0).ok());
  EXPECT_TRUE(memblock.AddMemory({PhysAddr{8 * kGiB}, PhysAddr{16 * kGiB}}, 1).ok());
  const auto reserve = [&memblock](uint64_t base, uint64_t size, NodeId nid, MemblockFlags flags) {
    EXPECT_TRUE(memblock.Reserve(CappedRange(PhysAddr{base}, size), nid, flags).ok());
  };
  reserve(16 * kMiB, 10 * kMiB + 1, 0, kMemblockRsrvKern);
  reserve(64 * kMiB, 512 * kMiB, 0, kMemblockNone);
  reserve(9 * kGiB, 20 * kMiB, 1, kMemblockRsrvKern);
  return memblock;
}

TEST(ScratchSizeTest, ScaledSizesCoverKernelMemoryLowAndAll) {
  const Geometry geometry = X86Geometry();
  const ScratchSizes sizes = ScratchSizeUpdate(Scale(200), Machine(), geometry, Design());
  EXPECT_EQ(sizes.lowmem, 24 * kMiB);  // 2 * (10M + 1), rounded up to 4M
  EXPECT_EQ(sizes.global, 40 * kMiB);  // the rest: 2 * 20M
  EXPECT_EQ(ScratchSizeNode(Scale(200), Machine(), 0, geometry, Design()), 24 * kMiB);
  EXPECT_EQ(ScratchSizeNode(Scale(200), Machine(), 1, geometry, Design()), 40 * kMiB);
  EXPECT_EQ(ScratchSizeNode(Scale(10), Machine(), 0, geometry, Design()), 4 * kMiB);
  EXPECT_EQ(ScratchSizeNode(Scale(200), Machine(), 2, geometry, Design()), 0u);
}

TEST(ScratchSizeTest, GiganticPagesDoNotCount) {
  Memblock memblock = Machine();
  ASSERT_TRUE(memblock
                  .Reserve(CappedRange(PhysAddr{2 * kGiB}, kGiB), 0,
                           kMemblockRsrvKern | kMemblockRsrvHugetlb)
                  .ok());
  ASSERT_TRUE(memblock
                  .Reserve(CappedRange(PhysAddr{10 * kGiB}, kGiB), 1,
                           kMemblockRsrvKern | kMemblockRsrvHugetlb)
                  .ok());
  const ScratchSizes sizes = ScratchSizeUpdate(Scale(200), memblock, X86Geometry(), Design());
  EXPECT_EQ(sizes.lowmem, 24 * kMiB);
  EXPECT_EQ(sizes.global, 40 * kMiB);
  EXPECT_EQ(ScratchSizeNode(Scale(200), memblock, 1, X86Geometry(), Design()), 40 * kMiB);
}

TEST(ScratchSizeTest, ExplicitSizesAreRoundedUpToo) {
  const Geometry geometry = X86Geometry();
  const ScratchParams params = Sizes(17 * kMiB, 1, 5 * kMiB);
  const ScratchSizes sizes = ScratchSizeUpdate(params, Machine(), geometry, Design());
  EXPECT_EQ(sizes.lowmem, 20 * kMiB);
  EXPECT_EQ(sizes.global, 4 * kMiB);
  EXPECT_EQ(ScratchSizeNode(params, Machine(), 0, geometry, Design()), 8 * kMiB);
  EXPECT_EQ(ScratchSizeUpdate(Sizes(0, 1, 0), Machine(), geometry, Design()).lowmem, 0u);
}

TEST(ScratchSizeTest, RoundingWrapsAsTheKernelsDoes) {
  EXPECT_EQ(ScratchSizeUpdate(Sizes(kMax64, 0, 0), Machine(), X86Geometry(), Design()).lowmem, 0u);
}

TEST(ScratchSizeTest, QuirkLeavesExplicitLowmemAndGlobalUnrounded) {
  const Design design{QuirkNamed("scratch-explicit-unrounded")};
  const Geometry geometry = X86Geometry();
  const ScratchParams params = Sizes(17 * kMiB, 1, 5 * kMiB);
  const ScratchSizes sizes = ScratchSizeUpdate(params, Machine(), geometry, design);
  EXPECT_EQ(sizes.lowmem, 17 * kMiB);
  EXPECT_EQ(sizes.global, 1u);
  EXPECT_EQ(ScratchSizeNode(params, Machine(), 0, geometry, design), 8 * kMiB);
  EXPECT_EQ(ScratchSizeUpdate(Scale(200), Machine(), geometry, design).lowmem, 24 * kMiB);
}

}  // namespace
}  // namespace khofuzz
