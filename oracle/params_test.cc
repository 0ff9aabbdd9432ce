#include "oracle/params.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/sizes.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

constexpr uint64_t kMax = UINT64_MAX;

ScratchParams Sizes(uint64_t lowmem, uint64_t global, uint64_t pernode) {
  return {.scale = 0, .lowmem = lowmem, .global = global, .pernode = pernode};
}
ScratchParams Percent(unsigned scale) { return {.scale = scale}; }

struct Case {
  std::string_view text;
  std::optional<ScratchParams> meaning;
};

const std::vector<Case>& Cases() {
  static const std::vector<Case> cases = {
      // Percentages: kstrtouint() takes a sign and one newline, and 32 bits.
      {"200%", Percent(200)},
      {"0%", Percent(0)},
      {"+7%", Percent(7)},
      {"5\n%", Percent(5)},
      {"4294967295%", Percent(4294967295u)},
      {"4294967296%", std::nullopt},
      {"0000000200%", Percent(200)},
      {"00000000200%", std::nullopt},
      {"%", std::nullopt},
      {"+%", std::nullopt},
      {"-1%", std::nullopt},
      {"0x10%", std::nullopt},
      {"1.5%", std::nullopt},
      {"5\n\n%", std::nullopt},
      {"50%%", std::nullopt},
      {"50% ", std::nullopt},
      // Sizes: memparse(), in any of three bases, suffixes in any case.
      {"16M,64M,32M", Sizes(16 * kMiB, 64 * kMiB, 32 * kMiB)},
      {"1k,1K,0", Sizes(kKiB, kKiB, 0)},
      {"0x100000,0X10M,1g", Sizes(kMiB, 16 * kMiB, kGiB)},
      {"010,0,0", Sizes(8, 0, 0)},
      {"0,0,1", Sizes(0, 0, 1)},
      {"1T,1P,1E", Sizes(1024 * kGiB, 1024 * 1024 * kGiB, 1024 * 1024 * 1024 * kGiB)},
      // Too large is as large as can be.
      {"0xffffffffffffffff,0,2", Sizes(kMax, 0, 2)},
      {"99999999999999999999,0,2", Sizes(kMax, 0, 2)},
      {"16E,0,2", Sizes(kMax, 0, 2)},
      // "0x" without a digit is the number 0 and a stray x.
      {"0x,1,1", std::nullopt},
      {"08,1,1", std::nullopt},
      // The sum decides whether there is any scratch, and it wraps.
      {"0,0,0", std::nullopt},
      {"0xffffffffffffffff,1,0", std::nullopt},
      // Three sizes, nothing besides.
      {"", std::nullopt},
      {"16M", std::nullopt},
      {"16M,64M", std::nullopt},
      {"16M,64M,32M,1", std::nullopt},
      {"16M,64M,32M ", std::nullopt},
      {"16M,,32M", std::nullopt},
      {"16M, 64M,32M", std::nullopt},
      {"-1,0,1", std::nullopt},
      {"+1,0,1", std::nullopt},
      {"1MM,1,1", std::nullopt},
      {"1Z,1,1", std::nullopt},
      {"a,1,1", std::nullopt},
  };
  return cases;
}

TEST(ScratchParamsByGrammarTest, ReadsWhatTheGrammarSays) {
  for (const Case& c : Cases()) {
    const auto got = ScratchParamsByGrammar(c.text);
    ASSERT_EQ(got.has_value(), c.meaning.has_value()) << "'" << c.text << "'";
    if (got.has_value()) {
      EXPECT_EQ(*got, *c.meaning) << "'" << c.text << "'";
    }
  }
}

// Two readers written apart: a disagreement is a bug in one of them.
TEST(ScratchParamsByGrammarTest, AgreesWithTheKernelsReader) {
  for (const Case& c : Cases()) {
    const auto got = ParseScratchParams(c.text);
    ASSERT_EQ(got.ok(), c.meaning.has_value()) << "'" << c.text << "' " << got.status();
    if (got.ok()) {
      EXPECT_EQ(*got, *c.meaning) << "'" << c.text << "'";
    }
  }
}

}  // namespace
}  // namespace khofuzz
