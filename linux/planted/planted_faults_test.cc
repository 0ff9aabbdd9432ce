// The faults of faults.txt, in the tree of Linux 7.3 that KHOFUZZ_LINUX_TREES names: each is found
// by chance, from nothing, and trees without any of them are quiet.
#include <gtest/gtest.h>

#include <cstdio>
#include <optional>
#include <vector>

#include "linux/build/source_text.h"
#include "linux/build/tree_builder.h"
#include "linux/planted/hunt.h"
#include "linux/planted/planted.h"
#include "linux/release_row.h"
#include "linux/test_trees.h"
#include "scenario/language/text.h"
#include "system/files.h"
#include "system/temp_folder.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

constexpr size_t kCounted = 25;  // the rest are for good measure
constexpr size_t kMaySlip = 1;   // of each
constexpr size_t kMostOpLines = 10;
constexpr const char* kNoTree = "KHOFUZZ_LINUX_TREES names no tree of Linux 7.3";
// Under a minute of one core, at several hundred runs a second.
constexpr HuntOptions kBudget = {.seed = 0, .runs = 12000, .shrink_runs = 500};

std::vector<PlantedFault> AllFaults() {
  const auto text = ReadText(fs::path(KHOFUZZ_SOURCE_DIR) / "linux/planted/faults.txt");
  const auto faults = ParseFaults(text.ok() ? *text : "");
  EXPECT_TRUE(faults.ok()) << faults.status();
  return faults.ok() ? *faults : std::vector<PlantedFault>();
}

class PlantedFaults : public testing::Test {
 protected:
  void SetUp() override {
    for (const std::string& path : TestTrees()) {
      if (ReleaseRow(path) == nullptr) {
        std::printf("not tested: %s is %s, of which core/designs has no row\n", path.c_str(),
                    ReleaseName(path).c_str());
        continue;
      }
      trees_.push_back(path);
      const auto source = ReadText(fs::path(path) / "kernel/liveupdate/kexec_handover.c");
      if (tree_.empty() && source.ok() && HasWord(*source, "kho_extend_scratch")) tree_ = path;
    }
    if (trees_.empty()) GTEST_SKIP() << "KHOFUZZ_LINUX_TREES names no tree";
  }

  absl::StatusOr<fs::path> Build(const fs::path& tree) {
    return BuildTree({.tree = tree,
                      .shim = ShimFolder(KHOFUZZ_SOURCE_DIR),
                      .folder = folder_ / "built",
                      .progress = nullptr},
                     ConfiguredToolchain(KHOFUZZ_SOURCE_DIR));
  }

  absl::StatusOr<std::optional<Catch>> Hunted(const PlantedFault& fault) {
    const fs::path copy = folder_ / fault.name;
    if (const absl::Status planted = PlantInCopy(fault, tree_, copy); !planted.ok()) return planted;
    const auto object = Build(copy);
    if (!object.ok()) return object.status();
    return Hunt(*object, ReleaseRow(tree_)->design, kBudget);
  }

  // How many of the faults slip, with a line printed for each.
  size_t Slipped(const std::vector<PlantedFault>& faults) {
    size_t slipped = 0;
    for (const PlantedFault& fault : faults) {
      const auto caught = Hunted(fault);
      EXPECT_TRUE(caught.ok()) << fault.name << ": " << caught.status().message();
      if (!caught.ok() || !caught->has_value()) {
        ++slipped;
        std::printf("%-28s %-16s slips\n", fault.name.c_str(), fault.area.c_str());
        continue;
      }
      const Catch& by = **caught;
      std::printf("%-28s %-16s %-24s %-18s %6llu runs %3zu op lines  %s\n", fault.name.c_str(),
                  fault.area.c_str(), by.by.c_str(), by.target.c_str(),
                  static_cast<unsigned long long>(by.runs), by.shrunk.op_count(),
                  by.named.empty() ? "" : ("as " + by.named).c_str());
      std::fflush(stdout);
      EXPECT_LE(by.shrunk.op_count(), kMostOpLines) << fault.name << "\n" << Print(by.shrunk);
    }
    return slipped;
  }

  std::vector<fs::path> trees_;
  fs::path tree_;  // the one that the faults are for
  TempFolder folder_;
};

TEST_F(PlantedFaults, AreCaughtButForOne) {
  if (tree_.empty()) GTEST_SKIP() << kNoTree;
  std::vector<PlantedFault> faults = AllFaults();
  ASSERT_GE(faults.size(), kCounted);
  faults.resize(kCounted);
  EXPECT_LE(Slipped(faults), kMaySlip);
}

TEST_F(PlantedFaults, SoAreTheRest) {
  if (tree_.empty()) GTEST_SKIP() << kNoTree;
  std::vector<PlantedFault> faults = AllFaults();
  ASSERT_GT(faults.size(), kCounted);
  faults.erase(faults.begin(), faults.begin() + kCounted);
  EXPECT_LE(Slipped(faults), kMaySlip);
}

TEST_F(PlantedFaults, TreesWithoutAnyAreQuiet) {
  for (const fs::path& tree : trees_) {
    const auto object = Build(tree);
    ASSERT_TRUE(object.ok()) << object.status().message();
    const auto caught = Hunt(*object, ReleaseRow(tree)->design, kBudget);
    ASSERT_TRUE(caught.ok()) << caught.status();
    if (!caught->has_value()) continue;
    const Catch& by = **caught;
    ADD_FAILURE() << tree << ": " << by.by << " in run " << by.runs << ": " << by.what << "\n"
                  << Print(by.shrunk);
  }
}

}  // namespace
}  // namespace khofuzz
