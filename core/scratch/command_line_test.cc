#include "core/scratch/command_line.h"

#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Each argument as <name> or <name|value>.
std::vector<std::string> Args(std::string_view command_line) {
  std::vector<std::string> args;
  ForEachKernelArg(command_line, [&args](const KernelArg& arg) {
    std::string text = "<" + std::string(arg.name);
    if (arg.value.has_value()) text += "|" + std::string(*arg.value);
    args.push_back(text + ">");
  });
  return args;
}

TEST(CommandLineTest, ArgumentsAreSeparatedByAnyWhiteSpace) {
  EXPECT_THAT(Args("  kho=on\tquiet\n\nx=1,2 \xa0 y= "),
              ElementsAre("<kho|on>", "<quiet>", "<x|1,2>", "<y|>"));
  EXPECT_THAT(Args(""), IsEmpty());
  EXPECT_THAT(Args("   "), IsEmpty());
}

TEST(CommandLineTest, QuotesProtectSpacesAndFallAway) {
  EXPECT_THAT(Args("a=\"1 2\" b"), ElementsAre("<a|1 2>", "<b>"));
  EXPECT_THAT(Args("\"a=1 2\" b"), ElementsAre("<a|1 2>", "<b>"));
  EXPECT_THAT(Args("\"quiet\""), ElementsAre("<quiet>"));
}

TEST(CommandLineTest, QuotesInTheMiddleStay) {
  EXPECT_THAT(Args("a=1\"2 3\"4"), ElementsAre("<a|1\"2 3\"4>"));
  EXPECT_THAT(Args("a=\"1\"2"), ElementsAre("<a|1\"2>"));
  EXPECT_THAT(Args("a=1\""), ElementsAre("<a|1\">"));
}

TEST(CommandLineTest, AnOpenQuoteReachesTheEnd) {
  EXPECT_THAT(Args("a=\"1 2"), ElementsAre("<a|1 2>"));
  EXPECT_THAT(Args("a=\""), ElementsAre("<a|>"));
  EXPECT_THAT(Args("\""), ElementsAre("<>"));
}

TEST(CommandLineTest, OnlyTheFirstEqualsSignAfterANameDivides) {
  EXPECT_THAT(Args("a=b=c"), ElementsAre("<a|b=c>"));
  EXPECT_THAT(Args("=a"), ElementsAre("<=a>"));
  EXPECT_THAT(Args("=a=b"), ElementsAre("<=a|b>"));
}

TEST(CommandLineTest, ParsingStopsAtTheDoubleDashAndAtANul) {
  EXPECT_THAT(Args("a -- b"), ElementsAre("<a>"));
  EXPECT_THAT(Args("a --b --=c d"), ElementsAre("<a>", "<--b>", "<--|c>", "<d>"));
  EXPECT_THAT(Args(std::string_view("a\0b", 3)), ElementsAre("<a>"));
}

TEST(CommandLineTest, DashAndUnderscoreAreTheSameInNames) {
  EXPECT_TRUE(KernelParamNameEquals("kho-scratch", "kho_scratch"));
  EXPECT_TRUE(KernelParamNameEquals("kho_scratch", "kho_scratch"));
  EXPECT_FALSE(KernelParamNameEquals("kho_scratc", "kho_scratch"));
  EXPECT_FALSE(KernelParamNameEquals("KHO_scratch", "kho_scratch"));
}

TEST(CommandLineTest, AYesOrNoIsReadByItsFirstLetters) {
  for (const char* yes : {"1", "y", "Yes", "true", "T", "on", "ON", "onwards"}) {
    EXPECT_EQ(KernelBool(yes), true) << yes;
  }
  for (const char* no : {"0", "n", "No", "false", "F", "off", "oFf", "of"}) {
    EXPECT_EQ(KernelBool(no), false) << no;
  }
  for (const char* neither : {"", "o", "oy", "ot", "o1", "o0", "2", "maybe", " on"}) {
    EXPECT_EQ(KernelBool(neither), std::nullopt) << neither;
  }
}

}  // namespace
}  // namespace khofuzz
