// apt itself, on an archive in a folder: no network.
#include "cli/linux/apt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "system/files.h"
#include "system/temp_folder.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

bool Never() { return false; }

TEST(RunToolTest, TellsWhatAToolPrintedOfItsErrors) {
  EXPECT_EQ(*RunTool("/", {"echo", "fine"}, Never), "fine\n");
  const auto failed = RunTool("/", {"sh", "-c", "echo Get:1; echo 'E: gone'; exit 100"}, Never);
  EXPECT_TRUE(absl::IsUnavailable(failed.status()));
  EXPECT_EQ(failed.status().message(), "E: gone");
  EXPECT_EQ(RunTool("/", {"sh", "-c", "exit 3"}, Never).status().message(), "exit code 3");
  const auto missing = RunTool("/", {"khofuzz-no-such-tool"}, Never);
  EXPECT_TRUE(absl::IsFailedPrecondition(missing.status()));
  EXPECT_THAT(std::string(missing.status().message()), HasSubstr("khofuzz-no-such-tool"));
}

TEST(RunToolTest, EndsWhenItIsToldTo) {
  EXPECT_TRUE(absl::IsCancelled(RunTool("/", {"sleep", "60"}, [] { return true; }).status()));
}

class AptTest : public testing::Test {
 protected:
  AptTest() {
    if (!RunTool("/", {"apt-get", "--version"}, Never).ok()) return;
    has_apt_ = true;
    // An archive with one package, as apt finds it: lists name files by their sums.
    const std::string script =
        "set -e; mkdir -p p/DEBIAN pool; cd p; "
        "printf 'Package: linux-source-9.9\\nVersion: 9.9.1-1\\nArchitecture: all\\n"
        "Maintainer: a <a@example.org>\\nDescription: a\\n' > DEBIAN/control; cd ..; "
        "dpkg-deb -b p pool/linux-source-9.9_9.9.1-1_all.deb >/dev/null; "
        "arch=$(dpkg --print-architecture); d=dists/sid/main/binary-$arch; mkdir -p $d; "
        "f=pool/linux-source-9.9_9.9.1-1_all.deb; { cat p/DEBIAN/control; echo Filename: $f; "
        "echo Size: $(stat -c %s $f); echo SHA256: $(sha256sum < $f | cut -d' ' -f1); } > "
        "$d/Packages; { echo Suite: sid; echo Codename: sid; echo Components: main; "
        "echo Architectures: $arch; echo 'Date: Thu, 01 Jan 2026 00:00:00 UTC'; echo SHA256:; "
        "echo \" $(sha256sum < $d/Packages | cut -d' ' -f1) $(stat -c %s $d/Packages) "
        "main/binary-$arch/Packages\"; } > dists/sid/Release";
    fs::create_directories(folder_ / "archive");
    fs::create_directories(folder_ / "apt");
    const auto made = RunTool(folder_ / "archive", {"sh", "-c", script}, Never);
    EXPECT_TRUE(made.ok()) << made.status();
    mirror_ = {.uri = "copy:" + (folder_ / "archive").string(), .trusted = true};
  }
  void SetUp() override {
    if (!has_apt_) GTEST_SKIP() << "there is no apt-get here";
  }

  TempFolder folder_;
  bool has_apt_ = false;
  DebianMirror mirror_;
};

TEST_F(AptTest, FindsAndFetchesAPackage) {
  Apt apt(folder_ / "apt", Never);
  const absl::Status used = apt.Use(mirror_, "sid");
  ASSERT_TRUE(used.ok()) << used;
  const auto found = apt.Find("linux-source-9.9");
  ASSERT_TRUE(found.ok() && found->has_value()) << found.status();
  EXPECT_EQ((*found)->version, "9.9.1-1");
  uint64_t seen = 0;
  const auto file = apt.Download("linux-source-9.9", [&](uint64_t bytes) { seen = bytes; });
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(fs::file_size(*file), (*found)->bytes);
  EXPECT_EQ(file->parent_path(), folder_ / "apt/download");
  EXPECT_LE(seen, (*found)->bytes);
}

TEST_F(AptTest, ASuiteMayLackThePackageOrNotExist) {
  Apt apt(folder_ / "apt", Never);
  ASSERT_TRUE(apt.Use(mirror_, "sid").ok());
  const auto none = apt.Find("linux-source-9.8");
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_FALSE(none->has_value());
  EXPECT_TRUE(absl::IsNotFound(apt.Use(mirror_, "forky")));
}

TEST_F(AptTest, AnArchiveThatNobodySignedIsNotBelieved) {
  mirror_.trusted = false;
  Apt apt(folder_ / "apt", Never);
  const absl::Status used = apt.Use(mirror_, "sid");
  EXPECT_TRUE(absl::IsUnavailable(used)) << used;
  EXPECT_THAT(std::string(used.message()), HasSubstr("is not signed"));
}

}  // namespace
}  // namespace khofuzz
