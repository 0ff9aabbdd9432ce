#include "cli/fuzz/work_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "system/files.h"
#include "system/temp_folder.h"

namespace khofuzz {
namespace {

const Target& Extend() { return *FindTarget("fuzz_extend"); }

TEST(WorkDirTest, TwoSearchesDoNotShareAFolder) {
  TempFolder temp;
  auto first = WorkDir::Open(temp / "w", "intended");
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = WorkDir::Open(temp / "w", "intended");
  EXPECT_THAT(std::string(second.status().message()), testing::HasSubstr("another khofuzz fuzz"));
  {
    const WorkDir moved = *std::move(first);
    EXPECT_FALSE(WorkDir::Open(temp / "w", "intended").ok());
  }
  EXPECT_TRUE(WorkDir::Open(temp / "w", "intended").ok());
}

TEST(WorkDirTest, WhatOneDesignFailsOnIsNotHeldAgainstAnother) {
  TempFolder temp;
  const auto quirky = WorkDir::Open(temp / "w", "a+b");
  const auto plain = WorkDir::Open(temp / "v", "intended");
  ASSERT_TRUE(quirky.ok() && plain.ok());
  EXPECT_EQ(quirky->Artifacts(Extend()).filename(), "fuzz_extend@a+b");
  EXPECT_EQ(plain->Artifacts(Extend()).filename(), "fuzz_extend");
}

TEST(WorkDirTest, ArtifactsCountUntilTheyAreSetAside) {
  TempFolder temp;
  const auto work = WorkDir::Open(temp / "w", "intended");
  ASSERT_TRUE(work.ok());
  ASSERT_TRUE(work->Prepare(Extend()).ok());
  const std::filesystem::path folder = work->Artifacts(Extend());
  for (const char* name : {"crash-1", "crash-1.best", "oom-2", "timeout-3", "leak-4", "slow-unit-5",
                           "crash-6.best.part77"}) {
    ASSERT_TRUE(WriteFileAtomically(folder / name, name).ok());
  }
  EXPECT_THAT(work->UnreportedArtifacts(Extend()),
              testing::ElementsAre(folder / "crash-1", folder / "leak-4", folder / "oom-2",
                                   folder / "timeout-3"));
  WorkDir::SetAside(folder / "crash-1");
  EXPECT_THAT(work->UnreportedArtifacts(Extend()), testing::SizeIs(3));
  EXPECT_EQ(InputBytes(folder / "reported" / "crash-1"), "crash-1") << "the original is kept";
  EXPECT_FALSE(std::filesystem::exists(folder / "crash-1.best"));
}

TEST(WorkDirTest, OnlyExactCopiesAreRemoved) {
  TempFolder temp;
  for (const char* text : {"one", "two", "one!"}) {
    ASSERT_TRUE(WriteFileAtomically(temp / text, text).ok());
  }
  RemoveCopies(temp / "", "one");
  EXPECT_THAT(FilesIn(temp / ""), testing::ElementsAre(temp / "one!", temp / "two"));
}

TEST(WorkDirTest, AFolderThatCannotBeMadeIsAnError) {
  TempFolder temp;
  ASSERT_TRUE(WriteFileAtomically(temp / "file", "").ok());
  EXPECT_FALSE(WorkDir::Open(temp / "file", "intended").ok());
}

}  // namespace
}  // namespace khofuzz
