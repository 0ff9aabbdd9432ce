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

TEST(DefinitionOf, TellsItFromACallAndADeclaration) {
  constexpr std::string_view kCode =
      "int __init a(int b, int (*c)(int));\n"
      "static __init int a(int b,\n\t\t    int (*c)(int))\n\t__must_hold(x)\n{\n\tif (b(c)) {\n"
      "\t\treturn d(1);\n\t}\n\tfor_each(e, 3) {\n\t}\n}\nvoid *b(void) { }\n#define d(x) {\n";
  EXPECT_EQ(LineOf(kCode, DefinitionOf(kCode, "a").value_or(0)), 2);
  EXPECT_EQ(LineOf(kCode, DefinitionOf(kCode, "b").value_or(0)), 12);
  for (const char* name : {"c", "d", "for_each", "if", "x"}) {
    EXPECT_FALSE(DefinitionOf(kCode, name).has_value()) << name;
  }
  EXPECT_THAT(ExportedFunctions(kCode), ElementsAre("b"));
  const std::vector<FunctionText> functions = FunctionsOf(kCode);
  ASSERT_EQ(functions.size(), 2u);
  EXPECT_TRUE(functions[0].is_static);
  EXPECT_THAT(functions[0].parameters, ElementsAre("int b", "int (*c)(int)"));
  EXPECT_THAT(functions[1].parameters, IsEmpty());
}

TEST(DeclarationOf, SeesFunctionsMacrosStructuresAndVariables) {
  constexpr std::string_view kCode =
      "#define ONE 1\n#  define two(x) (three(x))\nstruct four {\n\tint five;\n};\n"
      "extern struct six *seven[];\nint eight(struct nine *n);\n"
      "static inline int ten(void)\n{\n\televen(1);\n\treturn twelve(2);\n}\n";
  for (const char* name : {"ONE", "two", "four", "five", "seven", "eight", "ten"}) {
    EXPECT_TRUE(DeclarationOf(kCode, name).has_value()) << name;
  }
  for (const char* name : {"three", "six", "nine", "eleven", "twelve", "seve"}) {
    EXPECT_FALSE(DeclarationOf(kCode, name).has_value()) << name;
  }
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
