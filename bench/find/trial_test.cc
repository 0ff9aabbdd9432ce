#include "bench/find/trial.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace khofuzz {
namespace {

using testing::HasSubstr;

FindTrial Found(const char* name, uint64_t seed, double seconds, uint64_t runs) {
  return {.kind = MistakeKind::kModel,
          .name = name,
          .seed = seed,
          .found = true,
          .runs = runs,
          .cpu_seconds = seconds,
          .by = "init-once"};
}
FindTrial Lost(const char* name, uint64_t seed) {
  return {.kind = MistakeKind::kModel, .name = name, .seed = seed, .runs = 1000, .cpu_seconds = 9};
}

TEST(FindTrialTest, WhatIsNotFoundTakesLongerThanAnythingElse) {
  const std::vector<FindTrial> trials = {Found("a", 1, 0.5, 10), Found("a", 2, 1.5, 30),
                                         Found("b", 1, 1, 20), Lost("b", 2)};
  const FindSummary sum = Summarise(trials, MistakeKind::kModel);
  EXPECT_EQ(sum.trials, 4u);
  EXPECT_EQ(sum.mistakes, 2u);
  EXPECT_EQ(sum.lost, 1u);
  EXPECT_EQ(sum.never, 0u);
  EXPECT_EQ(sum.median_seconds, 1);
  EXPECT_EQ(sum.median_runs, 20);
  EXPECT_TRUE(std::isinf(sum.p90_seconds));
  EXPECT_EQ(Summarise(trials, MistakeKind::kTree).trials, 0u);
}

TEST(FindTrialTest, TheTableNamesTheSlowestFirst) {
  const std::vector<FindTrial> trials = {Found("quick", 1, 0.25, 10), Found("slow", 1, 2.5, 300),
                                         Lost("hidden", 1)};
  const std::string table = FindTable(trials, 2);
  EXPECT_THAT(table, HasSubstr("model fault         3      3     1     1       2.500 s"));
  EXPECT_LT(table.find("hidden"), table.find("slow"));
  EXPECT_THAT(table, HasSubstr("never"));
  EXPECT_EQ(table.find("quick"), table.npos) << "only two were asked for";
}

TEST(FindTrialTest, JsonHasNullWhereNothingWasFound) {
  const auto json = nlohmann::json::parse(FindJson({Lost("hidden", 7)}));
  EXPECT_TRUE(json["summary"]["model fault"]["median_seconds"].is_null());
  EXPECT_EQ(json["trials"][0]["seed"], 7);
  EXPECT_EQ(json["trials"][0]["found"], false);
}

TEST(FindTrialTest, TheCurveStaysAboveZeroWhereSomethingIsLost) {
  const std::string all = FindCurve({Found("a", 1, 0.01, 1), Found("b", 1, 0.1, 1)});
  const std::string some = FindCurve({Found("a", 1, 0.01, 1), Lost("b", 1)});
  EXPECT_THAT(all, HasSubstr("V310.0H700.0\""));
  EXPECT_THAT(some, HasSubstr("V170.0H700.0\""));
}

}  // namespace
}  // namespace khofuzz
