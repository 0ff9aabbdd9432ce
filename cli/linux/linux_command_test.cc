// The commands as a user meets them, as far as no network is needed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>

#include "cli/commands/exit_code.h"
#include "cli/linux/linux.h"
#include "cli/linux/tree_cache.h"
#include "linux/build/fake_tree.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;

class LinuxCommandTest : public FakeTree {
 protected:
  LinuxCommandTest() { setenv("KHOFUZZ_CACHE", (folder_ / "cache").c_str(), 1); }
  ~LinuxCommandTest() override { unsetenv("KHOFUZZ_CACHE"); }

  LinuxBuildOptions BuildOptions() {
    return {.tree = tree(), .root = folder_ / ".", .bin_dir = folder_ / "bin"};
  }

  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(LinuxCommandTest, GetPrintsTheTreeThatIsThere) {
  fs::create_directories(folder_ / "cache/linux/linux-source-7.3");
  EXPECT_EQ(LinuxGetCommand({.version = "7.3"}, out_, err_), kExitFine) << err_.str();
  EXPECT_EQ(out_.str(), (folder_ / "cache/linux/linux-source-7.3").string() + "\n");
  EXPECT_THAT(err_.str(), IsEmpty());
}

TEST_F(LinuxCommandTest, AWholeTreeIsAnotherTree) {
  fs::create_directories(folder_ / "cache/linux/linux-source-7.3");
  fs::create_directories(folder_ / "cache/linux/linux-source-7.3-whole");
  EXPECT_EQ(LinuxGetCommand({.version = "7.3", .whole = true}, out_, err_), kExitFine);
  EXPECT_EQ(out_.str(), (folder_ / "cache/linux/linux-source-7.3-whole").string() + "\n");
}

TEST_F(LinuxCommandTest, ASuiteForATreeThatIsThereIsRefused) {
  fs::create_directories(folder_ / "cache/linux/linux-source-7.3");
  EXPECT_EQ(LinuxGetCommand({.version = "7.3", .suites = {"sid"}}, out_, err_), kExitBad);
  EXPECT_THAT(err_.str(), HasSubstr("--suite has no effect"));
}

TEST_F(LinuxCommandTest, GetWantsARelease) {
  for (const char* version : {"", "7", "7.", ".3", "7.3.4", "v7.3", "../7.3", "7.3 "}) {
    err_.str("");
    EXPECT_EQ(LinuxGetCommand({.version = version}, out_, err_), kExitBad) << version;
    EXPECT_THAT(err_.str(), HasSubstr("should be a release such as 7.3")) << version;
  }
  EXPECT_THAT(out_.str(), IsEmpty());
}

TEST_F(LinuxCommandTest, BuildPrintsTheObjectAlone) {
  EXPECT_EQ(LinuxBuildCommand(BuildOptions(), out_, err_), kExitFine) << err_.str();
  const std::string path = out_.str().substr(0, out_.str().find('\n'));
  EXPECT_TRUE(fs::exists(path)) << path;
  EXPECT_THAT(path, testing::StartsWith((folder_ / "bin/linux/trees/tree-").string()));
  EXPECT_THAT(err_.str(), HasSubstr("building " + tree().string()));
}

TEST_F(LinuxCommandTest, BuildTellsWhatItCannotBuild) {
  fs::remove(tree() / "mm/memblock.c");
  EXPECT_EQ(LinuxBuildCommand(BuildOptions(), out_, err_), kExitBad);
  EXPECT_EQ(err_.str(), "khofuzz linux build: unsupported tree: " + tree().string() +
                            " lacks mm/memblock.c, and nothing in mm/, kernel/ defines answer()\n");
  EXPECT_THAT(out_.str(), IsEmpty());
  auto options = BuildOptions();
  options.variant = "fast";
  EXPECT_EQ(LinuxBuildCommand(options, out_, err_), kExitBad);
}

TEST_F(LinuxCommandTest, BuildTellsWhatIsNotPlayed) {
  Write("linux/shim/functions.txt", "memblock answer() required\nmemblock ask() questions\n");
  EXPECT_EQ(LinuxBuildCommand(BuildOptions(), out_, err_), kExitFine) << err_.str();
  EXPECT_THAT(err_.str(), HasSubstr(tree().string() + ": questions are not played: no ask()\n"));
}

// Whoever reads the reports hears of a tree that does not build.
TEST_F(LinuxCommandTest, ATreeThatDoesNotBuildIsReportedInEveryForm) {
  Write("tree/mm/memblock.c", "int answer(void) { return NEW_IDIOM; }\n");
  LinuxCheckOptions check{.tree = tree(),
                          .json = folder_ / "check.json",
                          .junit = folder_ / "check.xml",
                          .ktap = folder_ / "check.ktap",
                          .root = folder_ / ".",
                          .bin_dir = folder_ / "bin"};
  EXPECT_EQ(LinuxCheckCommand(check), kExitBad);
  EXPECT_THAT(Read("check.json"),
              HasSubstr("\"error\": \"the tree does not compile in the harness: it uses what"));
  EXPECT_THAT(Read("check.xml"), HasSubstr("<failure message=\"the tree does not build\">"));
  EXPECT_THAT(Read("check.xml"), HasSubstr("NEW_IDIOM, used at mm/memblock.c:1"));
  EXPECT_THAT(Read("check.ktap"), HasSubstr("NEW_IDIOM, used at mm/memblock.c:1"));
  EXPECT_THAT(Read("check.ktap"), HasSubstr("not ok 1 build"));
  EXPECT_EQ(LinuxDiffCommand({.base = tree(),
                              .patched = tree(),
                              .json = folder_ / "diff.json",
                              .root = folder_ / ".",
                              .bin_dir = folder_ / "bin"}),
            kExitBad);
  EXPECT_THAT(Read("diff.json"), HasSubstr("\"error\": \"the tree does not compile"));
}

}  // namespace
}  // namespace khofuzz
