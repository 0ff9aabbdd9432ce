#include "system/shell_word.h"

#include <gtest/gtest.h>

namespace khofuzz {
namespace {

TEST(ShellWordTest, IsInQuotesOnlyWhereAShellWouldReadItOtherwise) {
  EXPECT_EQ(ShellQuoted("/a-b/c_1.d@e:f,g=h+"), "/a-b/c_1.d@e:f,g=h+");
  EXPECT_EQ(ShellQuoted(""), "''");
  EXPECT_EQ(ShellQuoted("a b"), "'a b'");
  EXPECT_EQ(ShellQuoted("~"), "'~'");
  EXPECT_EQ(ShellQuoted("it's $HOME"), "'it'\\''s $HOME'");
}

}  // namespace
}  // namespace khofuzz
