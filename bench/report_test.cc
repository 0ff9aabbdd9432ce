#include "bench/report.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

using ::testing::HasSubstr;

Measurement Extension(double ns, double bytes) {
  return {
      .ns = ns,
      .repetitions = 3,
      .counters = {
          {"keys", 1000}, {"tree_pages", 7}, {"extended_bytes", 4096}, {"tree_bytes_read", bytes}}};
}

TEST(ReportTest, AnExtensionIsComparedWithTheOtherOne) {
  const nlohmann::ordered_json json =
      ReportJson({{"extension/a/published", Extension(6'000'000, 90112)},
                  {"extension/a/fast", Extension(20'000, 24576)},
                  {"extension/a/read_limit", {.ns = 2500, .repetitions = 3, .counters = {}}}});
  const auto& a = json["extension"]["a"];
  EXPECT_EQ(a["published_us"], 6000);
  EXPECT_EQ(a["fast_us"], 20);
  EXPECT_EQ(a["ratio"], 300);
  EXPECT_EQ(a["read_limit_us"], 2.5);
  EXPECT_EQ(a["keys"], 1000);
  EXPECT_EQ(a["tree_pages"], 7);
  EXPECT_EQ(a["extended_bytes"], 4096);
  EXPECT_EQ(a["keys_per_s"]["fast"], 50e6);
  EXPECT_EQ(a["tree_bytes_read"]["published"], 90112);
  EXPECT_EQ(a["tree_bytes_read"]["fast"], 24576);
  EXPECT_EQ(json["repetitions"], 3);
}

TEST(ReportTest, WhatHasNotRunIsNotReported) {
  const nlohmann::ordered_json json = ReportJson({{"extension/a/fast", Extension(20'000, 24576)}});
  EXPECT_TRUE(json["extension"]["a"].contains("fast_us"));
  EXPECT_FALSE(json["extension"]["a"].contains("published_us"));
  EXPECT_FALSE(json["extension"]["a"].contains("ratio"));
  EXPECT_FALSE(json.contains("radix"));
  EXPECT_FALSE(json.contains("memblock"));
  EXPECT_EQ(ExtensionTable({{"extension/a/fast", Extension(20'000, 24576)}}), "");
}

TEST(ReportTest, RadixFiguresArePerKey) {
  const nlohmann::ordered_json json =
      ReportJson({{"radix/add", {.ns = 8000, .repetitions = 1, .counters = {{"keys", 1000}}}},
                  {"radix/decode", {.ns = 500, .repetitions = 1, .counters = {{"keys", 1000}}}}});
  EXPECT_EQ(json["radix"], (nlohmann::ordered_json{{"add_ns", 8}, {"decode_ns", 0.5}}));
}

TEST(ReportTest, ReservationsAreListedByNumberOfFragments) {
  const nlohmann::ordered_json json = ReportJson(
      {{"memblock/reserve/1000", {.ns = 50'000, .repetitions = 1, .counters = {}}},
       {"memblock/reserve/20000", {.ns = 2e6, .repetitions = 1, .counters = {}}},
       {"memblock/reserve_descending/1000", {.ns = 9e4, .repetitions = 1, .counters = {}}}});
  EXPECT_EQ(json["memblock"]["reserve"]["1000"]["us"], 50);
  EXPECT_EQ(json["memblock"]["reserve"]["1000"]["ns_per_fragment"], 50);
  EXPECT_EQ(json["memblock"]["reserve"]["20000"]["ns_per_fragment"], 100);
  EXPECT_EQ(json["memblock"]["reserve_descending"]["1000"]["us"], 90);
  EXPECT_EQ(json["memblock"]["reserve"].size(), 2u);
}

TEST(ReportTest, TheTableHasALineForEachWorkload) {
  const std::string table = ExtensionTable({{"extension/a/published", Extension(6'000'000, 1)},
                                            {"extension/a/fast", Extension(20'000, 1)},
                                            {"extension/a/read_limit", Extension(2500, 1)}});
  EXPECT_THAT(table, HasSubstr("\na  "));
  EXPECT_THAT(table, HasSubstr(" 6000.00 "));
  EXPECT_THAT(table, HasSubstr(" 20.00 "));
  EXPECT_THAT(table, HasSubstr(" 300.0 "));
}

}  // namespace
}  // namespace khofuzz
