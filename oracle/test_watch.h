// For tests only: a watch over a kernel that the test plays.
#ifndef KHOFUZZ_ORACLE_TEST_WATCH_H_
#define KHOFUZZ_ORACLE_TEST_WATCH_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/memblock/test_dump.h"
#include "core/memmap/nodes.h"
#include "core/radix/preservation.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oracle/kernel_watch.h"
#include "oracle/test_kernel.h"

namespace khofuzz {

// Pageblocks of 4 pages, sections of 16; node 0 has [0, 32), node 1 [32, 64); low memory below 16.
inline constexpr Geometry kMicro{12, 2, 3, 16, 18, PhysAddr{16 * kPage4K - 1}};

inline PfnRange Pfns(uint64_t begin, uint64_t end) { return {Pfn{begin}, Pfn{end}}; }
inline Preservation Block(uint64_t pfn, unsigned order) { return {PhysAddr{pfn * kPage4K}, order}; }
inline ScratchArea Area(uint64_t begin, uint64_t end) {
  return {PhysAddr{begin * kPage4K}, (end - begin) * kPage4K};
}

// The last 4 pages of node 1 are a hole.
inline BootPlan PlanWithAHole() {
  return {.banks = {{PageRange(0, 32), 0}, {PageRange(32, 60), 1}}};
}

// A watch over a kernel that the test plays.
class Watched {
 public:
  explicit Watched(std::optional<Inheritance> inherits = std::nullopt, BootPlan asked = {})
      : inheritance(std::move(inherits)), plan(std::move(asked)), kernel(kMicro) {
    if (plan.banks.empty()) plan.banks = {{PageRange(0, 32), 0}, {PageRange(32, 64), 1}};
    for (const BootBank& bank : plan.banks) {
      EXPECT_TRUE(kernel.memblock_value.AddMemory(bank.range, bank.nid).ok());
    }
    kernel.nodes_value = Nodes(kernel.memblock_value, kMicro);
    kernel.kho_boot = inheritance.has_value();
    if (inheritance.has_value()) kernel.table = inheritance->bootmem;
    watch.emplace(kMicro, plan, inheritance.has_value() ? &*inheritance : nullptr, &faults,
                  &report);
    watch->set_kernel(&kernel);
    kernel.set_listener(&*watch);
  }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

  // All struct pages as they should be; all memory free.
  void InitAll() {
    kernel.memmap.Init(Pfns(0, 16), 0, ZoneId::kDma32, "test");
    kernel.memmap.Init(Pfns(16, 32), 0, ZoneId::kNormal, "test");
    kernel.memmap.Init(Pfns(32, 64), 1, ZoneId::kNormal, "test");
  }
  void FreeAll() {
    kernel.buddy.FreeRange(Pfns(0, 64), "test");
    SetManaged(16, 16, 32);
  }
  void SetManaged(int64_t low, int64_t normal, int64_t other) {
    kernel.nodes_value.at(0).zone(ZoneId::kDma32).managed = low;
    kernel.nodes_value.at(0).zone(ZoneId::kNormal).managed = normal;
    kernel.nodes_value.at(1).zone(ZoneId::kNormal).managed = other;
  }
  // Every phase up to `last`, with nothing happening in them.
  void Phases(BootPhase first, BootPhase last) {
    for (int phase = static_cast<int>(first); phase <= static_cast<int>(last); ++phase) {
      watch->OnPhase(static_cast<BootPhase>(phase));
    }
  }
  // "slug: what" of the first violation; "" if none. Forgets them all.
  std::string Broken() {
    std::string text;
    if (!report.ok()) {
      const Violation& first = report.violations().front();
      text = absl::StrCat(std::string(Info(first.invariant).slug), ": ", first.what);
    }
    report = Report();
    return text;
  }

  std::optional<Inheritance> inheritance;
  BootPlan plan;
  Faults faults;
  Report report;
  TestKernel kernel;
  std::optional<KernelWatch> watch;
};

inline Inheritance Inherit(std::vector<Preservation> blocks, std::vector<ScratchArea> areas = {}) {
  return {.blocks = std::move(blocks),
          .nodes = {PhysAddr{60 * kPage4K}},
          .bootmem = {std::move(areas)},
          .kept = {PageRange(8, 9)}};
}

#define EXPECT_BROKEN(watched, slug, text) \
  EXPECT_THAT((watched).Broken(),          \
              testing::AllOf(testing::StartsWith(slug ": "), testing::HasSubstr(text)))

}  // namespace khofuzz

#endif  // KHOFUZZ_ORACLE_TEST_WATCH_H_
