#include "cli/fuzz/shrink_task.h"

#include <gtest/gtest.h>

#include "scenario/language/text.h"

namespace khofuzz {
namespace {

TEST(ShrinkTextTest, LeavesOnlyWhatFails) {
  bool finished = false;
  const std::string shrunk = ShrinkText(
      "some b text\nwith an a and a c\n",
      [](const std::string& text) {
        return text.find('b') != text.npos && text.find('c') != text.npos;
      },
      [] { return false; }, &finished);
  EXPECT_EQ(shrunk, "bc");
  EXPECT_TRUE(finished);
}

TEST(ShrinkTextTest, CanReachTheEmptyTextAndStopWhenTold) {
  const auto always = [](const std::string&) { return true; };
  EXPECT_EQ(ShrinkText("abc", always, [] { return false; }), "");
  bool finished = true;
  EXPECT_EQ(ShrinkText("abc", always, [] { return true; }, &finished), "abc");
  EXPECT_FALSE(finished);
}

TEST(ShrinkTaskTest, ProgressIsReadFromItsLinesAlone) {
  EXPECT_EQ(ShrunkTo("op lines: 12"), 12);
  EXPECT_EQ(ShrunkTo("lines: 12"), -1);
  EXPECT_EQ(ShrunkTo("op lines: x"), -1);
}

TEST(ShrinkTaskTest, ARepairedMachineIsTheSameMachineAndReadsStrictly) {
  const Scenario scenario = ParseLenient(
      "geometry page=5000 pageblock=1 max_block=9 section=3 extension=7 lowmem=99\n"
      "memory base=4097 size=9000000 nid=99\nmemory base=0 size=100000000\n"
      "firmware base=5 size=7\nextend\n");
  ASSERT_FALSE(CheckMachine(scenario.machine).ok());
  const Scenario repaired = WithRepairedMachine(scenario);
  EXPECT_TRUE(ParseStrict(Print(repaired)).ok());
  Scenario without = repaired, as_it_was = scenario;
  without.machine = as_it_was.machine = {};
  EXPECT_EQ(without, as_it_was);
  const Machine before = MachineFrom(scenario.machine);
  const Machine after = MachineFrom(repaired.machine);
  EXPECT_EQ(GeometryLineFor(after.geometry), GeometryLineFor(before.geometry));
  ASSERT_EQ(after.banks.size(), before.banks.size());
  for (size_t i = 0; i < after.banks.size(); ++i) {
    EXPECT_EQ(after.banks[i].range, before.banks[i].range);
    EXPECT_EQ(after.banks[i].nid, before.banks[i].nid);
  }
  EXPECT_EQ(after.firmware, before.firmware);
  EXPECT_TRUE(WithRepairedMachine(ParseLenient("extend\n")).machine.empty()) << "the default one";
}

}  // namespace
}  // namespace khofuzz
