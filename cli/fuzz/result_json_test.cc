#include "cli/fuzz/result_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/places.h"

namespace khofuzz {
namespace {

TEST(ResultJsonTest, SaysWhatItsHeaderPromises) {
  const Finding finding = {.target = FindTarget("fuzz_scenario"),
                           .verdict = {"language-round-trip", "what", 1},
                           .text = "a\n\xff\n"};
  const Finding other = {.target = FindTarget("fuzz_boot"),
                         .trees = {"/src"},
                         .verdict = {"undo", "left", 2},
                         .text = "boot\nkexec\n",
                         .author = "f() mm/f.c:7",
                         .phase = "deferred",
                         .release = "linux-7.3",
                         .release_breaks = "kho-off-still-inherits"};
  const auto json = nlohmann::json::parse(ResultJson(
      {.seed = 5,
       .seconds = 1.5,
       .design = "intended",
       .targets = {{"fuzz_scenario",
                    {.execs = 5, .coverage = 3, .corpus = 4},
                    2.5,
                    Reached::kSeeds,
                    false,
                    6}},
       .findings = {{.variants = {{finding, "/w/f.kho", 7}}, .first = {.seconds = 0.5, .execs = 9}},
                    {.variants = {{other, "/w/g.kho", 1}, {other, "/w/h.kho", 2, true}},
                     .seen_before = true}},
       .not_seen_again = 3}));
  EXPECT_EQ(json["seed"], 5);
  EXPECT_EQ(json["seconds"], 1.5);
  EXPECT_EQ(json["design"], "intended");
  EXPECT_EQ(json["interrupted"], false);
  EXPECT_EQ(json["targets"].dump(),
            R"([{"corpus":4,"coverage":3,"execs":5,"execs_per_s":2,"failed":false,)"
            R"("name":"fuzz_scenario","reached":"seeds","restarts":6,"seconds":2.5}])");
  const std::string program = OwnCommand();
  EXPECT_EQ(
      json["findings"][0].dump(),
      R"({"answers_wrongly":false,"booted":[],"cause":"breaks language-round-trip",)"
      R"("configuration":null,"confirm":null,"execs":9,"file":"/w/f.kho","function":"",)"
      R"("invariant":"language-round-trip","known_as":null,"op":"the text","op_line":1,"ops":2,)"
      R"("phase":"","release":null,"release_breaks":null,"release_has_it":false,)"
      R"("replay":")" +
          program +
          R"( replay --target fuzz_scenario /w/f.kho","report":null,"same_as":null,)"
          "\"scenario\":\"a\\n\xef\xbf\xbd\\n\","
          R"("seconds":0.5,"seen_before":false,"shrunk":false,"target":"fuzz_scenario",)"
          R"("times":7,"variants":[],"what":"what"})");
  const auto& second = json["findings"][1];
  EXPECT_EQ(second["op"], "kexec");
  EXPECT_EQ(second["phase"], "deferred");
  EXPECT_EQ(second["times"], 3);
  EXPECT_EQ(second["release"], "linux-7.3");
  EXPECT_EQ(second["release_has_it"], true);
  EXPECT_EQ(second["release_breaks"], "kho-off-still-inherits");
  EXPECT_EQ(second["seen_before"], true);
  EXPECT_EQ(second["report"], program + " report /w/g.kho");
  EXPECT_EQ(second["confirm"], program + " confirm /w/g.kho --linux /src");
  ASSERT_EQ(second["variants"].size(), 1u);
  EXPECT_EQ(second["variants"][0]["file"], "/w/h.kho");
  EXPECT_EQ(second["variants"][0]["times"], 2);
  EXPECT_EQ(second["variants"][0]["seen_before"], true);
  EXPECT_EQ(json["not_seen_again"], 3);
}

TEST(ResultJsonTest, AnOpIsNeverEmpty) {
  const auto op_of = [](const char* text, size_t op_line, const char* phase) {
    const Finding finding = {.target = FindTarget("fuzz_boot"),
                             .verdict = {"undo", "left", op_line},
                             .text = text,
                             .phase = phase};
    return FindingJson({.variants = {{finding, "/w/f.kho", 1}}})["op"].get<std::string>();
  };
  EXPECT_EQ(op_of("boot\nkexec\n", 1, "deferred init"), "boot");
  EXPECT_EQ(op_of("", 1, "deferred init"), "the boot: deferred init");
  EXPECT_EQ(op_of("boot\n", 2, "memblock_free_all"), "the boot: memblock_free_all");
  EXPECT_EQ(op_of("boot\n", 2, "running"), "the end");
  EXPECT_EQ(op_of("", 0, ""), "the boot");
}

TEST(ResultJsonTest, WhatIsKnownSaysWhatTheReleaseShowedWhenItWasBooted) {
  const auto json = nlohmann::json::parse(
      ResultJson({.release = "linux-7.3",
                  .known = {{.quirk = "kho-off-still-inherits", .invariant = "scratch-is-cma"}}}));
  ASSERT_EQ(json["findings"][0]["booted"].size(), 1u);
  EXPECT_NE(json["findings"][0]["booted"][0].get<std::string>().find("booted 7.3.4"),
            std::string::npos);
}

TEST(ResultJsonTest, NothingFoundIsAnEmptyList) {
  EXPECT_TRUE(nlohmann::json::parse(ResultJson({}))["findings"].is_array());
}

}  // namespace
}  // namespace khofuzz
