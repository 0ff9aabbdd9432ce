#include "linux/line_tool.h"

#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "linux/build/run_commands.h"
#include "linux/build/toolchain.h"
#include "linux/line_server.h"
#include "linux/source_line.h"
#include "linux/symbols.h"
#include "system/files.h"
#include "system/temp_folder.h"

namespace khofuzz {
namespace {

class LineToolTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(folder_ / "mm");
    Build("int first(void) { return 1; }\n\nint second(void) { return 2; }\n");
  }

  // As trees are: a new file takes the place of the old.
  void Build(const std::string& source) {
    ASSERT_TRUE(WriteText(folder_ / "mm/one.c", source).ok());
    const auto compiler = CompilerPath(ConfiguredToolchain(KHOFUZZ_SOURCE_DIR));
    ASSERT_TRUE(compiler.ok()) << compiler.status();
    const auto ends = RunCommands({{{compiler->string(), "-g", "-O1", "-shared", "-fPIC", "-o",
                                     object_ + ".new", (folder_ / "mm/one.c").string()},
                                    folder_ / "mm",
                                    folder_ / "output"}},
                                  1);
    ASSERT_TRUE(ends.ok()) << ends.status();
    ASSERT_TRUE(ends->front().ok) << ends->front().output;
    std::filesystem::rename(object_ + ".new", object_);
  }

  uint64_t OffsetOf(const std::string& function) const {
    for (const auto& [offset, symbol] : ReadFunctionSymbols(object_)) {
      if (symbol.name == function) return offset;
    }
    ADD_FAILURE() << "no " << function;
    return 0;
  }

  // "first mm/one.c:1 second mm/one.c:3 "
  std::string Ask(const std::vector<uint64_t>& offsets) {
    std::string text;
    for (const auto& lines : FramesFrom(tools_.Ask(object_, offsets))) {
      for (const SourceLine& line : lines) text += line.function + " " + line.source + " ";
      if (lines.empty()) text += "- ";
    }
    return text;
  }

  TempFolder folder_;
  std::string object_ = (folder_ / "one.so").string();
  RunningLineTools tools_;
};

TEST_F(LineToolTest, OneProgramAnswersAgainAndAgain) {
  const uint64_t first = OffsetOf("first"), second = OffsetOf("second");
  EXPECT_EQ(Ask({first}), "first mm/one.c:1 ");
  EXPECT_EQ(Ask({second, first}), "second mm/one.c:3 first mm/one.c:1 ");
  EXPECT_EQ(Ask({}), "");
  EXPECT_EQ(Ask({first}), "first mm/one.c:1 ");
}

TEST_F(LineToolTest, WhatNobodyKnowsDoesNotPutTheNextAnswerInItsPlace) {
  const uint64_t first = OffsetOf("first");
  EXPECT_EQ(Ask({UINT64_MAX}), "");
  EXPECT_EQ(Ask({first, UINT64_MAX - 1}), "first mm/one.c:1 - ");
  EXPECT_EQ(Ask({UINT64_MAX, first}), "- first mm/one.c:1 ");
  EXPECT_EQ(Ask({first}), "first mm/one.c:1 ");
}

TEST_F(LineToolTest, AProgramThatEndsIsStartedOnceMore) {
  const uint64_t first = OffsetOf("first");
  EXPECT_EQ(Ask({first}), "first mm/one.c:1 ");
  int killed = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const auto pid = entry.path().filename().string();
    // "PID (NAME) STATE PARENT ..."
    constexpr std::string_view kName = " (addr2line) ";
    const std::string state = ReadText(entry.path() / "stat").value_or("");
    const size_t at = state.find(kName);
    if (at == std::string::npos) continue;
    if (!state.substr(at + kName.size() + 2).starts_with(std::to_string(getpid()) + " ")) continue;
    ++killed;
    kill(std::stoi(pid), SIGKILL);
  }
  EXPECT_EQ(killed, 1);
  EXPECT_EQ(Ask({first}), "first mm/one.c:1 ");
}

TEST_F(LineToolTest, AnObjectThatIsBuiltAnewHasNewLines) {
  EXPECT_EQ(Ask({OffsetOf("first")}), "first mm/one.c:1 ");
  Build("\n\n\nint first(void) { return 1; }\n");
  EXPECT_EQ(Ask({OffsetOf("first")}), "first mm/one.c:4 ");
}

TEST_F(LineToolTest, WhatIsServedIsTheFileThatItWasThen) {
  ASSERT_TRUE(ServeLines({object_}).ok());
  ProcessLoss loss;
  loss.object = object_;
  loss.offset = OffsetOf("first");
  EXPECT_EQ(PlaceOf(loss), "first() mm/one.c:1");
  Build("\n\n\nint first(void) { return 1; }\n");
  EXPECT_EQ(PlaceOf(loss), "") << "its lines are not those of what is loaded";
  ASSERT_TRUE(ServeLines({object_}).ok());
  loss.offset = OffsetOf("first");
  EXPECT_EQ(PlaceOf(loss), "first() mm/one.c:4");
}

TEST_F(LineToolTest, OfManyOffsetsNoneIsLost) {
  std::vector<uint64_t> offsets(5000, OffsetOf("second"));
  const auto lines = FramesFrom(tools_.Ask(object_, offsets));
  ASSERT_EQ(lines.size(), offsets.size());
  EXPECT_EQ(lines.back().at(0).source, "mm/one.c:3");
}

TEST_F(LineToolTest, AnObjectThatIsNotThereHasNoLines) {
  EXPECT_EQ(tools_.Ask((folder_ / "none.so").string(), {1}), "");
  EXPECT_EQ(tools_.Ask((folder_ / "mm/one.c").string(), {1}), "");
  EXPECT_EQ(Ask({OffsetOf("first")}), "first mm/one.c:1 ");
}

}  // namespace
}  // namespace khofuzz
