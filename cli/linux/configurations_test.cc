// Linux trees in each of the configurations (linux/build/configuration.h): those that
// KHOFUZZ_LINUX_TREES names, joined by colons.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/commands/exit_code.h"
#include "cli/linux/check.h"
#include "linux/build/configuration.h"
#include "linux/planted/tree_copy.h"
#include "linux/test_trees.h"
#include "system/files.h"
#include "system/temp_folder.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using Json = nlohmann::json;

class ConfigurationsTest : public testing::Test {
 protected:
  void SetUp() override {
    trees_ = TestTrees();
    if (trees_.empty()) GTEST_SKIP() << "KHOFUZZ_LINUX_TREES names no trees";
  }

  // What check --json says of it after the corpus and as much by chance as there is time for.
  Json Check(const std::string& tree, std::string_view config, double seconds, int exit) {
    const fs::path report = folder_ / "check.json";
    EXPECT_EQ(LinuxCheckCommand({.tree = tree,
                                 .seconds = seconds,
                                 .seed = 1,
                                 .compiled = {.config = std::string(config)},
                                 .json = report.string(),
                                 .work_dir = (folder_ / "work").string(),
                                 .root = KHOFUZZ_SOURCE_DIR,
                                 .bin_dir = KHOFUZZ_BUILD_DIR}),
              exit)
        << tree << ", " << config;
    const auto text = ReadText(report);
    EXPECT_TRUE(text.ok()) << text.status();
    return text.ok() ? Json::parse(*text) : Json();
  }

  const TempFolder folder_;
  std::vector<std::string> trees_;
};

TEST_F(ConfigurationsTest, EachBuildsAndIsQuiet) {
  for (const std::string& tree : trees_) {
    for (const TreeConfig& config : TreeConfigs()) {
      // Building and measuring take some of it.
      const Json json = Check(tree, config.name, 90, kExitFine);
      EXPECT_EQ(json["tree"]["configuration"], config.name);
      EXPECT_GT(json["played"]["scenarios"], 500) << tree << ", " << config.name;
      for (const Json& one : json["findings"]) {
        EXPECT_FALSE(one.value("known_as", Json()).is_null()) << config.name << ": " << one["what"];
      }
      if (config.name == "default") continue;
      const std::string quirk = config.name == "debug"     ? "preserve-refuses-bootmem"
                                : config.name == "no-numa" ? "one-node"
                                                           : "defers-nothing";
      EXPECT_THAT(json["measured"].get<std::string>(), HasSubstr(quirk)) << tree;
      EXPECT_THAT(json["measured"].get<std::string>(), HasSubstr("probes are explained")) << tree;
      if (config.name == "no-numa") {
        EXPECT_THAT(json["measured"].get<std::string>(), HasSubstr("node-area-counts-scratch"));
      }
    }
  }
}

TEST_F(ConfigurationsTest, AFaultThatOneAloneHasIsFoundInThatOne) {
  // The sanity check of preserving turns away what lies beside bootmem, too.
  const fs::path path = folder_ / "copy";
  const auto copy = TreeCopy::Make(trees_.front(), path);
  ASSERT_TRUE(copy.ok()) << copy.status();
  const absl::Status planted =
      copy->Replace("kernel/liveupdate/kexec_handover.c",
                    "kho_scratch_overlap(pfn << PAGE_SHIFT, PAGE_SIZE << order)",
                    "kho_scratch_overlap((pfn & ~7UL) << PAGE_SHIFT, PAGE_SIZE << (order + 3))");
  ASSERT_TRUE(planted.ok()) << planted;
  (void)Check(path.string(), "", 45, kExitFine);
  const Json json = Check(path.string(), "debug", 60, kExitFinding);
  ASSERT_FALSE(json["findings"].empty());
  const Json& found = json["findings"][0];
  EXPECT_TRUE(found["known_as"].is_null()) << found;
  EXPECT_EQ(found["configuration"], "debug");
  EXPECT_THAT(found["replay"].get<std::string>(), HasSubstr(" --config debug "));
}

}  // namespace
}  // namespace khofuzz
