#include "core/handover/handover.h"

#include <cstdint>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "core/handover/fdt.h"
#include "core/radix/shape.h"
#include "core/radix/tree.h"
#include "core/sizes.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr PhysAddr kFdt{0x1f00000};
constexpr PhysAddr kTreePages{0x1e00000};

// Copies `bytes` to `at`, backing the pages they need.
template <typename Bytes>
void Put(PhysMemory& memory, PhysAddr at, const Bytes& bytes) {
  for (const auto byte : bytes) {
    const PhysAddr page = AlignDown(at, memory.page_size());
    if (memory.Words(page) == nullptr) memory.BackZeroed(page);
    memory.BytesToWrite(page)[at - page] = static_cast<uint8_t>(byte);
    at = at + 1;
  }
}

// Hands out pages from kTreePages on.
class BumpAllocator : public RadixNodeAllocator {
 public:
  explicit BumpAllocator(PhysMemory* memory) : memory_(memory) {}
  absl::StatusOr<PhysAddr> AllocNode() override {
    const PhysAddr page = next_;
    memory_->BackZeroed(page);
    next_ = next_ + memory_->page_size();
    return page;
  }
  void FreeNode(PhysAddr page) override { memory_->Drop(page); }

 private:
  PhysMemory* memory_;
  PhysAddr next_ = kTreePages;
};

// A handover of a small machine, made with our own tools.
struct Made {
  explicit Made(std::vector<Preservation> blocks = {{PhysAddr{0x2000000}, 0}},
                unsigned page_shift = 12)
      : shape(page_shift, Design()), handover(page_shift) {
    BumpAllocator allocator(&handover.memory);
    absl::StatusOr<RadixTree> tree =
        RadixTree::Create(shape, &handover.memory, &allocator, Design());
    EXPECT_TRUE(tree.ok()) << tree.status();
    for (const Preservation& block : blocks) {
      EXPECT_TRUE(tree->Add(shape.EncodeUnchecked(block)).ok());
    }
    absl::StatusOr<KhoFdtBuilder> fdt =
        KhoFdtBuilder::Create(shape.page_size(), KhoVersion::kV4, tree->root());
    EXPECT_TRUE(fdt.ok()) << fdt.status();
    EXPECT_TRUE(fdt->AddSubtree({"LUO", PhysAddr{0x2000000}, 32}, Design()).ok());
    Put(handover.memory, kFdt, fdt->bytes());
    handover.fdt = kFdt;
    PlaceScratch(PhysAddr{64 * kMiB - 0x10000},
                 {{{PhysAddr{60 * kMiB}, 4 * kMiB}, {PhysAddr{48 * kMiB}, 0}}});
  }
  void PlaceScratch(PhysAddr at, const ScratchTable& table) {
    const std::vector<uint8_t> bytes = table.Serialize();
    Put(handover.memory, at, bytes);
    handover.scratch = at;
    handover.scratch_bytes = bytes.size();
  }
  absl::StatusOr<DecodedHandover> Decode() const { return DecodeHandover(handover, shape); }
  absl::Status Validate() const {
    const absl::StatusOr<DecodedHandover> decoded = Decode();
    return decoded.ok() ? ValidateHandover(handover, *decoded, shape) : decoded.status();
  }

  RadixShape shape;
  Handover handover;
};

std::string Message(const absl::Status& status) { return std::string(status.message()); }

TEST(DecodeHandoverTest, ReadsAllThreeParts) {
  for (const unsigned page_shift : {12u, 14u, 16u}) {
    const Made made({{PhysAddr{0x2000000}, 0}, {PhysAddr{0x2100000}, 4}}, page_shift);
    const absl::StatusOr<DecodedHandover> decoded = made.Decode();
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(decoded->fdt.memory_map, kTreePages);
    EXPECT_THAT(decoded->fdt.subtrees, ElementsAre(KhoSubtree{"LUO", PhysAddr{0x2000000}, 32}));
    EXPECT_EQ(decoded->scratch.areas.size(), 2u);
    EXPECT_EQ(decoded->tree.keys, 2u);
    EXPECT_TRUE(made.Validate().ok()) << made.Validate();
  }
}

TEST(DecodeHandoverTest, AScratchTableMayStartAnywhereAndCrossPages) {
  const ScratchTable table{{{PhysAddr{48 * kMiB}, 4 * kMiB}, {PhysAddr{56 * kMiB}, 8 * kMiB}}};
  Made made;
  for (const uint64_t before_end : {31, 16, 8, 1}) {
    made.PlaceScratch(PhysAddr{0x3ff1000 - before_end}, table);
    const absl::StatusOr<DecodedHandover> decoded = made.Decode();
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(decoded->scratch, table);
  }
}

