#include "system/contained.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <memory>
#include <vector>

namespace khofuzz {
namespace {

using testing::HasSubstr;

Contained Outcome(const std::function<std::string()>& work, const Limits& limits = {}) {
  auto contained = RunContained(work, limits);
  EXPECT_TRUE(contained.ok()) << contained.status();
  return contained.ok() ? *std::move(contained) : Contained{};
}

TEST(ContainedTest, AResultOfAnySizeComesBackByteForByte) {
  const std::string large = std::string(5 << 20, 'x') + '\0' + "end";
  const Contained done = Outcome([&] { return large; });
  EXPECT_TRUE(done.loss.ok());
  EXPECT_TRUE(done.result == large);
  EXPECT_EQ(Outcome([] { return std::string(); }).result, "");
}

TEST(ContainedTest, AnEndlessLoopIsEndedAndSaysWhereItWas) {
  const Contained done = Outcome(
      []() -> std::string {
        for (volatile int turns = 0;;) {
          turns = turns + 1;
        }
      },
      {.seconds = 0.3});
  EXPECT_EQ(done.loss.kind, ProcessLoss::Kind::kHang);
  EXPECT_EQ(Describe(done.loss), "it ran for more than 0.3 s and was ended");
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__)
  EXPECT_NE(done.loss.pc, 0u);
#endif
}

TEST(ContainedTest, OneThatWouldNotSayWhereItIsIsEndedAllTheSame) {
  const Contained done = Outcome(
      []() -> std::string {
        std::signal(SIGQUIT, SIG_IGN);
        for (;;) pause();
      },
      {.seconds = 0.3});
  EXPECT_EQ(done.loss.kind, ProcessLoss::Kind::kHang);
}

TEST(ContainedTest, ACrashIsToldByItsSignal) {
  const Contained done = Outcome([]() -> std::string {
    std::signal(SIGABRT, SIG_DFL);
    std::abort();
  });
  EXPECT_EQ(done.loss.kind, ProcessLoss::Kind::kCrash);
  EXPECT_THAT(Describe(done.loss), HasSubstr("signal 6"));
}

TEST(ContainedTest, WorkThatExitsHasNotComeToItsEnd) {
  const Contained done = Outcome([]() -> std::string { _exit(0); });
  EXPECT_EQ(done.loss.kind, ProcessLoss::Kind::kCrash);
}

TEST(ContainedTest, EatingMemoryIsEndedAtTheLimit) {
  const Contained done = Outcome(
      []() -> std::string {
        std::vector<std::unique_ptr<char[]>> hoard;
        for (;;) {
          hoard.push_back(std::make_unique<char[]>(16 << 20));
          usleep(2000);
        }
      },
      {.seconds = 200, .memory_mb = 256});
  EXPECT_EQ(done.loss.kind, ProcessLoss::Kind::kOutOfMemory);
  EXPECT_EQ(Describe(done.loss), "it took more than 256 MiB and was ended");
}

TEST(ContainedTest, WhoWaitsCanEndIt) {
  const auto done = RunContained(
      []() -> std::string {
        for (;;) pause();
      },
      {.seconds = 1000}, [] { return true; });
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(done->loss.kind, ProcessLoss::Kind::kHang);
}

}  // namespace
}  // namespace khofuzz
