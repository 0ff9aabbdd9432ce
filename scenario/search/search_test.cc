#include "scenario/search/search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

std::vector<const Target*> Some() { return {FindTarget("fuzz_boot"), FindTarget("fuzz_chain")}; }

Candidate Given(const std::string& text) {
  return {FindTarget("fuzz_chain"), ParseStrict(text).value()};
}

// Of so many draws, those with exactly the machine of `given`.
size_t OfItsMachine(LifeSearch& search, const Candidate& given, int draws) {
  size_t count = 0;
  for (int n = 0; n < draws; ++n) {
    count += search.Next().scenario.machine == given.scenario.machine;
  }
  return count;
}

// What is drawn, and every third told to have shown the feature of its number.
std::string Drawn(uint64_t seed, uint64_t first_feature) {
  LifeSearch search(Some(), seed);
  std::string all;
  for (uint64_t n = 0; n < 60; ++n) {
    const Candidate& next = search.Next();
    absl::StrAppend(&all, std::string(next.target->name), "\n", Print(next.scenario));
    const uint64_t feature = first_feature + n;
    if (n % 3 == 0) search.Saw(next, {&feature, 1});
  }
  return all;
}

TEST(LifeSearchTest, DrawsTheSameOfTheSameSeedAndFeatures) {
  EXPECT_EQ(Drawn(1, 0), Drawn(1, 0));
  EXPECT_EQ(Drawn(1, 0), Drawn(1, 1000)) << "what a feature is called says nothing";
  EXPECT_NE(Drawn(1, 0), Drawn(2, 0));
}

TEST(LifeSearchTest, KeepsWhatShowsSomethingNew) {
  LifeSearch search(Some(), 1);
  const std::vector<uint64_t> features = {1, 2};
  search.Saw(Given("kexec\n"), features);
  EXPECT_EQ(search.kept(), 1u);
  EXPECT_EQ(search.features(), 2u);
  search.Saw(Given("kexec\nkexec\n"), features);
  EXPECT_EQ(search.kept(), 1u) << "shows nothing new, and is more work";
  search.Saw(Given("kexec\nboot\n"), {});
  EXPECT_EQ(search.kept(), 1u);
}

TEST(LifeSearchTest, KeepsTheLeastWorkOfThoseThatShowTheSame) {
  LifeSearch search(Some(), 1);
  const std::vector<uint64_t> both = {1, 2}, one = {1};
  search.Saw(Given("kexec\nkexec\nkexec\n"), both);
  search.Saw(Given("kexec\nkexec\n"), one);
  EXPECT_EQ(search.kept(), 2u) << "the first has a feature left";
  search.Saw(Given("kexec\n"), both);
  EXPECT_EQ(search.kept(), 1u);
  EXPECT_EQ(search.features(), 2u);
}

// Mutants mostly have their parent's machine, and chance makes none like this.
constexpr const char* kBank = "memory base=0x123000 size=7M nid=2\n";

TEST(LifeSearchTest, AsManyMutantsAsAreAskedForAreOfWhatIsKept) {
  const Candidate given = Given(std::string(kBank) + "boot_with scratch=\"1M,1M,1M\"\nkexec\n");
  LifeSearch search(Some(), 3, 4);
  EXPECT_EQ(OfItsMachine(search, given, 400), 0u) << "nothing is kept";
  const uint64_t feature = 7;
  search.Saw(given, {&feature, 1});
  const size_t count = OfItsMachine(search, given, 400);
  EXPECT_GE(count, 100u);
  EXPECT_LE(count, 220u);
  LifeSearch few(Some(), 3);
  few.Saw(given, {&feature, 1});
  EXPECT_LE(OfItsMachine(few, given, 400), 80u);
}

TEST(LifeSearchTest, BeginsWithWhatItIsGiven) {
  const Candidate given = Given(std::string(kBank) + "kexec\n");
  LifeSearch search(Some(), 3, 4);
  search.Begin(given);
  EXPECT_GE(OfItsMachine(search, given, 100), 20u);
  EXPECT_EQ(search.kept(), 0u);
}

TEST(LifeSearchTest, WhatIsFarMoreWorkThanUsualIsSeldomMutated) {
  const Candidate large = Given(
      "geometry page=4K pageblock=2M max_block=4M section=128M extension=1G lowmem=4G\n"
      "memory base=0 size=1G nid=2\nkexec\n");
  LifeSearch search(Some(), 3, 4);
  for (int n = 0; n < 200; ++n) search.Next();  // until it knows what is usual
  const uint64_t one = 1, other = 2;
  search.Saw(large, {&one, 1});
  search.Saw(Given("kexec\n"), {&other, 1});
  const size_t count = OfItsMachine(search, large, 1000);
  EXPECT_GE(count, 1u);
  EXPECT_LE(count, 100u);
}

}  // namespace
}  // namespace khofuzz
