// What was reached of a real tree, and of lines planted in a copy of it: KHOFUZZ_LINUX_TREES names
// the trees, joined by colons.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/commands/exit_code.h"
#include "cli/linux/check.h"
#include "cli/linux/diff.h"
#include "core/lines.h"
#include "linux/planted/tree_copy.h"
#include "linux/release_row.h"
#include "linux/test_trees.h"
#include "system/files.h"
#include "system/temp_folder.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

constexpr const char* kHandoverSource = "kernel/liveupdate/kexec_handover.c";
// In kho_preserve_pages().
constexpr const char* kBefore =
    "\twhile (pfn < end_pfn) {\n\t\tunsigned int order = __kho_preserve_pages_order(";
// Of these twenty lines five cannot be reached.
constexpr const char* kPlantedLines =
    "\t{\n"
    "\t\tunsigned long pages = 0, runs = 0, odd = 0;\n"
    "\t\tfor (unsigned long at = start_pfn; at < end_pfn; at++) {\n"
    "\t\t\t/* What it is about to do. */\n"
    "\t\t\tpages++;\n"
    "\t\t\tif (at & 1)\n"
    "\t\t\t\todd++;\n"
    "\t\t\tif (at < start_pfn) {\n"
    "\t\t\t\tpages = 0;\n"
    "\t\t\t\truns = at;\n"
    "\t\t\t\tpr_warn(\"runs backwards\\n\");\n"
    "\t\t\t}\n"
    "\t\t\truns++;\n"
    "\t\t}\n"
    "\t\tif (pages != runs) {\n"
    "\t\t\terr = -EIO;\n"
    "\t\t\treturn err;\n"
    "\t\t}\n"
    "\t\t(void)odd;\n"
    "\t}\n";

class ReachTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const std::string& tree : TestTrees()) {
      if (ReleaseName(tree) == "linux-7.3") tree_ = tree;
    }
    if (tree_.empty()) GTEST_SKIP() << "KHOFUZZ_LINUX_TREES names no tree of linux-7.3";
  }

  std::string PlantedCopy() {
    const auto copy = TreeCopy::Make(tree_, folder_ / "copy");
    EXPECT_TRUE(copy.ok()) << copy.status();
    const absl::Status planted =
        copy->Replace(kHandoverSource, kBefore, absl::StrCat(kPlantedLines, kBefore));
    EXPECT_TRUE(planted.ok()) << planted;
    return copy->path().string();
  }

  Json JsonIn(const char* name) {
    const auto text = ReadText(folder_ / name);
    EXPECT_TRUE(text.ok()) << text.status();
    return text.ok() ? Json::parse(*text) : Json();
  }

  static void ExpectTheFive(const Json& series) {
    std::vector<std::string> lines;
    for (const Json& line : series.at("not_executed")) {
      EXPECT_EQ(line.at("file"), kHandoverSource);
      lines.push_back(line.at("text").get<std::string>());
    }
    EXPECT_THAT(lines, ElementsAre("\t\t\t\tpages = 0;", "\t\t\t\truns = at;",
                                   "\t\t\t\tpr_warn(\"runs backwards\\n\");", "\t\t\terr = -EIO;",
                                   "\t\t\treturn err;"));
    EXPECT_FALSE(series.at("untested").get<bool>());
    EXPECT_GE(series.at("executed").size(), 8u);
  }

  const TempFolder folder_;
  std::string tree_;
};

TEST_F(ReachTest, CheckListsWhatOfAReleaseItDidNotReach) {
  ASSERT_EQ(LinuxCheckCommand({.tree = tree_,
                               .seconds = 20,
                               .seed = 1,
                               .json = (folder_ / "check.json").string(),
                               .reach = {.html = (folder_ / "reach.html").string()},
                               .work_dir = (folder_ / "work").string(),
                               .root = KHOFUZZ_SOURCE_DIR,
                               .bin_dir = folder_ / "bin"}),
            kExitFine);
  const Json reach = JsonIn("check.json").at("reach");
  ASSERT_TRUE(reach.at("unknown").is_null()) << reach.at("unknown");
  bool told = false;
  for (const Json& file : reach.at("files")) {
    if (file.at("file") != kHandoverSource) continue;
    told = true;
    const auto never = file.at("never_called").get<std::vector<std::string>>();
    EXPECT_THAT(never, Not(Contains("kho_preserve_pages")));
    EXPECT_THAT(never, Not(Contains("kho_memory_init")));
    EXPECT_GT(file.at("called").get<int>(), 20);
    EXPECT_FALSE(file.at("never_executed").empty());
  }
  EXPECT_TRUE(told);
  // What the tree's code is to do it does in processes that are confined.
  EXPECT_THAT(*ReadText("/proc/self/maps"), Not(HasSubstr("tree.so")));
  const auto html = ReadText(folder_ / "reach.html");
  ASSERT_TRUE(html.ok()) << html.status();
  EXPECT_THAT(*html, HasSubstr("kho_preserve_pages"));
}

TEST_F(ReachTest, OfAPatchTheLinesThatCannotBeReachedAreNamed) {
  const std::string copy = PlantedCopy();
  std::string patch =
      absl::StrCat("--- a/", kHandoverSource, "\n+++ b/", kHandoverSource, "\n@@ -1,0 +1,20 @@\n");
  for (const std::string_view line : LinesOf(kPlantedLines)) {
    absl::StrAppend(&patch, "+", std::string(line), "\n");
  }
  ASSERT_TRUE(WriteText(folder_ / "the.patch", patch).ok());
  ASSERT_EQ(LinuxCheckCommand({.tree = copy,
                               .seconds = 20,
                               .seed = 1,
                               .json = (folder_ / "check.json").string(),
                               .reach = {.patches = {(folder_ / "the.patch").string()}},
                               .work_dir = (folder_ / "work").string(),
                               .root = KHOFUZZ_SOURCE_DIR,
                               .bin_dir = folder_ / "bin"}),
            kExitFine);
  ExpectTheFive(JsonIn("check.json").at("reach").at("series"));
  ASSERT_EQ(LinuxDiffCommand({.base = tree_,
                              .patched = copy,
                              .seconds = 20,
                              .seed = 1,
                              .json = (folder_ / "diff.json").string(),
                              .root = KHOFUZZ_SOURCE_DIR,
                              .bin_dir = folder_ / "bin"}),
            kExitFine);
  ExpectTheFive(JsonIn("diff.json").at("reach").at("series"));
}

}  // namespace
}  // namespace khofuzz
