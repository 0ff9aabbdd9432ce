#include "linux/build/source_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace khofuzz {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(WithoutComments, LeavesCodeAndLineBreaks) {
  EXPECT_EQ(WithoutComments("a/* b\n c */d // e\nf"), "a \nd  \nf");
  EXPECT_EQ(WithoutComments("a /* never closed\n"), "a  \n");
}

TEST(WithoutComments, KnowsLiterals) {
  EXPECT_EQ(WithoutComments(R"(f("/*", '"', "\"//") /* x */;)"), R"(f("/*", '"', "\"//")  ;)");
}

TEST(WithoutComments, AnApostropheInTextEndsWithItsLine) {
  EXPECT_EQ(WithoutComments("#error don't\nint a; /* b */"), "#error don't\nint a;  ");
}

TEST(HasWord, WantsTheWholeWord) {
  EXPECT_TRUE(HasWord("static int kho_populate(void)", "kho_populate"));
  EXPECT_TRUE(HasWord("kho_populate", "kho_populate"));
  EXPECT_FALSE(HasWord("kho_populated(); __kho_populate(); kho_populate2();", "kho_populate"));
  EXPECT_TRUE(HasWord("kho_populated(), kho_populate()", "kho_populate"));
}

TEST(IncludesOf, SeesBothKindsHoweverTheyAreWritten) {
  EXPECT_THAT(
      IncludesOf("#include <linux/a.h>\n  #  include\t\"../b.h\"\n#include\"c.h\"\n"),
      ElementsAre(Include{"linux/a.h", false}, Include{"../b.h", true}, Include{"c.h", true}));
}

TEST(IncludesOf, TakesNothingElseForAnInclude) {
  EXPECT_THAT(IncludesOf("include <a.h>\n#include MACRO\n#define x \"#include <b.h>\"\n"
                         "#include <unclosed\n#include"),
              IsEmpty());
}

}  // namespace
}  // namespace khofuzz
