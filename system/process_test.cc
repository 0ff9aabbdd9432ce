#include "system/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

namespace khofuzz {
namespace {

std::vector<std::string> Shell(const std::string& script) { return {"/bin/sh", "-c", script}; }

void Wait() { std::this_thread::sleep_for(std::chrono::milliseconds(5)); }

// 'R', 'S', 'Z' ...; 0 if there is no such process.
char StateOf(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const size_t name_end = text.rfind(") ");
  return name_end == std::string::npos ? '\0' : text[name_end + 2];
}

bool Runs(pid_t pid) { return StateOf(pid) != '\0' && StateOf(pid) != 'Z'; }

TEST(ProcessTest, BothStreamsAndTheExitCodeAreSeen) {
  const auto run = RunToEnd(Shell("echo out; echo err >&2; exit 3"), 20);
  ASSERT_TRUE(run.ok());
  EXPECT_EQ(run->output, "out\nerr\n");
  EXPECT_EQ(run->end.exit_code, 3);
  EXPECT_EQ(Describe(run->end), "exit code 3");
}

TEST(ProcessTest, TheSignalThatKilledItIsSeen) {
  const auto run = RunToEnd(Shell("kill -SEGV $$"), 20);
  ASSERT_TRUE(run.ok());
  EXPECT_EQ(run->end.signal, SIGSEGV);
  EXPECT_FALSE(run->end.ok());
}

TEST(ProcessTest, AProgramThatIsNotThereSaysSo) {
  const auto run = RunToEnd({"/no/such/program"}, 20);
  ASSERT_TRUE(run.ok());
  EXPECT_EQ(run->end.exit_code, 127);
}

TEST(ProcessTest, OneThatDoesNotEndIsEndedWithAllItStarted) {
  const auto run = RunToEnd(Shell("sleep 100 & echo $!; wait"), 0.3);
  ASSERT_TRUE(run.ok());
  EXPECT_TRUE(run->timed_out);
  const pid_t sleeper = std::stoi(run->output);
  for (int i = 0; i < 400 && Runs(sleeper); ++i) Wait();
  EXPECT_FALSE(Runs(sleeper));
}

TEST(ProcessTest, StopEndsItEarly) {
  int asked = 0;
  const auto run = RunToEnd(Shell("sleep 100"), 100, [&asked] { return ++asked > 2; });
  ASSERT_TRUE(run.ok());
  EXPECT_TRUE(run->timed_out);
}

TEST(ProcessTest, OnlyWholeLinesAreTaken) {
  auto process = Process::Start(Shell("printf 'one\\ntw'; sleep 0.2; printf 'o\\nthree\\n'"));
  ASSERT_TRUE(process.ok());
  std::vector<std::string> lines;
  while (lines.size() < 3) {
    for (std::string& line : process->TakeLines()) lines.push_back(std::move(line));
    Wait();
  }
  EXPECT_THAT(lines, testing::ElementsAre("one", "two", "three"));
}

TEST(ProcessTest, OnlyTheEndOfMuchOutputIsKept) {
  const auto run = RunToEnd(Shell("yes 0123456 | head -n 100000; echo end"), 60);
  ASSERT_TRUE(run.ok());
  EXPECT_LE(run->output.size(), 128u << 10);
  EXPECT_GE(run->output.size(), 64u << 10);
  EXPECT_TRUE(run->output.ends_with("0123456\nend\n"));
}

TEST(ProcessTest, AForkedBodyMayDieWithoutUs) {
  auto process = Process::Fork([]() -> int {
    std::signal(SIGABRT, SIG_DFL);
    std::abort();
  });
  ASSERT_TRUE(process.ok());
  while (!process->End().has_value()) Wait();
  EXPECT_EQ(process->End()->signal, SIGABRT);
}

TEST(ProcessTest, ChildrenDieWithTheProcessThatStartedThemEvenWhenItIsKilled) {
  auto parent = Process::Fork([] {
    auto child = Process::Start(Shell("echo $$ >&2; exec sleep 100"));
    while (true) {
      for (const std::string& line : child->TakeLines()) {
        (void)!write(STDOUT_FILENO, (line + "\n").data(), line.size() + 1);
      }
      Wait();
    }
    return 0;
  });
  ASSERT_TRUE(parent.ok());
  std::vector<std::string> lines;
  while ((lines = parent->TakeLines()).empty()) Wait();
  const pid_t child = std::stoi(lines[0]);
  EXPECT_TRUE(Runs(child));
  parent->Signal(SIGKILL);
  for (int i = 0; i < 400 && Runs(child); ++i) Wait();
  EXPECT_FALSE(Runs(child));
}

}  // namespace
}  // namespace khofuzz
