#include "core/closest.h"

#include <array>
#include <string>

#include "gtest/gtest.h"

namespace khofuzz {
namespace {

constexpr std::array<std::string_view, 4> kNames = {"extend", "encode_key", "decode_key", "decode"};

TEST(DidYouMeanTest, NamesTheNearest) {
  EXPECT_EQ(DidYouMean("extnd", kNames), "; did you mean 'extend'?");
  EXPECT_EQ(DidYouMean("decode_kye", kNames), "; did you mean 'decode_key'?");
  EXPECT_EQ(DidYouMean("ecnode", kNames), "; did you mean 'decode'?");
  EXPECT_EQ(DidYouMean("encode-key", kNames), "; did you mean 'encode_key'?");
}

TEST(DidYouMeanTest, TheFirstOfEquallyNearNamesIsNamed) {
  constexpr std::array<std::string_view, 2> kTie = {"bat", "cat"};
  EXPECT_EQ(DidYouMean("rat", kTie), "; did you mean 'bat'?");
}

TEST(DidYouMeanTest, SaysNothingWhereMoreThanHalfOfTheLettersWouldChange) {
  constexpr std::array<std::string_view, 1> kOne = {"abcd"};
  EXPECT_EQ(DidYouMean("abxy", kOne), "; did you mean 'abcd'?");
  EXPECT_EQ(DidYouMean("axyz", kOne), "");
  EXPECT_EQ(DidYouMean("", kOne), "");
  EXPECT_EQ(DidYouMean("memory", kNames), "");
}

TEST(DidYouMeanTest, SaysNothingWhereMoreLettersWouldChangeThanAreAllowed) {
  EXPECT_EQ(DidYouMean("ecnode_kye", kNames, 3), "");
  EXPECT_EQ(DidYouMean("decode_kye", kNames, 2), "; did you mean 'decode_key'?");
}

TEST(DidYouMeanTest, HasAnAnswerWhereThereAreNoNames) { EXPECT_EQ(DidYouMean("x", {}), ""); }

TEST(DidYouMeanTest, DoesNotCompareAMegabyteLetterByLetter) {
  EXPECT_EQ(DidYouMean(std::string(size_t{1} << 20, 'e'), kNames), "");
}

}  // namespace
}  // namespace khofuzz
