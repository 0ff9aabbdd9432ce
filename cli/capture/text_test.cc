#include "cli/capture/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace khofuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(TextTest, LinesAreCountedFromOneAndTheLastNeedsNoNewline) {
  LineReader lines("f.txt", "one\n\nthree");
  ASSERT_TRUE(lines.Next());
  EXPECT_EQ(lines.line(), "one");
  ASSERT_TRUE(lines.Next());
  EXPECT_EQ(lines.line(), "");
  ASSERT_TRUE(lines.Next());
  EXPECT_EQ(lines.line(), "three");
  EXPECT_EQ(lines.number(), 3u);
  EXPECT_FALSE(lines.Next());
}

TEST(TextTest, AnErrorNamesFileLineAndBothSides) {
  LineReader lines("f.txt", "x\nsix\n");
  lines.Next();
  lines.Next();
  EXPECT_EQ(lines.Expected("a number").message(), "f.txt:2: expected a number, found 'six'");
}

TEST(TextTest, AnErrorNeverCarriesRawOrEndlessBytes) {
  EXPECT_EQ(Quoted("a\x1b[31m\xff"), "'a?[31m?'");
  EXPECT_LT(Quoted(std::string(100000, 'x')).size(), 100u);
}

TEST(TextTest, WordsAreSplitAtAnyBlanks) {
  EXPECT_THAT(Words("  a\t b  c\r"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(Words(" \t"), IsEmpty());
}

TEST(TextTest, NumbersAreWholeAndWithin64Bits) {
  EXPECT_EQ(ParseNumber("0"), 0u);
  EXPECT_EQ(ParseNumber("0xffffffffffffffff"), ~uint64_t{0});
  EXPECT_EQ(ParseNumber("18446744073709551615"), ~uint64_t{0});
  for (const char* bad : {"", "0x", "-1", "+1", " 1", "1 ", "12x", "0x10000000000000000",
                          "18446744073709551616", "0x0x1", "0x-1"}) {
    EXPECT_EQ(ParseNumber(bad), std::nullopt) << bad;
  }
}

TEST(TextTest, AFieldNeedsItsPrefix) {
  EXPECT_EQ(ParseField("max=128", "max="), 128u);
  EXPECT_EQ(ParseField("min=128", "max="), std::nullopt);
  EXPECT_EQ(ParseField("max=", "max="), std::nullopt);
}

}  // namespace
}  // namespace khofuzz
