#include "linux/build/prune.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

#include "linux/build/fake_tree.h"
#include "linux/build/folder_lock.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;
using testing::UnorderedElementsAre;

class PruneTest : public FakeTree {
 protected:
  fs::path trees() const { return folder_ / "trees"; }
  // A build that was last used so many days ago.
  fs::path MakeBuild(const std::string& name, int days) {
    const fs::path folder = trees() / name;
    Write("trees/" + name + "/lock", "");
    Write("trees/" + name + "/tree.so", "an object\n");
    Write("trees/" + name + "/fingerprint", "0123\n");
    Write("trees/" + name + "/part/world/mm/left.c", "of a build that was interrupted\n");
    fs::last_write_time(folder / "lock", fs::file_time_type::clock::now() - hours(24 * days));
    return folder;
  }
  std::vector<std::string> Left() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(trees())) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }
};

TEST_F(PruneTest, TheNewestStayAndThoseUsedLately) {
  for (const auto& [name, days] :
       {std::pair("a", 400), {"b", 29}, {"c", 31}, {"d", 40}, {"e", 35}, {"f", 1}}) {
    MakeBuild(name, days);
  }
  EXPECT_EQ(PruneTrees(trees(), {.newest = 6}), 0);
  EXPECT_EQ(PruneTrees(trees(), {.newest = 4}), 2);
  EXPECT_THAT(Left(), UnorderedElementsAre("b", "c", "e", "f"));
  EXPECT_EQ(PruneTrees(trees(), {.newest = 1}), 2);
  EXPECT_THAT(Left(), UnorderedElementsAre("b", "f"));
  EXPECT_EQ(PruneTrees(trees(), {.newest = 0, .used_within = hours(24 * 2)}), 1);
  EXPECT_THAT(Left(), UnorderedElementsAre("f"));
  EXPECT_EQ(PruneTrees(folder_ / "nothing"), 0);
}

TEST_F(PruneTest, WhatIsMarkedOrLockedOrNoBuildStays) {
  MarkUsed(MakeBuild("marked", 100));
  const auto lock = FolderLock::Take(MakeBuild("locked", 100));
  ASSERT_TRUE(lock.ok());
  fs::last_write_time(trees() / "locked/lock", fs::file_time_type::clock::now() - hours(24 * 100));
  Write("trees/notes/of-mine.txt", "no lock, so no build\n");
  MakeBuild("gone", 100);
  EXPECT_EQ(PruneTrees(trees(), {.newest = 0}), 1);
  EXPECT_THAT(Left(), UnorderedElementsAre("marked", "locked", "notes"));
}

TEST_F(PruneTest, ABuildRemovesWhatNobodyUsedForLong) {
  for (int i = 0; i < 40; ++i) MakeBuild("old" + std::to_string(i), 31 + i);
  const TreeBuild build{.tree = tree(), .shim = shim(), .folder = trees()};
  const Toolchain toolchain = ConfiguredToolchain(KHOFUZZ_SOURCE_DIR);
  const auto object = BuildTree(build, toolchain);
  ASSERT_TRUE(object.ok()) << object.status().message();
  EXPECT_TRUE(fs::exists(*object));
  EXPECT_EQ(Left().size(), 32);
  // To use it again is to mark it, and removes nothing.
  MakeBuild("older", 50);
  const auto old = fs::file_time_type::clock::now() - hours(24 * 99);
  fs::last_write_time(FolderOf(build) / "lock", old);
  EXPECT_TRUE(BuildTree(build, toolchain).ok());
  EXPECT_EQ(Left().size(), 33);
  EXPECT_GT(fs::last_write_time(FolderOf(build) / "lock"), old + hours(24 * 98));
}

// Each of many takes the lock, finds what the one before left, and removes the folder.
TEST_F(PruneTest, AFolderThatIsRemovedUnderAWaitingProcessIsMadeAnew) {
  const fs::path folder = trees() / "contended";
  std::atomic<int> inside = 0;
  const auto run = [&] {
    for (int i = 0; i < 200; ++i) {
      const auto lock = FolderLock::Take(folder);
      ASSERT_TRUE(lock.ok()) << lock.status();
      EXPECT_EQ(++inside, 1);
      EXPECT_TRUE(fs::exists(folder / "lock"));
      --inside;
      std::error_code error;
      fs::remove(folder / "lock", error);
      fs::remove(folder, error);
    }
  };
  std::thread other(run);
  run();
  other.join();
}

}  // namespace
}  // namespace khofuzz