TEST(DecodeHandoverTest, AMissingPageIsNamedByPartAndAddress) {
  Made no_fdt;
  no_fdt.handover.memory.Drop(kFdt);
  EXPECT_EQ(no_fdt.Decode().status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(Message(no_fdt.Decode().status()), HasSubstr("fdt: no page at 0x1f00000"));

  Made no_scratch;
  no_scratch.PlaceScratch(PhysAddr{0x3ff0ff8}, {{{PhysAddr{48 * kMiB}, 0}}});
  no_scratch.handover.memory.Drop(PhysAddr{0x3ff1000});
  EXPECT_EQ(no_scratch.Decode().status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(Message(no_scratch.Decode().status()), HasSubstr("scratch: no page at 0x3ff1000"));

  Made no_root;
  no_root.handover.memory.Drop(kTreePages);
  EXPECT_EQ(no_root.Decode().status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(Message(no_root.Decode().status()), AllOf(HasSubstr("tree: "), HasSubstr("1e00000")));
}

TEST(DecodeHandoverTest, ErrorsOfAPartCarryItsName) {
  Made made;
  made.handover.memory.BytesToWrite(kFdt)[0] = 0;
  EXPECT_THAT(Message(made.Decode().status()), HasSubstr("fdt: byte offset 0"));
}

TEST(DecodeHandoverTest, RefusesAddressesThatNoHandoverHas) {
  Made made;
  made.handover.fdt = kFdt + 8;
  EXPECT_EQ(made.Decode().status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Message(made.Decode().status()), HasSubstr("fdt: address is 0x1f00008"));

  made.handover.fdt = kFdt;
  made.handover.scratch = kPhysAddrMax - 8;
  EXPECT_EQ(made.Decode().status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Message(made.Decode().status()), HasSubstr("scratch: address is"));
}

TEST(DecodeHandoverTest, AnAbsurdScratchLengthIsRefusedUnread) {
  Made made;
  for (const uint64_t length : {~uint64_t{0}, ~uint64_t{15}, uint64_t{17}}) {
    made.handover.scratch_bytes = length;
    EXPECT_EQ(made.Decode().status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(Message(made.Decode().status()), HasSubstr("scratch: length is"));
  }
}

TEST(DecodeHandoverTest, TheShapeMustBeOfTheSamePageSize) {
  const Made made;
  EXPECT_EQ(DecodeHandover(made.handover, RadixShape(14, Design())).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(ValidateHandoverTest, APreservedBlockInBootmemIsFound) {
  const Made made({{PhysAddr{0x2000000}, 0}, {PhysAddr{60 * kMiB}, 0}, {PhysAddr{128 * kMiB}, 0}});
  EXPECT_EQ(made.Validate().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Message(made.Validate()), AllOf(HasSubstr("preserved block 0x3c00000 of order 0"),
                                              HasSubstr("scratch area 0, [0x3c00000, 0x4000000)")));
}

TEST(ValidateHandoverTest, ABlockAroundBootmemIsFoundAndOneAroundAnEmptyAreaIsNot) {
  EXPECT_EQ(Made({{PhysAddr{0}, 14}}).Validate().code(), absl::StatusCode::kInvalidArgument);
  // Blocks that end where bootmem begins, or hold the address of the empty area at 48M.
  EXPECT_TRUE(Made({{PhysAddr{56 * kMiB}, 10}}).Validate().ok());
  EXPECT_TRUE(Made({{PhysAddr{32 * kMiB}, 12}, {PhysAddr{48 * kMiB}, 11}}).Validate().ok());
}

TEST(ValidateHandoverTest, ATreePageInBootmemIsFound) {
  Made made;
  made.PlaceScratch(PhysAddr{64 * kMiB}, {{{PhysAddr{28 * kMiB}, 4 * kMiB}}});
  made.handover.fdt = PhysAddr{8 * kMiB};
  const auto page = made.handover.memory.Bytes(kFdt);
  Put(made.handover.memory, made.handover.fdt, std::vector<uint8_t>(page.begin(), page.end()));
  EXPECT_EQ(made.Validate().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Message(made.Validate()), HasSubstr("tree page 0x1e00000 of level 5"));
}

TEST(ValidateHandoverTest, TheFdtInBootmemIsFound) {
  Made made;
  made.PlaceScratch(PhysAddr{64 * kMiB}, {{{kFdt - 0x4000, 0x4001}}});
  EXPECT_EQ(made.Validate().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Message(made.Validate()), HasSubstr("the FDT's page 0x1f00000"));
}

std::string ReadCapture(const std::string& name) {
  std::ifstream file(KHOFUZZ_SOURCE_DIR "/corpus/captures/a_1node_1G_2x1M/" + name,
                     std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(DecodeHandoverTest, AcceptsARecordedHandover) {
  Handover handover(12);
  handover.fdt = PhysAddr{0x1e8e000};
  handover.scratch = PhysAddr{0x3e3f0000};
  const std::string scratch = ReadCapture("scratch.bin");
  handover.scratch_bytes = scratch.size();
  Put(handover.memory, handover.fdt, ReadCapture("fdt.page.bin"));
  Put(handover.memory, handover.scratch, scratch);
  const std::string pages = ReadCapture("radix/pages.bin");
  std::istringstream index(ReadCapture("radix/index.txt"));
  for (std::string line; std::getline(index, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream fields(line);
    uint64_t number = 0;
    PhysAddr page;
    fields >> number >> std::hex >> page.value;
    Put(handover.memory, page, pages.substr(number * 4096, 4096));
  }

  const RadixShape shape(12, Design());
  const absl::StatusOr<DecodedHandover> decoded = DecodeHandover(handover, shape);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(decoded->tree.nodes.size(), 6u);
  EXPECT_EQ(decoded->tree.keys, 524u);
  EXPECT_EQ(decoded->tree.preserved_bytes, 2146304u);
  EXPECT_TRUE(ValidateScratchTable(decoded->scratch, X86Geometry()).ok());
  EXPECT_TRUE(ValidateHandover(handover, *decoded, shape).ok());
}

}  // namespace
}  // namespace khofuzz
