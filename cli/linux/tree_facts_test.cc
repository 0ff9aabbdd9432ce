#include "cli/linux/tree_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "system/files.h"
#include "system/process.h"
#include "system/temp_folder.h"

namespace khofuzz {
namespace {

constexpr const char kMakefile[] =
    "# SPDX\nVERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 4\nEXTRAVERSION = -rc2\nNAME = x\n"
    "VERSION = 9\n";

TEST(TreeFactsTest, ReleaseIsTheMakefiles) {
  const TempFolder folder;
  const auto tree = folder / "linux";
  std::filesystem::create_directory(tree);
  EXPECT_EQ(FactsOf(tree).release, "");
  EXPECT_EQ(Title(FactsOf(tree)), "linux");
  ASSERT_TRUE(WriteText(tree / "Makefile", kMakefile).ok());
  const TreeFacts facts = FactsOf(tree / "");
  EXPECT_EQ(facts.release, "7.3.4-rc2");
  EXPECT_EQ(facts.name, "linux");
  EXPECT_EQ(facts.path, tree.string());
  EXPECT_EQ(Title(facts), "linux (7.3.4-rc2)");
}

TEST(TreeFactsTest, CommitIsOfTheTreesOwnCheckout) {
  const TempFolder folder;
  const auto tree = folder / "linux";
  std::filesystem::create_directory(tree);
  ASSERT_TRUE(WriteText(tree / "Makefile", kMakefile).ok());
  const auto git = [&](std::vector<std::string> words) {
    std::vector<std::string> argv = {
        "/usr/bin/env", "git",         "-C", tree.string(),
        "-c",           "user.name=a", "-c", "user.email=a@example.org"};
    argv.insert(argv.end(), words.begin(), words.end());
    const auto run = RunToEnd(argv, 60);
    return run.ok() && run->end.ok();
  };
  if (!git({"init", "-q"})) GTEST_SKIP() << "no git here";
  ASSERT_TRUE(git({"add", "Makefile"}) && git({"commit", "-q", "-m", "x"}) &&
              git({"tag", "-a", "-m", "x", "v7.3"}));
  EXPECT_EQ(FactsOf(tree).commit, "v7.3");
  ASSERT_TRUE(WriteText(tree / "Makefile", "VERSION = 8\n").ok());
  EXPECT_EQ(FactsOf(tree).commit, "v7.3-dirty");
  std::filesystem::create_directory(tree / "mm");
  EXPECT_EQ(FactsOf(tree / "mm").commit, "");
}

}  // namespace
}  // namespace khofuzz
