#include "cli/capture/read_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "absl/status/status.h"
#include "cli/capture/temp_capture.h"

namespace khofuzz {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(ReadFileTest, ReadsEveryByte) {
  const TempCapture capture("a_");
  capture.Write("bytes", std::string_view("a\0b\r\n", 5));
  const absl::StatusOr<std::string> read = ReadFile(capture.dir() / "bytes", 5);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, std::string_view("a\0b\r\n", 5));
}

TEST(ReadFileTest, RefusesWhatIsTooLargeMissingOrNoFile) {
  const TempCapture capture("a_");
  capture.Write("bytes", "12345");
  EXPECT_TRUE(absl::IsResourceExhausted(ReadFile(capture.dir() / "bytes", 4).status()));
  EXPECT_TRUE(absl::IsNotFound(ReadFile(capture.dir() / "absent", 4).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(ReadFile(capture.dir() / "radix", 4).status()));
}

TEST(ReadFileTest, DoesNotWaitForAWriterToAPipe) {
  const TempCapture capture("a_");
  ASSERT_EQ(mkfifo((capture.dir() / "pipe").c_str(), 0600), 0);
  EXPECT_TRUE(absl::IsFailedPrecondition(ReadFile(capture.dir() / "pipe", 4).status()));
}

TEST(ReadFileTest, UnpacksAnXzFile) {
  const TempCapture capture("e_");
  const absl::StatusOr<std::string> text =
      ReadXzFile(capture.dir() / "preserved.txt.xz", uint64_t{16} << 20);
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_TRUE(text->starts_with("0x2c00000 9\n"));
}

TEST(ReadFileTest, ASmallXzFileCannotUnpackToALargeText) {
  const TempCapture capture("e_");
  const absl::Status status = ReadXzFile(capture.dir() / "preserved.txt.xz", 100000).status();
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
}

TEST(ReadFileTest, DamagedXzNamesTheByte) {
  const TempCapture capture("e_");
  std::string packed = capture.Read("preserved.txt.xz");
  const absl::Status cut = UnpackXz(packed.substr(0, packed.size() / 2), "f.xz", 1 << 24).status();
  EXPECT_TRUE(absl::IsDataLoss(cut));
  EXPECT_THAT(cut.message(), AllOf(HasSubstr("f.xz: byte 23522"), HasSubstr("ends early"))) << cut;
  packed[packed.size() / 2] ^= 1;
  EXPECT_TRUE(absl::IsDataLoss(UnpackXz(packed, "f.xz", 1 << 24).status()));
  EXPECT_TRUE(absl::IsDataLoss(UnpackXz("no xz", "f.xz", 1 << 24).status()));
  EXPECT_TRUE(absl::IsDataLoss(UnpackXz("", "f.xz", 1 << 24).status()));
}

}  // namespace
}  // namespace khofuzz
