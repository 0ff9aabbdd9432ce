#include "system/terminal.h"

#include <gtest/gtest.h>

namespace khofuzz {
namespace {

TEST(VisibleTest, OrdersToATerminalAreShownInsteadOfGiven) {
  EXPECT_EQ(Visible("a\x1b[2Jb\r\x7f"), "a\\x1b[2Jb\\x0d\\x7f");
  EXPECT_EQ(Visible(std::string_view("\0kexec", 6)), "\\x00kexec");
  EXPECT_EQ(Visible("\xc2\x9b"
                    "2J"),
            "\\xc2\\x9b2J")
      << "a control character in two bytes";
}

TEST(VisibleTest, WhatNobodySeesIsShown) {
  EXPECT_EQ(Visible("\xef\xbb\xbfkexec"), "\\xef\\xbb\\xbfkexec") << "byte order mark";
  EXPECT_EQ(Visible("a\xe2\x80\xaez"), "a\\xe2\\x80\\xaez") << "right to left from here";
  EXPECT_EQ(Visible("a\xe2\x80\x94z"), "a\xe2\x80\x94z") << "a dash is seen";
}

TEST(VisibleTest, TextStaysAsItIs) {
  const char* const text = "plain\ttext\nB\xc3\xa4ume \xe2\x82\xac \xf0\x9f\x8c\xb2";
  EXPECT_EQ(Visible(text), text);
  EXPECT_EQ(Visible(""), "");
}

TEST(VisibleTest, BytesThatAreNoUtf8AreShown) {
  EXPECT_EQ(Visible("x\xff.kho"), "x\\xff.kho");
  EXPECT_EQ(Visible("\xc0\xaf\xed\xa0\x80"), "\\xc0\\xaf\\xed\\xa0\\x80");
  EXPECT_EQ(Visible("end \xe2\x82"), "end \\xe2\\x82");
}

}  // namespace
}  // namespace khofuzz
