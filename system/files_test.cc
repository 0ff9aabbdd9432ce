#include "system/files.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>

#include "system/output.h"
#include "system/temp_folder.h"

namespace khofuzz {
namespace {

using testing::HasSubstr;

std::string Content(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(FilesTest, DevicesAndLinksAreWrittenToNotReplaced) {
  const absl::Status full = WriteFileAtomically("/dev/full", "x");
  EXPECT_THAT(std::string(full.message()),
              HasSubstr("/dev/full: cannot be written: No space left"));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));
  const TempFolder folder;
  const auto target = folder / "target";
  std::ofstream(target) << "old";
  std::filesystem::create_symlink(target, folder / "link");
  ASSERT_TRUE(WriteFileAtomically(folder / "link", "new").ok());
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(Content(target), "new");
}

TEST(FilesTest, FilesAreReplacedWholeAndLeaveNothingBeside) {
  const TempFolder folder;
  const auto path = folder / "f.txt";
  std::ofstream(path) << "old";
  ASSERT_TRUE(WriteFileAtomically(path, "new").ok());
  EXPECT_EQ(Content(path), "new");
  const std::filesystem::directory_iterator all(path.parent_path());
  EXPECT_EQ(std::distance(begin(all), end(all)), 1);
  EXPECT_FALSE(WriteFileAtomically("/proc/nowhere/f.txt", "x").ok());
}

TEST(FilesTest, AReportGoesWhereItIsWanted) {
  const TempFolder folder;
  EXPECT_TRUE(WriteReport("", "x").ok());
  ASSERT_TRUE(WriteReport((folder / "new/r.json").string(), "x").ok());
  EXPECT_EQ(Content(folder / "new/r.json"), "x");
  testing::internal::CaptureStdout();
  EXPECT_TRUE(WriteReport("-", "y\n").ok());
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "y\n");
}

TEST(FilesTest, WholePathsHaveNoDots) {
  EXPECT_EQ(WholePath("/a/./b/../c"), "/a/c");
  EXPECT_EQ(WholePath("x"), std::filesystem::current_path() / "x");
}

TEST(FilesTest, ATemporaryFolderGoesWithItsObject) {
  std::filesystem::path path;
  {
    auto folder = TemporaryFolder::Make("khofuzz-test");
    ASSERT_TRUE(folder.ok()) << folder.status();
    TemporaryFolder other = *std::move(folder);
    path = other.path();
    EXPECT_TRUE(path.filename().string().starts_with("khofuzz-test."));
    ASSERT_TRUE(WriteFileAtomically(path / "inside/file", "x").ok());
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(FilesTest, AllIsWrittenOrTheReasonIsTold) {
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  EXPECT_TRUE(absl::IsUnavailable(WriteAll(full, "x")));
  EXPECT_TRUE(WriteAll(full, "").ok());
  close(full);
}

TEST(ReadTextTest, AFileIsReadToItsEndWhateverItIsSaidToHold) {
  const TempFolder folder;
  const std::string large(200'000, 'x');
  for (const std::string& text : {std::string(), std::string("a\0b\n", 4), large}) {
    ASSERT_TRUE(WriteText(folder / "file", text).ok());
    const auto read = ReadText(folder / "file");
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, text);
  }
  const auto status = ReadText("/proc/self/status");
  ASSERT_TRUE(status.ok()) << status.status();
  EXPECT_THAT(*status, HasSubstr("nonvoluntary_ctxt_switches"));
}

TEST(ReadTextTest, WhatCannotBeReadIsSaid) {
  const TempFolder folder;
  EXPECT_TRUE(absl::IsNotFound(ReadText(folder / "none").status()));
  EXPECT_THAT(std::string(ReadText(folder / "none").status().message()),
              HasSubstr((folder / "none").string()));
  EXPECT_FALSE(ReadText(folder / "").ok()) << "a folder";
  EXPECT_FALSE(WriteText(folder / "none/file", "").ok());
}

}  // namespace
}  // namespace khofuzz
