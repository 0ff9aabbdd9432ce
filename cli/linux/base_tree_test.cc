#include "cli/linux/base_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "system/files.h"
#include "system/process.h"
#include "system/temp_folder.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class BaseTreeTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(tree_ / "kernel/liveupdate");
    fs::create_directories(tree_ / "drivers");
    Git("init -q");
    Commit("first");
    Commit("second");
  }

  std::string Git(const std::string& command) {
    const auto run = RunToEnd(
        {"/bin/sh", "-c",
         absl::StrCat("git -C '", tree_.string(), "' -c user.name=a -c user.email=a@b ", command)},
        60);
    EXPECT_TRUE(run.ok() && run->end.ok()) << command << ": " << (run.ok() ? run->output : "");
    return run.ok() ? std::string(absl::StripAsciiWhitespace(run->output)) : "";
  }
  void Commit(const std::string& text) {
    for (const char* const file : {"kernel/liveupdate/a.c", "drivers/b.c", "Makefile"}) {
      EXPECT_TRUE(WriteText(tree_ / file, text).ok());
    }
    Git("add .");
    Git("commit -q -m " + text);
  }
  absl::StatusOr<fs::path> Folder(const std::string& base) {
    const auto found = FindBaseTree(base, tree_, cache_, [] { return false; });
    if (!found.ok()) return found.status();
    // What is taken out of git has a commit, and nothing else.
    EXPECT_EQ(found->commit.size(), fs::is_directory(base) ? 0 : 40) << base;
    return found->folder;
  }

  const TempFolder folder_;
  const fs::path tree_ = folder_ / "tree";
  const TreeCache cache_{folder_ / "cache"};
};

TEST_F(BaseTreeTest, ARevisionIsTakenOutAsFarAsItIsCompiled) {
  const auto base = Folder("HEAD~1");
  ASSERT_TRUE(base.ok()) << base.status();
  EXPECT_EQ(*ReadText(*base / "kernel/liveupdate/a.c"), "first");
  EXPECT_EQ(*ReadText(*base / "Makefile"), "first");
  EXPECT_FALSE(fs::exists(*base / "drivers"));
  // The tree stays as it is, and the commit has one folder by whatever name.
  EXPECT_EQ(*ReadText(tree_ / "Makefile"), "second");
  EXPECT_EQ(*Folder(Git("rev-parse HEAD~1")), *base);
  EXPECT_NE(*Folder("HEAD"), *base);
}

TEST_F(BaseTreeTest, AFolderIsItself) {
  EXPECT_EQ(*Folder((tree_ / "drivers").string()), tree_ / "drivers");
}

TEST_F(BaseTreeTest, WhatIsNeitherIsNamed) {
  for (const char* const base : {"no-such-tag", "--help", ""}) {
    const auto folder = Folder(base);
    EXPECT_EQ(folder.status().code(), absl::StatusCode::kInvalidArgument) << base;
    EXPECT_THAT(std::string(folder.status().message()),
                HasSubstr(absl::StrCat("'", base, "' is neither")));
  }
}

TEST_F(BaseTreeTest, TheNewestFewStay) {
  const fs::path first = *Folder("HEAD");
  fs::last_write_time(first, fs::file_time_type::clock::now() - std::chrono::hours(1));
  for (int i = 0; i < 4; ++i) {
    Commit(absl::StrCat("more", i));
    EXPECT_TRUE(Folder("HEAD").ok());
  }
  EXPECT_FALSE(fs::exists(first));
  EXPECT_TRUE(fs::exists(*Folder("HEAD~3")));
}

}  // namespace
}  // namespace khofuzz
