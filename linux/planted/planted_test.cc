// Reading faults and planting them, in files made for it.
#include "linux/planted/planted.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "system/files.h"
#include "system/temp_folder.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr std::string_view kFault =
    "# a comment\n\n"
    "fault   sum-forgets-one\n"
    "area    sums\n"
    "place   mm/sum.c add\n"
    "pattern \\+ (b|c);\n"
    "becomes + $1 - 1;\n"
    "breaks  The sum is one too low.\n";

constexpr std::string_view kSource =
    "int add(int a,\n"
    "        int b);\n"
    "int before(int a) { return add(a, 1); }\n"
    "\n"
    "static int\n"
    "add(int a, int b)\n"
    "{\n"
    "\treturn a + b;\n"
    "}\n"
    "\n"
    "int sub(int a, int b)\n"
    "{\n"
    "\treturn add(a, -b) + b;\n"
    "}\n";

PlantedFault TheFault() { return ParseFaults(kFault).value().front(); }

TEST(ParseFaults, ReadsEveryField) {
  const auto faults = ParseFaults(kFault);
  ASSERT_TRUE(faults.ok()) << faults.status();
  ASSERT_EQ(faults->size(), 1u);
  const PlantedFault& fault = faults->front();
  EXPECT_EQ(fault.name, "sum-forgets-one");
  EXPECT_EQ(fault.area, "sums");
  EXPECT_EQ(fault.file, "mm/sum.c");
  EXPECT_EQ(fault.function, "add");
  EXPECT_EQ(fault.pattern, "\\+ (b|c);");
  EXPECT_EQ(fault.replacement, "+ $1 - 1;");
  EXPECT_EQ(fault.breaks, "The sum is one too low.");
}

TEST(ParseFaults, SaysWhatIsWrongAndWhere) {
  const auto error = [](const std::string& text) {
    const auto faults = ParseFaults(text);
    return faults.ok() ? "" : std::string(faults.status().message());
  };
  const std::string fault(kFault);
  EXPECT_EQ(error("area sums\n"), "1: \"fault NAME\" comes first");
  EXPECT_EQ(error(fault + "colour red\n"), "9: no such field: colour");
  EXPECT_EQ(error(fault + "area sums\n"), "9: a second \"area\"");
  EXPECT_EQ(error(fault + fault), "11: two faults are called sum-forgets-one");
  EXPECT_EQ(error(fault + "fault other\n"), "9: fault other has no \"area\"");
  EXPECT_EQ(error("fault x\narea a\nplace f.c\npattern p\nbecomes q\nbreaks b\n"),
            "6: the place of fault x has no function");
  EXPECT_EQ(error("fault x\narea a\nplace f.c f\npattern (\nbecomes q\nbreaks b\n"),
            "6: the pattern of fault x is no regular expression: (");
}

TEST(Planted, ChangesTheOnePlaceInTheFunction) {
  const auto planted = Planted(TheFault(), kSource);
  ASSERT_TRUE(planted.ok()) << planted.status();
  std::string expected(kSource);
  expected.replace(expected.find("a + b;"), 6, "a + $1 - 1;");
  EXPECT_EQ(*planted, expected) << "also: the replacement is taken as it is";
}

TEST(Planted, IsRefusedWhereThePlaceIsNotTheOnlyOne) {
  const auto refusal = [](const PlantedFault& fault, std::string_view source) {
    const auto planted = Planted(fault, source);
    return planted.ok() ? "" : std::string(planted.status().message());
  };
  PlantedFault fault = TheFault();
  fault.function = "before";
  EXPECT_THAT(refusal(fault, kSource),
              HasSubstr("fault sum-forgets-one does not fit this tree: mm/sum.c has 0 places"));
  fault.function = "sub";
  fault.pattern = "b";
  EXPECT_THAT(refusal(fault, kSource), HasSubstr("mm/sum.c has 2 places like b in sub()"));
  // Both branches of an #if count.
  EXPECT_THAT(refusal(TheFault(), std::string(kSource) + std::string(kSource)),
              HasSubstr("has 2 places"));
}

TEST(PlantInCopy, OnlyTheFileEditedIsACopy) {
  const TempFolder folder;
  const fs::path tree = folder / "tree", copy = folder / "copy";
  fs::create_directories(tree / "mm");
  fs::create_directories(tree / "include/linux");
  ASSERT_TRUE(WriteText(tree / "mm/sum.c", kSource).ok());
  ASSERT_TRUE(WriteText(tree / "mm/other.c", "other\n").ok());
  ASSERT_TRUE(WriteText(tree / "include/linux/sum.h", "header\n").ok());

  ASSERT_TRUE(PlantInCopy(TheFault(), tree, copy).ok());
  EXPECT_EQ(ReadText(tree / "mm/sum.c").value(), kSource) << "the tree is as it was";
  EXPECT_EQ(ReadText(copy / "mm/sum.c").value(), Planted(TheFault(), kSource).value());
  EXPECT_FALSE(fs::is_symlink(copy / "mm/sum.c"));
  EXPECT_TRUE(fs::is_symlink(copy / "mm/other.c"));
  EXPECT_EQ(ReadText(copy / "mm/other.c").value(), "other\n");
  EXPECT_EQ(ReadText(copy / "include/linux/sum.h").value(), "header\n");

  PlantedFault fault = TheFault();
  fault.file = "mm/none.c";
  EXPECT_EQ(PlantInCopy(fault, tree, folder / "none").code(), absl::StatusCode::kNotFound);
  fault = TheFault();
  fault.function = "none";
  EXPECT_EQ(PlantInCopy(fault, tree, folder / "none").code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(fs::exists(folder / "none"));
}

}  // namespace
}  // namespace khofuzz
