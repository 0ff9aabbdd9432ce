// Scenarios of tests, on machines with the sizes of x86-64.
#ifndef KHOFUZZ_CLI_VM_TEST_SCENARIO_H_
#define KHOFUZZ_CLI_VM_TEST_SCENARIO_H_

#include <gtest/gtest.h>

#include <string>

#include "scenario/language/scenario.h"
#include "scenario/language/text.h"

namespace khofuzz {

inline constexpr const char* kSizes =
    "geometry page=4K pageblock=2M max_block=4M section=128M extension=1G lowmem=4G\n";

// A scenario that makes sense in every line.
inline Scenario Read(const std::string& text) {
  const auto scenario = ParseStrict(text);
  EXPECT_TRUE(scenario.ok()) << scenario.status();
  return scenario.value_or(Scenario());
}

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_VM_TEST_SCENARIO_H_
