#include "scenario/language/work.h"

#include <gtest/gtest.h>

#include <string>

#include "scenario/language/text.h"

namespace khofuzz {
namespace {

TEST(WorkOfTest, GrowsWithMemoryBootsOpsAndBlockSets) {
  const auto work = [](const std::string& text) { return WorkOf(ParseStrict(text).value()); };
  EXPECT_LT(work("boot\n"), work("boot\nboot\n"));
  EXPECT_LT(work("boot\nboot\n"), work("boot\nkexec\n"));
  EXPECT_LT(work("memory base=0 size=16M nid=0\n"), work("memory base=0 size=32M nid=0\n"));
  EXPECT_LT(work("preserve_blocks entries=1 size=1\n"),
            work("preserve_blocks entries=0x1000 size=1K\n"));
}

}  // namespace
}  // namespace khofuzz
