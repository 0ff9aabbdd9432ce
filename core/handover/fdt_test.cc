#include "core/handover/fdt.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/sizes.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

extern "C" {
#include <libfdt.h>
}

namespace khofuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr PhysAddr kMap{0x1e8d000};
const KhoSubtree kLuo{"LUO", PhysAddr{0x2603000}, 0x20};
const KhoSubtree kMetadata{"kexec-metadata", PhysAddr{0x1e95000}, 0x49};

std::vector<uint8_t> RecordedFdt() {
  std::ifstream file(KHOFUZZ_SOURCE_DIR "/corpus/captures/a_1node_1G_2x1M/fdt.dtb",
                     std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

KhoFdtBuilder NewBuilder(uint64_t capacity = kPage4K) {
  absl::StatusOr<KhoFdtBuilder> builder = KhoFdtBuilder::Create(capacity, KhoVersion::kV4, kMap);
  EXPECT_TRUE(builder.ok()) << builder.status();
  return *builder;
}

// Writes an FDT property by property, as wrong as a test wants it.
class RawFdt {
 public:
  RawFdt() : blob_(kPage4K) {
    fdt_create(blob_.data(), static_cast<int>(blob_.size()));
    fdt_finish_reservemap(blob_.data());
    fdt_begin_node(blob_.data(), "");
  }
  RawFdt& Begin(const char* name) {
    fdt_begin_node(blob_.data(), name);
    return *this;
  }
  RawFdt& End() {
    fdt_end_node(blob_.data());
    return *this;
  }
  RawFdt& Text(const char* property, std::string_view value) {
    fdt_property(blob_.data(), property, value.data(), static_cast<int>(value.size()));
    return *this;
  }
  RawFdt& U64(const char* property, uint64_t value) {
    fdt_property(blob_.data(), property, &value, sizeof(value));
    return *this;
  }
  RawFdt& Root() {
    return Text("compatible", {"kho-v4", 7}).U64("preserved-memory-map", kMap.value);
  }
  RawFdt& Subtree(const char* name, uint64_t data, uint64_t size) {
    return Begin(name).U64("preserved-data", data).U64("blob-size", size).End();
  }
  std::vector<uint8_t> Bytes() {
    End();
    fdt_finish(blob_.data());
    return blob_;
  }
  absl::StatusOr<KhoFdt> Parse() { return ParseKhoFdt(Bytes()); }

 private:
  std::vector<uint8_t> blob_;
};

void ExpectRefused(const absl::StatusOr<KhoFdt>& fdt, const std::string& because) {
  EXPECT_EQ(fdt.status().code(), absl::StatusCode::kInvalidArgument) << fdt.status();
  EXPECT_THAT(std::string(fdt.status().message()), HasSubstr(because));
}

TEST(ParseKhoFdtTest, ReadsWhatARealKernelHandedOver) {
  const absl::StatusOr<KhoFdt> fdt = ParseKhoFdt(RecordedFdt());
  ASSERT_TRUE(fdt.ok()) << fdt.status();
  EXPECT_EQ(fdt->version, KhoVersion::kV4);
  EXPECT_EQ(fdt->memory_map, kMap);
  EXPECT_THAT(fdt->subtrees, ElementsAre(kLuo, kMetadata));
}

TEST(ParseKhoFdtTest, AWholePageIsAsGoodAsTheBlob) {
  std::vector<uint8_t> page = RecordedFdt();
  page.resize(kPage4K, 0xff);
  const absl::StatusOr<KhoFdt> fdt = ParseKhoFdt(page);
  ASSERT_TRUE(fdt.ok()) << fdt.status();
  EXPECT_EQ(fdt->subtrees.size(), 2u);
}

TEST(ParseKhoFdtTest, ReadsTheBytesWhereverTheyLie) {
  std::vector<uint8_t> shifted = RecordedFdt();
  shifted.insert(shifted.begin(), 3, 0);
  EXPECT_TRUE(ParseKhoFdt(std::span<const uint8_t>(shifted).subspan(3)).ok());
}

TEST(ParseKhoFdtTest, RefusesAnyTruncation) {
  const std::vector<uint8_t> whole = RecordedFdt();
  ASSERT_FALSE(whole.empty());
  for (size_t length = 0; length < whole.size(); ++length) {
    // A vector of just that length, so that a read beyond it is caught.
    const std::vector<uint8_t> bytes(whole.begin(), whole.begin() + length);
    ASSERT_FALSE(ParseKhoFdt(bytes).ok()) << length;
  }
}

TEST(ParseKhoFdtTest, AHeaderThatLiesAboutItsSizeIsCaughtFirst) {
  std::vector<uint8_t> bytes = RecordedFdt();
  bytes[4] = 0xff;
  ExpectRefused(ParseKhoFdt(bytes), "byte offset 4: totalsize is 4278190365, expected at most 285");
  std::vector<uint8_t> huge(kMaxKhoFdtBytes + 1);
  std::ranges::copy(RecordedFdt(), huge.begin());
  fdt_set_totalsize(huge.data(), kMaxKhoFdtBytes + 1);
  ExpectRefused(ParseKhoFdt(huge), "expected at most 65536");
}

TEST(ParseKhoFdtTest, WhatIsNoFdtIsSaidToBeNone) {
  ExpectRefused(ParseKhoFdt({}), "0 bytes");
  ExpectRefused(ParseKhoFdt(std::vector<uint8_t>(kPage4K)), "byte offset 0: magic is 0x0");
}

TEST(ParseKhoFdtTest, DamagedBytesAreReadSafely) {
  const std::vector<uint8_t> whole = RecordedFdt();
  ASSERT_FALSE(whole.empty());
  std::mt19937_64 random(7);
  for (int round = 0; round < 20000; ++round) {
    std::vector<uint8_t> bytes = whole;
    for (uint64_t n = random() % 4 + 1; n > 0; --n) {
      bytes[random() % bytes.size()] = static_cast<uint8_t>(random() >> (random() % 57));
    }
    const absl::StatusOr<KhoFdt> fdt = ParseKhoFdt(bytes);
    if (fdt.ok()) {
      ASSERT_NE(fdt->memory_map.value, 0u);
    } else {
      ASSERT_EQ(fdt.status().code(), absl::StatusCode::kInvalidArgument);
      ASSERT_FALSE(fdt.status().message().empty());
    }
  }
}

TEST(ParseKhoFdtTest, RefusesDamageInWhatItWouldIgnore) {
  const uint64_t mark = 0x1122334455667788;
  std::vector<uint8_t> bytes = RawFdt().Root().U64("colour", mark).Bytes();
  EXPECT_TRUE(ParseKhoFdt(bytes).ok());
  std::array<uint8_t, 8> needle;
  std::memcpy(needle.data(), &mark, sizeof(mark));
  const auto value = std::ranges::search(bytes, needle).begin();
  ASSERT_NE(value, bytes.end());
  value[-4] = 0x7f;  // where the property's name lies
  ExpectRefused(ParseKhoFdt(bytes), "structure: FDT_ERR_");
}

TEST(ParseKhoFdtTest, KnowsBothVersionsAndNoOther) {
  const absl::StatusOr<KhoFdt> v3 =
      RawFdt().Text("compatible", {"kho-v3", 7}).U64("preserved-memory-map", 1).Parse();
  ASSERT_TRUE(v3.ok()) << v3.status();
  EXPECT_EQ(v3->version, KhoVersion::kV3);
  ExpectRefused(RawFdt().Text("compatible", {"kho-v2", 7}).U64("preserved-memory-map", 1).Parse(),
                "root node, compatible: 'kho-v2\\x00', expected 'kho-v4' or 'kho-v3'");
  ExpectRefused(RawFdt().U64("preserved-memory-map", 1).Parse(), "root node, compatible");
}

TEST(ParseKhoFdtTest, CompatibleIsAListOfStrings) {
  const absl::StatusOr<KhoFdt> fdt =
      RawFdt().Text("compatible", {"kho-v9\0kho-v4", 14}).U64("preserved-memory-map", 1).Parse();
  ASSERT_TRUE(fdt.ok()) << fdt.status();
  EXPECT_EQ(fdt->version, KhoVersion::kV4);
}

// Proposed in 2026: the versions of a handover's parts behind its own.
TEST(ParseKhoFdtTest, CompatibleMayBeComposed) {
  const auto parse = [](const std::string& text) {
    return RawFdt()
        .Text("compatible", std::string_view(text.c_str(), text.size() + 1))
        .U64("preserved-memory-map", 1)
        .Parse();
  };
  for (const char* text : {"kho-v4;radix-v1;vmalloc-v1", "radix-v1;kho-v4", "kho-v4;"}) {
    const absl::StatusOr<KhoFdt> fdt = parse(text);
    ASSERT_TRUE(fdt.ok()) << text << ": " << fdt.status();
    EXPECT_EQ(fdt->version, KhoVersion::kV4) << text;
  }
  for (const char* text : {"kho-v4;radix-v2", "radix-v1", "kho-v40;radix-v1", "kho-v4,radix-v1"}) {
    ExpectRefused(parse(text), "root node, compatible: '" + std::string(text));
  }
}

TEST(ParseKhoFdtTest, TheMapMustBeAWholeNonZeroAddress) {
  const std::string_view compatible("kho-v4", 7);
  ExpectRefused(RawFdt().Text("compatible", compatible).Parse(),
                "root node, preserved-memory-map: FDT_ERR_NOTFOUND");
  ExpectRefused(RawFdt().Text("compatible", compatible).Text("preserved-memory-map", "123").Parse(),
                "root node, preserved-memory-map: 3 bytes, expected 8");
  ExpectRefused(RawFdt().Text("compatible", compatible).U64("preserved-memory-map", 0).Parse(),
                "preserved-memory-map: address is 0");
}

TEST(ParseKhoFdtTest, ASubtreeWithoutItsPropertiesIsNamed) {
  ExpectRefused(RawFdt().Root().Begin("memblock").U64("blob-size", 1).End().Parse(),
                "node 'memblock', preserved-data: FDT_ERR_NOTFOUND");
  ExpectRefused(RawFdt().Root().Begin("memblock").U64("preserved-data", 1).End().Parse(),
                "node 'memblock', blob-size: FDT_ERR_NOTFOUND");
  ExpectRefused(RawFdt()
                    .Root()
                    .Begin("memblock")
                    .U64("preserved-data", 1)
                    .Text("blob-size", "four")
                    .End()
                    .Parse(),
                "node 'memblock', blob-size: 4 bytes, expected 8");
}

TEST(ParseKhoFdtTest, IgnoresWhatTheKernelDoesNotLookAt) {
  const absl::StatusOr<KhoFdt> fdt = RawFdt()
                                         .Root()
                                         .Text("colour", "blue")
                                         .Begin("a")
                                         .U64("preserved-data", 1)
                                         .U64("blob-size", 2)
                                         .U64("extra", 3)
                                         .Begin("below")
                                         .End()
                                         .End()
                                         .Subtree("b", 4, 5)
                                         .Parse();
  ASSERT_TRUE(fdt.ok()) << fdt.status();
  EXPECT_THAT(fdt->subtrees, ElementsAre(KhoSubtree{"a", PhysAddr{1}, 2},  //
                                         KhoSubtree{"b", PhysAddr{4}, 5}));
}

TEST(ParseKhoFdtTest, ListsNodesThatShareAName) {
  const absl::StatusOr<KhoFdt> fdt = RawFdt().Root().Subtree("a", 1, 2).Subtree("a", 3, 4).Parse();
  ASSERT_TRUE(fdt.ok()) << fdt.status();
  EXPECT_THAT(fdt->subtrees, ElementsAre(KhoSubtree{"a", PhysAddr{1}, 2},  //
                                         KhoSubtree{"a", PhysAddr{3}, 4}));
}

TEST(KhoPopulateRefusesTest, OnlyAHeaderOrAnotherCompatibleString) {
  std::vector<uint8_t> fdt(kPage4K);
  const auto builder = KhoFdtBuilder::Create(kPage4K, KhoVersion::kV4, PhysAddr{kPage4K});
  ASSERT_TRUE(builder.ok());
  std::ranges::copy(builder->bytes(), fdt.begin());
  EXPECT_FALSE(KhoPopulateRefuses(fdt));
  EXPECT_TRUE(KhoPopulateRefuses(std::span(fdt).first(8))) << "shorter than a header";

  std::vector<uint8_t> magic = fdt;
  magic[0] = 0;
  EXPECT_TRUE(KhoPopulateRefuses(magic));

  std::vector<uint8_t> other = fdt;
  constexpr std::string_view kV4 = "kho-v4";
  const auto at = std::ranges::search(other, kV4).begin();
  ASSERT_NE(at, other.end());
  *(at + 5) = '9';
  EXPECT_TRUE(KhoPopulateRefuses(other));

  std::vector<uint8_t> structure = fdt;
  structure[fdt_off_dt_struct(fdt.data()) + 3] = 0xff;
  EXPECT_FALSE(ParseKhoFdt(structure).ok());
  EXPECT_FALSE(KhoPopulateRefuses(structure)) << "what lies below the header is taken on trust";
}

TEST(KhoFdtBuilderTest, MakesTheBytesThatARealKernelMade) {
  KhoFdtBuilder builder = NewBuilder();
  ASSERT_TRUE(builder.AddSubtree(kMetadata, Design()).ok());  // a new node goes before the others
  ASSERT_TRUE(builder.AddSubtree(kLuo, Design()).ok());
  EXPECT_THAT(builder.bytes(), ElementsAreArray(RecordedFdt()));
}

TEST(KhoFdtBuilderTest, StartsWithoutSubtrees) {
  const absl::StatusOr<KhoFdtBuilder> builder =
      KhoFdtBuilder::Create(kPage4K, KhoVersion::kV3, PhysAddr{0x123456789000});
  ASSERT_TRUE(builder.ok()) << builder.status();
  const absl::StatusOr<KhoFdt> fdt = ParseKhoFdt(builder->bytes());
  ASSERT_TRUE(fdt.ok()) << fdt.status();
  EXPECT_EQ(*fdt, (KhoFdt{KhoVersion::kV3, PhysAddr{0x123456789000}, {}}));
}

TEST(KhoFdtBuilderTest, RefusesWhatNoKernelHas) {
  const auto code = [](uint64_t capacity, PhysAddr map) {
    return KhoFdtBuilder::Create(capacity, KhoVersion::kV4, map).status().code();
  };
  EXPECT_EQ(code(kPage4K, PhysAddr{0}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(kMaxKhoFdtBytes + 1, kMap), absl::StatusCode::kInvalidArgument);
  for (uint64_t capacity : {0, 1, 64, 100}) {
    EXPECT_EQ(code(capacity, kMap), absl::StatusCode::kResourceExhausted) << capacity;
  }
}

TEST(KhoFdtBuilderTest, ANameIsTakenOnce) {
  KhoFdtBuilder builder = NewBuilder();
  ASSERT_TRUE(builder.AddSubtree({"a@1", PhysAddr{1}, 2}, Design()).ok());
  const std::vector<uint8_t> before(builder.bytes().begin(), builder.bytes().end());
  EXPECT_EQ(builder.AddSubtree({"a@1", PhysAddr{3}, 4}, Design()).code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(builder.AddSubtree({"a", PhysAddr{3}, 4}, Design()).code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(builder.bytes(), ElementsAreArray(before));
  EXPECT_TRUE(builder.AddSubtree({"a@2", PhysAddr{3}, 4}, Design()).ok());
}

// As fdt_add_subnode() does, which does not look at them.
TEST(KhoFdtBuilderTest, TakesNamesThatAreNoNodeNames) {
  KhoFdtBuilder builder = NewBuilder();
  for (const std::string& name :
       {std::string(), std::string("a/b"), std::string(40, 'x'), std::string("x y")}) {
    EXPECT_TRUE(builder.AddSubtree({name, PhysAddr{1}, 2}, Design()).ok()) << name;
  }
  const auto fdt = ParseKhoFdt(builder.bytes());
  ASSERT_TRUE(fdt.ok()) << fdt.status();
  EXPECT_EQ(fdt->subtrees.size(), 4u);
}

TEST(KhoFdtBuilderTest, AFullPageKeepsWhatItHadAndNothingElse) {
  // Every capacity, so that each step of the addition is once the one that does not fit.
  int refused = 0;
  for (uint64_t capacity = NewBuilder().bytes().size(); capacity < 300; ++capacity) {
    KhoFdtBuilder builder = NewBuilder(capacity);
    const std::vector<uint8_t> before(builder.bytes().begin(), builder.bytes().end());
    const absl::Status status = builder.AddSubtree(kLuo, Design());
    ASSERT_LE(builder.bytes().size(), capacity);
    if (status.ok()) {
      EXPECT_THAT(ParseKhoFdt(builder.bytes())->subtrees, ElementsAre(kLuo));
      continue;
    }
    ++refused;
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
    EXPECT_THAT(builder.bytes(), ElementsAreArray(before));
  }
  EXPECT_GT(refused, 50);
}

TEST(KhoFdtBuilderTest, FillsThePageAndReadsItAllBack) {
  KhoFdtBuilder builder = NewBuilder();
  std::vector<KhoSubtree> added;
  absl::Status status;
  for (uint64_t i = 0; status.ok(); ++i) {
    const KhoSubtree subtree{std::to_string(i), PhysAddr{i << 12}, i};
    status = builder.AddSubtree(subtree, Design());
    if (status.ok()) added.insert(added.begin(), subtree);
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_GT(added.size(), 60u);
  const absl::StatusOr<KhoFdt> fdt = ParseKhoFdt(builder.bytes());
  ASSERT_TRUE(fdt.ok()) << fdt.status();
  EXPECT_EQ(fdt->subtrees, added);
}

TEST(KhoFdtBuilderTest, RemovalTakesOneSubtreeByItsData) {
  KhoFdtBuilder builder = NewBuilder();
  ASSERT_TRUE(builder.AddSubtree(kLuo, Design()).ok());
  ASSERT_TRUE(builder.AddSubtree(kMetadata, Design()).ok());
  EXPECT_TRUE(builder.RemoveSubtree(kLuo.data).ok());
  EXPECT_THAT(ParseKhoFdt(builder.bytes())->subtrees, ElementsAre(kMetadata));
  EXPECT_EQ(builder.RemoveSubtree(kLuo.data).code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(builder.RemoveSubtree(kMetadata.data).ok());
  EXPECT_THAT(ParseKhoFdt(builder.bytes())->subtrees, IsEmpty());
}

TEST(KhoFdtTest, ASubtreeIsMovedInPlace) {
  const Design intended;
  auto builder = KhoFdtBuilder::Create(4096, KhoVersion::kV4, PhysAddr{0x1000});
  ASSERT_TRUE(builder.ok());
  std::vector<uint8_t> none(builder->bytes().begin(), builder->bytes().end());
  EXPECT_TRUE(absl::IsNotFound(OverwriteSubtree(none, 0, PhysAddr{1}, 2).status()));
  ASSERT_TRUE(builder->AddSubtree(kMetadata, intended).ok());
  ASSERT_TRUE(builder->AddSubtree(kLuo, intended).ok());
  std::vector<uint8_t> blob(builder->bytes().begin(), builder->bytes().end());
  // The newest comes first; 3 modulo 2 is the other.
  EXPECT_EQ(OverwriteSubtree(blob, 3, PhysAddr{0xfff}, 7).value(), kMetadata.name);
  const auto fdt = ParseKhoFdt(blob);
  ASSERT_TRUE(fdt.ok());
  EXPECT_EQ(fdt->subtrees, (std::vector<KhoSubtree>{kLuo, {kMetadata.name, PhysAddr{0xfff}, 7}}));
  blob[0] = 0;
  EXPECT_FALSE(OverwriteSubtree(blob, 0, PhysAddr{1}, 2).ok());
}

}  // namespace
}  // namespace khofuzz
