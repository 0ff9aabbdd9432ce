// For tests only: a scenario from its text, which must be right.
#ifndef KHOFUZZ_SCENARIO_LANGUAGE_TEST_READ_H_
#define KHOFUZZ_SCENARIO_LANGUAGE_TEST_READ_H_

#include <string_view>

#include "gtest/gtest.h"
#include "scenario/language/scenario.h"
#include "scenario/language/text.h"

namespace khofuzz {

inline Scenario Read(std::string_view text) {
  const auto scenario = ParseStrict(text);
  EXPECT_TRUE(scenario.ok()) << scenario.status();
  return scenario.ok() ? *scenario : Scenario();
}

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_LANGUAGE_TEST_READ_H_
