#include "cli/vm/phase_stops.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <deque>
#include <map>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/capture/memblock_dump.h"
#include "cli/capture/records.h"
#include "core/designs/design.h"
#include "core/handover/fdt.h"
#include "core/radix/shape.h"

namespace khofuzz {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string Bytes(const std::vector<uint64_t>& values) {
  std::string bytes;
  for (const uint64_t value : values) {
    for (unsigned i = 0; i < 8; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
  }
  return bytes;
}

// A machine that has memory at some addresses, and stops where it is told to on its way.
class FakeStub final : public GuestChannel {
 public:
  std::map<uint64_t, std::string> memory;
  std::deque<uint64_t> way;  // addresses that the machine comes by, when it runs
  std::map<uint64_t, bool> breakpoints;
  std::vector<uint64_t> steps;
  bool sets = true;
  uint64_t rip = 0;

  absl::Status Write(std::string_view bytes) override {
    if (bytes == "+") return absl::OkStatus();
    const std::string text(bytes);
    const size_t end = text.find('#');
    const std::string packet = text.substr(1, end - 1);
    unsigned sum = 0;
    for (const char c : packet) sum += static_cast<unsigned char>(c);
    EXPECT_EQ(text.substr(end), absl::StrFormat("#%02x", sum & 0xff)) << text;
    unsigned long long address = 0, size = 0;
    if (std::sscanf(packet.c_str(), "Z1,%llx,1", &address) == 1) {
      breakpoints[address] = sets;
      Say(sets ? "OK" : "");
    } else if (std::sscanf(packet.c_str(), "z1,%llx,1", &address) == 1) {
      breakpoints[address] = false;
      Say("OK");
    } else if (std::sscanf(packet.c_str(), "m%llx,%llx", &address, &size) == 2) {
      Say(Read(address, size));
    } else if (packet == "g") {
      Say(absl::BytesToHexString(absl::StrCat(std::string(128, '\0'), Bytes({rip, 7, 7}))));
    } else if (packet == "s") {
      steps.push_back(rip++);
      Say("T05thread:01;");
    } else if (packet == "c") {
      said_ += '+';
      Run();
    } else {
      ADD_FAILURE() << "the stub is asked " << packet;
    }
    return absl::OkStatus();
  }

  // In small pieces, as sockets may.
  absl::StatusOr<std::string> Read(double) override {
    if (said_.empty()) return absl::UnavailableError("the machine went off");
    const std::string piece = said_.substr(0, 700);
    said_.erase(0, 700);
    return piece;
  }
  // There is something to read.
  bool speaks() const { return !said_.empty(); }

 private:
  void Say(const std::string& packet) { absl::StrAppend(&said_, "+$", packet, "#00"); }
  std::string Read(uint64_t address, size_t size) const {
    const auto block = std::prev(memory.upper_bound(address));
    const size_t at = address - block->first;
    if (at + size > block->second.size()) return "E14";
    return absl::BytesToHexString(block->second.substr(at, size));
  }
  void Run() {
    while (!way.empty()) {
      rip = way.front();
      way.pop_front();
      if (breakpoints[rip]) return Say("T05thread:01;");
    }
  }

  std::string said_;
};

constexpr uint64_t kMemblock = 0xffffffff81782760;
constexpr uint64_t kMemory = 0xffffffff81783000, kReserved = 0xff1100003fff0000;
constexpr uint64_t kExtend = 0xffffffff816ff5c0, kCore = 0xffffffff817069d0;
constexpr uint64_t kKho = 0xffffffff816fff80, kFree = 0xffffffff8170c900;

const char kMap[] =
    "ffffffff816ff5c0 t kho_ext_walk_node\n"
    "ffffffff816fff80 T kho_memory_init\n"
    "no address here\n"
    "ffffffff817069d0 T mm_core_init\n"
    "ffffffff8170c900 T memblock_free_all\n"
    "ffffffff81782760 D memblock\n"
    "ffffffff814ff220 D page_offset_base\n"
    "ffffffff817fd4c0 b kho_in\n";
constexpr uint64_t kBase = 0xffffffff814ff220, kKhoIn = 0xffffffff817fd4c0;
constexpr uint64_t kDirectMap = 0xff11000000000000;

class PhaseStopsTest : public testing::Test {
 protected:
  PhaseStopsTest() {
    stub_.memory[kMemblock] = Bytes(
        {1, ~uint64_t{0}, 2, 128, 0x3ff9f000, kMemory, 0, 60, 256, 60 * 0x1000, kReserved, 0});
    stub_.memory[kMemory] =
        Bytes({0x1000, 0x9f000, 0x0000000000000040, 0x100000, 0x3ff00000, uint64_t{1} << 32});
    std::vector<uint64_t> regions;
    for (uint64_t i = 0; i < 60; ++i) {
      regions.insert(regions.end(), {i * 0x4000, 0x1000, 0xffffffff00000020});
    }
    stub_.memory[kReserved] = Bytes(regions);
    stub_.memory[kKhoIn] = Bytes({0, 0});
    stub_.memory[kBase] = Bytes({kDirectMap});
  }

