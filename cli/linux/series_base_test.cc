// A series held against what it is based on: linux check --base. KHOFUZZ_LINUX_TREES names the
// trees, joined by colons.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "cli/commands/exit_code.h"
#include "cli/linux/check.h"
#include "linux/planted/tree_copy.h"
#include "linux/release_row.h"
#include "linux/test_trees.h"
#include "system/files.h"
#include "system/temp_folder.h"

namespace khofuzz {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;
using Json = nlohmann::json;

constexpr const char* kKexecHandover = "kernel/liveupdate/kexec_handover.c";

class SeriesBaseTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const std::string& tree : TestTrees()) {
      if (ReleaseName(tree) == "linux-7.3") tree_ = tree;
    }
    if (tree_.empty()) GTEST_SKIP() << "KHOFUZZ_LINUX_TREES names no tree of linux-7.3";
  }

  std::string Edited(const char* from, const char* to) {
    const auto copy = TreeCopy::Make(tree_, folder_ / "copy");
    EXPECT_TRUE(copy.ok()) << copy.status();
    const absl::Status replaced = copy->Replace(kKexecHandover, from, to);
    EXPECT_TRUE(replaced.ok()) << replaced;
    return copy->path().string();
  }

  // Leaves what was found in json_.
  int Check(const std::string& tree, const std::string& base) {
    const std::string path = (folder_ / "check.json").string();
    const int exit = LinuxCheckCommand({.tree = tree,
                                        .seconds = 20,
                                        .seed = 1,
                                        .json = path,
                                        .reach = {.base = base},
                                        .work_dir = (folder_ / "work").string(),
                                        .root = KHOFUZZ_SOURCE_DIR,
                                        .bin_dir = folder_ / "bin"});
    const auto text = ReadText(path);
    json_ = text.ok() ? Json::parse(*text) : Json();
    return exit;
  }
  Json News() const {
    Json news = Json::array();
    for (const Json& one : json_.at("findings")) {
      if (one.at("known_as").is_null()) news.push_back(one);
    }
    return news;
  }

  const TempFolder folder_;
  std::string tree_;
  Json json_;
};

TEST_F(SeriesBaseTest, ACataloguedQuirkThatASeriesBringsIsNews) {
  const std::string copy =
      Edited("\t\t.node = kho_ext_walk_node,\n", "\t\t/* kho_ext_walk_node */\n");
  EXPECT_EQ(Check(copy, tree_), kExitFinding);
  EXPECT_THAT(json_.at("base").at("brought"), ElementsAre("extend-omits-node-callback"));
  EXPECT_THAT(json_.at("base").at("mended"), IsEmpty());
  EXPECT_EQ(News().size(), 1u) << News();
  for (const Json& one : News()) EXPECT_EQ(one.at("same_as"), "extend-omits-node-callback") << one;
  // Nor is it where the series takes it away.
  EXPECT_EQ(Check(tree_, copy), kExitFine);
  EXPECT_THAT(json_.at("base").at("mended"), ElementsAre("extend-omits-node-callback"));
}

// The states of nearly every life are other ones than the base's, and what breaks there as well
// ends in other states.
TEST_F(SeriesBaseTest, WhatTheBaseBreaksInOtherStatesIsNoNews) {
  const std::string copy =
      Edited("\t\terr = kho_radix_add_key(busy_blocks, start >> KHO_SCRATCH_EXT_BLKSHIFT);\n",
             "\t\terr = start >> KHO_SCRATCH_EXT_BLKSHIFT ?\n"
             "\t\t\tkho_radix_add_key(busy_blocks, start >> KHO_SCRATCH_EXT_BLKSHIFT) : 0;\n");
  EXPECT_EQ(Check(copy, tree_), kExitFinding);
  EXPECT_THAT(json_.at("base").at("brought"), IsEmpty());
  EXPECT_GT(json_.at("of_base").size(), 0u) << json_.at("of_base");
  EXPECT_FALSE(News().empty());
  for (const Json& one : News()) {
    EXPECT_THAT(one.at("function").get<std::string>(), StartsWith("kho_extend_scratch()")) << one;
  }
}

}  // namespace
}  // namespace khofuzz
