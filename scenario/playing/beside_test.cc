#include "scenario/playing/beside.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "core/designs/test_named.h"
#include "core/memblock/iterate.h"
#include "core/memblock/memblock.h"
#include "core/radix/shape.h"
#include "core/radix/tree.h"
#include "core/scratch/params.h"
#include "scenario/language/text.h"
#include "scenario/playing/run.h"
#include "scenario/playing/state.h"

namespace khofuzz {
namespace {

// A kernel whose parts are the model's own, with a quirk or without.
class OwnMemblock final : public MemblockPart {
 public:
  OwnMemblock(const Geometry& geometry, const Design& design, Faults* faults)
      : memblock_(geometry.page_size(), design), faults_(faults) {}

  absl::Status AddMemory(AddrRange r, NodeId n) override { return memblock_.AddMemory(r, n); }
  absl::Status RemoveMemory(AddrRange r) override { return memblock_.RemoveMemory(r); }
  absl::Status Reserve(AddrRange r, NodeId n, MemblockFlags f) override {
    return memblock_.Reserve(r, n, f);
  }
  absl::Status Free(AddrRange r) override { return memblock_.Free(r); }
  absl::Status MarkMemory(AddrRange r, MemblockFlags f) override {
    return memblock_.MarkMemory(r, f);
  }
  absl::Status ClearMemory(AddrRange r, MemblockFlags f) override {
    return memblock_.ClearMemory(r, f);
  }
  absl::Status MarkReserved(AddrRange r, MemblockFlags f) override {
    return memblock_.MarkReserved(r, f);
  }
  absl::Status ClearReserved(AddrRange r, MemblockFlags f) override {
    return memblock_.ClearReserved(r, f);
  }
  absl::Status SetMemoryNode(AddrRange r, NodeId n) override {
    return memblock_.SetMemoryNode(r, n);
  }
  absl::Status SetReservedNode(AddrRange r, NodeId n) override {
    return memblock_.SetReservedNode(r, n);
  }
  absl::StatusOr<PhysAddr> Alloc(const MemblockAllocRequest& r) override {
    return memblock_.Alloc(r);
  }
  absl::Status ParseScratch(std::string_view value) override {
    return ParseScratchParams(value).status();
  }
  void set_kho_scratch_only(bool on) override { memblock_.set_kho_scratch_only(on); }
  void set_bottom_up(bool on) override { memblock_.set_bottom_up(on); }
  void set_initial_max(size_t entries) override {
    memblock_.set_initial_max(entries);
    memblock_.set_faults(faults_);
  }
  std::vector<MemblockRegion> Regions(bool reserved) const override {
    return reserved ? memblock_.reserved().regions : memblock_.memory().regions;
  }
  std::vector<AddrRange> FreeRanges(NodeId nid, MemblockFlags flags, bool reverse) const override {
    std::vector<AddrRange> ranges;
    uint64_t idx = reverse ? kMemblockIterEnd : 0;
    while (const auto free = reverse ? NextFreeRangeRev(memblock_, &idx, nid, flags)
                                     : NextFreeRange(memblock_, &idx, nid, flags)) {
      ranges.push_back(free->range);
    }
    return ranges;
  }

 private:
  Memblock memblock_;
  Faults* faults_;
};

class OwnKeys final : public RadixPart {
 public:
  OwnKeys(const Geometry& geometry, const Design& design, Faults* faults)
      : design_(design), shape_(geometry.page_shift, design), raw_(geometry.page_shift, faults) {}

  uint64_t Encode(const Preservation& block) const override { return *shape_.Encode(block); }
  Preservation Decode(uint64_t key) const override { return shape_.DecodeUnchecked(key); }
  absl::Status Create() override {
    auto tree = RadixTree::Create(shape_, &raw_.memory, &raw_.pages, design_);
    if (tree.ok()) raw_.tree = *std::move(tree);
    return tree.status();
  }
  absl::Status Add(uint64_t key) override { return raw_.tree->Add(key); }
  void Del(uint64_t key) override { (void)raw_.tree->Del(key); }
  bool WalkKeys(const std::function<bool(uint64_t)>& leaf) override {
    return !raw_.tree.has_value() || raw_.tree->WalkKeys(leaf);
  }
  uint64_t CountNodes() override {
    uint64_t nodes = 0;
    if (raw_.tree.has_value()) raw_.tree->WalkNodes([&](PhysAddr, unsigned) { return ++nodes; });
    return nodes;
  }
  absl::Status Reopen() override { return absl::OkStatus(); }
  void Destroy() override {
    raw_.tree->Destroy();
    raw_.tree.reset();
  }
  uint64_t LiveNodes() const override { return raw_.pages.live().size(); }