  void PutPage(uint64_t phys, std::string bytes) {
    bytes.resize(4096, '\0');
    stub_.memory[kDirectMap + phys] = std::move(bytes);
  }

  // As long as there is something to be read.
  absl::Status ServeAll(PhaseStops& stops) {
    absl::Status served;
    while (served.ok() && stub_.speaks()) served = stops.Serve();
    return served;
  }
  PhaseStops Stopped() {
    auto stops = PhaseStops::Begin(&stub_, SymbolsOf(kMap));
    EXPECT_TRUE(stops.ok()) << stops.status();
    EXPECT_TRUE(ServeAll(*stops).ok());
    EXPECT_TRUE(absl::IsUnavailable(stops->Serve()));
    return *std::move(stops);
  }
  std::vector<MemblockSeen> Seen() { return Stopped().memblocks(); }

  FakeStub stub_;
};

std::vector<std::string> Labels(const std::vector<MemblockSeen>& seen) {
  std::vector<std::string> labels;
  for (const MemblockSeen& one : seen) labels.push_back(absl::StrCat(one.kernel, " ", one.name));
  return labels;
}

TEST_F(PhaseStopsTest, BothArraysAreReadAsTheyAre) {
  stub_.way = {kKho};
  const auto seen = Seen();
  ASSERT_EQ(seen.size(), 1u);
  const auto dump = ParseMemblockDump("file", seen[0].text);
  ASSERT_TRUE(dump.ok()) << dump.status();
  EXPECT_EQ(dump->label, "k1.kho_memory_init");
  EXPECT_TRUE(dump->bottom_up);
  EXPECT_THAT(dump->memory.regions,
              ElementsAre(MemblockRegion{PhysAddr{0x1000}, 0x9f000, kMemblockKhoScratch, 0},
                          MemblockRegion{PhysAddr{0x100000}, 0x3ff00000, kMemblockNone, 1}));
  EXPECT_EQ(dump->memory.max, 128u);
  EXPECT_EQ(dump->memory.total_size, 0x3ff9f000u);
  // More than the stub says at once.
  ASSERT_EQ(dump->reserved.regions.size(), 60u);
  EXPECT_EQ(dump->reserved.regions[59],
            (MemblockRegion{PhysAddr{59 * 0x4000}, 0x1000, kMemblockRsrvKern, kNoNode}));
}

TEST_F(PhaseStopsTest, EachKernelStopsAtEachPhaseOnceAndIsSteppedOnFromThere) {
  stub_.way = {kCore, kKho,  kFree,   kExtend, kExtend, kCore,
               kKho,  kFree, kExtend, kCore,   kKho,    kFree};
  EXPECT_THAT(Labels(Seen()),
              ElementsAre("1 mm_core_init_after_extend", "1 kho_memory_init", "1 memblock_free_all",
                          "2 before_extend", "2 mm_core_init_after_extend", "2 kho_memory_init",
                          "2 memblock_free_all", "3 before_extend", "3 mm_core_init_after_extend",
                          "3 kho_memory_init", "3 memblock_free_all"));
  EXPECT_THAT(stub_.steps, ElementsAre(kCore, kKho, kFree, kCore, kKho, kFree, kCore, kKho, kFree));
}

TEST_F(PhaseStopsTest, TheTreeThatWasHandedOverIsReadWhole) {
  const auto fdt = KhoFdtBuilder::Create(4096, KhoVersion::kV4, PhysAddr{0x10000});
  ASSERT_TRUE(fdt.ok());
  PutPage(0x8000, std::string(fdt->bytes().begin(), fdt->bytes().end()));
  // Two leaves below the root's second entry, one below its last.
  PutPage(0x10000, Bytes({0, 0x11000}));
  stub_.memory[kDirectMap + 0x10000].replace(4088, 8, Bytes({0x21000}));
  PutPage(0x11000, Bytes({0x12000}));
  PutPage(0x12000, Bytes({0x13000}));
  PutPage(0x13000, Bytes({0x14000}));
  PutPage(0x14000, Bytes({0x15000, 0x16000}));
  PutPage(0x15000, Bytes({1}));
  PutPage(0x16000, Bytes({2}));
  PutPage(0x21000, "");
  stub_.memory[kKhoIn] = Bytes({0x8000, 0});
  stub_.way = {kKho};
  const PhaseStops stops = Stopped();
  EXPECT_EQ(stops.why_no_tree(), "");
  ASSERT_EQ(stops.trees().size(), 1u);
  const TreeSeen& tree = stops.trees().front();
  EXPECT_EQ(tree.kernel, 1u);
  EXPECT_EQ(tree.index,
            "0 0x10000 5\n1 0x11000 4\n2 0x12000 3\n3 0x13000 2\n4 0x14000 1\n5 0x15000 0\n"
            "6 0x16000 0\n7 0x21000 4\n");
  EXPECT_TRUE(ParseRadixIndex("index", tree.index, RadixShape(12, Design())).ok());
  ASSERT_EQ(tree.pages.size(), 8u * 4096);
  EXPECT_EQ(tree.pages[5 * 4096], 1);
  EXPECT_EQ(tree.pages[6 * 4096], 2);
}

TEST_F(PhaseStopsTest, ATreeThatCannotBeReadIsToldAndTheMachineGoesOn) {
  stub_.memory[kKhoIn] = Bytes({0x8000, 0});
  PutPage(0x8000, "no FDT");
  stub_.way = {kKho, kFree};
  const PhaseStops stops = Stopped();
  EXPECT_THAT(stops.trees(), IsEmpty());
  EXPECT_THAT(stops.why_no_tree(), HasSubstr("kernel 1: "));
  EXPECT_EQ(stops.memblocks().size(), 2u);
}

TEST_F(PhaseStopsTest, AReceiptIsNoStop) {
  auto stops = PhaseStops::Begin(&stub_, SymbolsOf(kMap));
  ASSERT_TRUE(stops.ok());
  ASSERT_TRUE(stub_.speaks());
  EXPECT_TRUE(stops->Serve().ok());
  EXPECT_FALSE(stub_.speaks()) << "the machine runs";
  EXPECT_THAT(stops->memblocks(), IsEmpty());
}

TEST_F(PhaseStopsTest, AReleaseThatDoesNotExtendStopsAtTheOthers) {
  KernelSymbols symbols = SymbolsOf(kMap);
  symbols.erase("kho_ext_walk_node");
  stub_.way = {kExtend, kCore, kKho, kFree};
  auto stops = PhaseStops::Begin(&stub_, symbols);
  ASSERT_TRUE(stops.ok());
  ASSERT_TRUE(ServeAll(*stops).ok());
  EXPECT_EQ(stops->memblocks().size(), 3u);
}

TEST_F(PhaseStopsTest, WhereItCannotStopThatIsAnError) {
  EXPECT_TRUE(absl::IsFailedPrecondition(PhaseStops::Begin(&stub_, {}).status()));
  stub_.sets = false;
  const auto stops = PhaseStops::Begin(&stub_, SymbolsOf(kMap));
  EXPECT_TRUE(absl::IsFailedPrecondition(stops.status()));
  EXPECT_THAT(std::string(stops.status().message()), HasSubstr("no breakpoint at 0xffffffff816"));
}

TEST_F(PhaseStopsTest, WhatIsNoMemblockIsAnErrorAndNotTaken) {
  for (const auto& bytes : {Bytes({0, 0, uint64_t{1} << 40, 128, 0, kMemory, 0, 0, 0, 0, 0, 0}),
                            Bytes({0, 0, 8, 128, 0, kMemory, 0, 0, 0, 0, 0, 0}), Bytes({0, 0})}) {
    stub_.memory[kMemblock] = bytes;
    stub_.way = {kFree};
    auto stops = PhaseStops::Begin(&stub_, SymbolsOf(kMap));
    ASSERT_TRUE(stops.ok());
    EXPECT_EQ(ServeAll(*stops).code(), absl::StatusCode::kInternal);
    EXPECT_THAT(stops->memblocks(), IsEmpty());
  }
}

}  // namespace
}  // namespace khofuzz
