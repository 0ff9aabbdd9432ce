#include "system/output.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "system/contained.h"

namespace khofuzz {
namespace {

using testing::HasSubstr;

// What a process says of its standard output, once that is `file` and had something written to it.
std::string SaidWith(const char* file, bool by_stdio) {
  const auto done = RunContained(
      [&] {
        const int fd = open(file, O_WRONLY);
        dup2(fd, STDOUT_FILENO);
        by_stdio ? (void)std::fputs("text", stdout) : (void)(std::cout << "text");
        return std::string(FlushStandardOutput().message());
      },
      {});
  return done.ok() ? done->result : std::string(done.status().message());
}

TEST(OutputTest, AFullDeviceIsTold) {
  EXPECT_THAT(SaidWith("/dev/full", true), HasSubstr("No space left on device"));
  EXPECT_THAT(SaidWith("/dev/full", false), HasSubstr("No space left on device"));
  EXPECT_EQ(SaidWith("/dev/null", true), "");
}

TEST(OutputTest, AClosedStreamIsNotTheNextFile) {
  const auto done = RunContained(
      [] {
        close(STDOUT_FILENO);
        KeepStandardStreams();
        const bool other = open("/dev/null", O_RDWR) != STDOUT_FILENO;
        std::fputs("text", stdout);
        return std::string(other && !FlushStandardOutput().ok() ? "told" : "");
      },
      {});
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(done->result, "told");
}

}  // namespace
}  // namespace khofuzz
