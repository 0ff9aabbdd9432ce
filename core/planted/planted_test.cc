// Reading faults and planting them; and that those of faults.txt still fit the sources.
#include "core/planted/planted.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "core/designs/design.h"
#include "core/planted/test_sources.h"
#include "oracle/invariant.h"

namespace khofuzz {
namespace {

using testing::HasSubstr;

constexpr std::string_view kFault =
    "# a comment\n\n"
    "fault   sum-forgets-one\n"
    "file    core/sum.cc\n"
    "find    a + b;\n"
    "becomes a + b - 1;\n"
    "breaks  any\n"
    "what    The sum is one too low.\n";

TEST(ParseCoreFaults, ReadsEveryField) {
  const auto faults = ParseCoreFaults(kFault);
  ASSERT_TRUE(faults.ok()) << faults.status();
  ASSERT_EQ(faults->size(), 1u);
  const CoreFault& fault = faults->front();
  EXPECT_EQ(fault.name, "sum-forgets-one");
  EXPECT_EQ(fault.file, "core/sum.cc");
  EXPECT_EQ(fault.find, "a + b;");
  EXPECT_EQ(fault.becomes, "a + b - 1;");
  EXPECT_EQ(fault.breaks, "any");
  EXPECT_EQ(fault.what, "The sum is one too low.");
}

TEST(ParseCoreFaults, SaysWhatIsWrongAndWhere) {
  const auto error = [](const std::string& text) {
    const auto faults = ParseCoreFaults(text);
    return faults.ok() ? "" : std::string(faults.status().message());
  };
  const std::string fault(kFault);
  EXPECT_EQ(error("file core/sum.cc\n"), "1: \"fault NAME\" comes first");
  EXPECT_EQ(error(fault + "colour red\n"), "9: no such field: colour");
  EXPECT_EQ(error(fault + "file x\n"), "9: a second \"file\"");
  EXPECT_EQ(error(fault + fault), "11: two faults are called sum-forgets-one");
  EXPECT_EQ(error(fault + "fault other\n"), "9: fault other has no \"file\"");
  EXPECT_EQ(error("fault x\nfile f\nfind\n"), "3: an empty \"find\"");
  EXPECT_EQ(error("fault x\nfile f\nfind t\nbecomes\nbreaks any\nwhat w\n"), "");
}

TEST(Plant, ChangesTheOnePlace) {
  const CoreFault fault = ParseCoreFaults(kFault).value().front();
  EXPECT_EQ(Plant(fault, "return a + b;\n").value(), "return a + b - 1;\n");
  EXPECT_THAT(std::string(Plant(fault, "return a - b;\n").status().message()),
              HasSubstr("fault sum-forgets-one does not fit: core/sum.cc has 0 places"));
  EXPECT_THAT(std::string(Plant(fault, "a + b; a + b;").status().message()),
              HasSubstr("has 2 places"));
}

// An edit that finds its text no more plants nothing, and would be caught by nobody.
TEST(CoreFaults, EveryOneFitsTheSources) {
  const std::vector<CoreFault> faults = AllCoreFaults();
  EXPECT_GE(faults.size(), 100u);
  for (const CoreFault& fault : faults) {
    const auto planted = Plant(fault, TextOf(SourceRoot() / fault.file));
    EXPECT_TRUE(planted.ok()) << planted.status().message();
    EXPECT_NE(fault.find, fault.becomes) << fault.name << " changes nothing";
    EXPECT_EQ(fault.what.back(), '.') << fault.name;
    EXPECT_TRUE(fault.breaks == "any" || fault.breaks == "nothing" ||
                InvariantBySlug(fault.breaks).has_value())
        << fault.name << " breaks " << fault.breaks;
    EXPECT_EQ(FindQuirk(fault.name), nullptr) << fault.name << " is a quirk's name";
  }
}

TEST(CoreFaults, EveryStoredScenarioIsForOne) {
  std::set<std::string> names;
  for (const CoreFault& fault : AllCoreFaults()) names.insert(fault.name);
  const auto stored = StoredScenarios();
  EXPECT_GE(stored.size(), 50u);
  for (const auto& file : stored) EXPECT_TRUE(names.contains(FaultOf(file))) << file;
}

}  // namespace
}  // namespace khofuzz
