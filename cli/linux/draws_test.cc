#include "cli/linux/draws.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

std::vector<CorpusScenario> Given() {
  return {{"a", FindTarget("fuzz_boot"), ParseStrict("boot\n").value()},
          {"b", FindTarget("fuzz_chain"), ParseStrict("kexec\n").value()}};
}

std::string Text(const Candidate& candidate) {
  return absl::StrCat(std::string(candidate.target->name), "\n", Print(candidate.scenario));
}

// The items from `first` on that a member of a crew of two does.
std::string Drawn(uint64_t seed, uint64_t first) {
  const std::vector<CorpusScenario> given = Given();
  Draws draws(seed, given, given);
  const CrewVoice voice;
  std::string all;
  for (uint64_t n = 0; n < 20; ++n) {
    absl::StrAppend(&all, Text(draws.Draw(first + 2 * n, voice)));
    draws.Saw({&n, 1});
  }
  return all;
}

TEST(DrawsTest, WhatIsGivenComesFirst) {
  const std::vector<CorpusScenario> given = Given();
  Draws draws(1, given, given);
  EXPECT_EQ(Text(draws.Draw(0, CrewVoice())), "fuzz_boot\nboot\n");
  EXPECT_EQ(Text(draws.Draw(1, CrewVoice())), "fuzz_chain\nkexec\n");
}

TEST(DrawsTest, AMemberDrawsTheSameOfTheSameSeed) {
  EXPECT_EQ(Drawn(7, 0), Drawn(7, 0));
  EXPECT_NE(Drawn(7, 0), Drawn(8, 0));
  EXPECT_NE(Drawn(7, 2), Drawn(7, 3)) << "another member";
}

TEST(DrawsTest, ANoteTellsWhatWasDrawn) {
  const auto noted = Draws::OfNote("fuzz_boot\nkexec\nboot\n");
  ASSERT_TRUE(noted.has_value());
  EXPECT_EQ(Text(*noted), "fuzz_boot\nkexec\nboot\n");
  // As playing repairs it, and people are refused it.
  const Scenario odd = ParseLenient("geometry page=64K pageblock=0\nboot\n");
  EXPECT_FALSE(ParseStrict(Print(odd)).ok());
  const auto repaired = Draws::OfNote("fuzz_boot\n" + Print(odd));
  ASSERT_TRUE(repaired.has_value());
  EXPECT_EQ(Print(repaired->scenario), Print(odd));
  EXPECT_FALSE(Draws::OfNote("").has_value());
  EXPECT_FALSE(Draws::OfNote("fuzz_nothing\nkexec\n").has_value());
  EXPECT_FALSE(Draws::OfNote("fuzz_boot\nno op of ours\n").has_value());
}

}  // namespace
}  // namespace khofuzz
