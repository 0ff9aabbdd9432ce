#include "cli/fuzz/result_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace khofuzz {
namespace {

TEST(ResultJsonTest, SaysWhatItsHeaderPromises) {
  const Finding finding = {.target = FindTarget("fuzz_scenario"),
                           .verdict = {"language-round-trip", "what", 1},
                           .text = "a\n\xff\n"};
  const auto json = nlohmann::json::parse(
      ResultJson({.seed = 5,
                  .seconds = 1.5,
                  .design = "intended",
                  .targets = {{"fuzz_scenario",
                               {.execs = 1, .execs_per_s = 2, .coverage = 3, .corpus = 4},
                               Reached::kSeeds,
                               6}},
                  .findings = {{finding, "w/f.kho", 7}}}));
  EXPECT_EQ(json["seed"], 5);
  EXPECT_EQ(json["seconds"], 1.5);
  EXPECT_EQ(json["design"], "intended");
  EXPECT_EQ(json["interrupted"], false);
  EXPECT_EQ(json["targets"].dump(),
            R"([{"corpus":4,"coverage":3,"execs":1,"execs_per_s":2,"name":"fuzz_scenario",)"
            R"("reached":"seeds","restarts":6}])");
  EXPECT_EQ(json["findings"].dump(),
            R"([{"file":"w/f.kho","function":"","invariant":"language-round-trip",)"
            R"("known_as":null,"op":"","op_line":1,"ops":2,)"
            R"("replay":"./khofuzz replay --target fuzz_scenario w/f.kho",)"
            R"("same_as":null,)"
            "\"scenario\":\"a\\n\xef\xbf\xbd\\n\","
            R"("shrunk":false,"target":"fuzz_scenario","times":7,"what":"what"}])");
}

TEST(ResultJsonTest, NothingFoundIsAnEmptyList) {
  EXPECT_TRUE(nlohmann::json::parse(ResultJson({}))["findings"].is_array());
}

}  // namespace
}  // namespace khofuzz