 private:
  Design design_;
  RadixShape shape_;
  RawTree raw_;
};

class OwnParts final : public KernelParts {
 public:
  OwnParts(const Geometry& geometry, const Design& design)
      : memblock_(geometry, design, &faults_), keys_(geometry, design, &faults_) {}
  MemblockPart& memblock() override { return memblock_; }
  RadixPart* radix() override { return &keys_; }
  Faults& faults() override { return faults_; }
  std::string_view stopped() const override { return {}; }

 private:
  Faults faults_;
  OwnMemblock memblock_;
  OwnKeys keys_;
};

struct OwnSource final : KernelSource {
  KernelAnswers* answers() const override { return nullptr; }
  explicit OwnSource(const Design& d) : design(d) {}
  absl::StatusOr<std::unique_ptr<KernelChain>> NewChain(const Geometry&, Pfn, int) const override {
    return absl::UnimplementedError("parts only");
  }
  absl::StatusOr<std::unique_ptr<KernelParts>> NewParts(const Geometry& geometry, Pfn,
                                                        int) const override {
    return std::make_unique<OwnParts>(geometry, design);
  }
  Design design;
};

Report Compared(const char* target, const Design& kernel, const char* text) {
  const OwnSource source(kernel);
  return RunScenario(*ParseStrict(text), *FindTarget(target), Subject(Design(), &source));
}

std::string Broken(const Report& report) {
  return report.ok() ? ""
                     : std::string(Info(report.violations().front().invariant).slug) + ": " +
                           report.violations().front().what;
}

constexpr const char* kMemblockOps =
    "memblock_reserve base=0 size=4K flag=none\n"
    "memblock_alloc size=8K\n"
    "memblock_mark base=0 size=1M flag=kho_scratch\n"
    "memblock_policy scratch_only\n"
    "memblock_alloc size=8K\n"
    "memblock_free base=0 size=4K\n"
    "free_ranges scratch\n";

constexpr const char* kTreeOps =
    "radix_add key=0x10000000000001\n"
    "fail site=radix_node k=2\n"
    "radix_add key=0x8000000000001\n"
    "radix_add key=0x8000000000001\n"
    "radix_walk stop=0\n"
    "radix_reopen\n"
    "radix_del key=0x10000000000001\n"
    "radix_destroy\n";

TEST(BesideTest, AKernelThatDoesTheSameAgrees) {
  const Report memblock = Compared("fuzz_diff_memblock", Design(), kMemblockOps);
  EXPECT_EQ(Broken(memblock), "");
  EXPECT_GE(memblock.premises(Invariant::kKernelsAgree), 5u);
  const Report tree = Compared("fuzz_diff_radix", Design(), kTreeOps);
  EXPECT_EQ(Broken(tree), "");
  EXPECT_GE(tree.premises(Invariant::kKernelsAgree), 6u);
}

TEST(BesideTest, AKeyTakenByOneOnlyIsADifference) {
  EXPECT_THAT(Broken(Compared("fuzz_diff_radix", Design{QuirkNamed("radix-wide-keys-alias")},
                              "radix_add key=0x20000000000001\n")),
              testing::HasSubstr("kho_radix_add_key(): the kernel's succeeds, the model's "));
}

TEST(BesideTest, AnArrayElsewhereIsADifference) {
  // The reservation splits, its array must double, and all other memory is what is being reserved.
  const char* const full =
      "memory base=0 size=20K\n"
      "firmware base=4K size=1\n"
      "firmware base=12K size=1\n"
      "memblock_reserve base=0 size=16385 flag=none\n";
  EXPECT_EQ(Broken(Compared("fuzz_diff_memblock", Design(), full)), "");
  EXPECT_THAT(
      Broken(Compared("fuzz_diff_memblock", Design{QuirkNamed("memblock-array-in-pending")}, full)),
      testing::HasSubstr("kernels-agree"));
}

TEST(BesideTest, WithoutPartsNothingIsPlayed) {
  struct NoParts final : KernelSource {
    KernelAnswers* answers() const override { return nullptr; }
    absl::StatusOr<std::unique_ptr<KernelChain>> NewChain(const Geometry&, Pfn,
                                                          int) const override {
      return absl::UnimplementedError("none");
    }
  } source;
  const Report report = RunScenario(*ParseStrict(kMemblockOps), *FindTarget("fuzz_diff_memblock"),
                                    Subject(Design(), &source));
  EXPECT_TRUE(report.ok());
  EXPECT_EQ(report.premises(Invariant::kMemblockIsMap), 0u);
}

}  // namespace
}  // namespace khofuzz
