#include "core/designs/design.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "core/designs/test_named.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(QuirkCatalogueTest, EveryRowIsCompleteAndNamedOnce) {
  std::set<std::string_view> names;
  for (const QuirkInfo& info : QuirkCatalogue()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_EQ(info.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"),
              std::string_view::npos)
        << info.name << " must be usable on a command line and as a file name";
    EXPECT_EQ(info.what.back(), '.') << info.name;
    EXPECT_FALSE(info.source.empty()) << info.name;
    EXPECT_EQ(&Info(info.quirk), &info) << info.name;
  }
  EXPECT_FALSE(names.contains("intended"));
}

// "kNeverExtends" of "never-extends".
std::string EnumeratorOf(std::string_view name) {
  std::string enumerator = "k";
  bool capital = true;
  for (const char c : name) {
    if (c != '-') enumerator += static_cast<char>(capital ? std::toupper(c) : c);
    capital = c == '-';
  }
  return enumerator;
}

// Who reads one can look for the other.
TEST(QuirkCatalogueTest, EnumeratorsAndNamesAreSpelledAlike) {
  std::ifstream file(KHOFUZZ_SOURCE_DIR "/core/designs/quirks.h");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::regex enumerator("\n  (k[A-Z][A-Za-z0-9]*),");
  std::vector<std::string> declared;
  for (std::sregex_iterator at(text.begin(), text.end(), enumerator), end; at != end; ++at) {
    declared.push_back((*at)[1]);
  }
  std::vector<std::string> spelled;
  for (const QuirkInfo& info : QuirkCatalogue()) spelled.push_back(EnumeratorOf(info.name));
  EXPECT_EQ(declared, spelled);
}

TEST(QuirkCatalogueTest, ThoseOfThePartsComeFirst) {
  ASSERT_LT(PartQuirks().size(), QuirkCatalogue().size());
  for (size_t i = 0; i < PartQuirks().size(); ++i) {
    EXPECT_EQ(PartQuirks()[i].name, QuirkCatalogue()[i].name);
  }
}

TEST(QuirkCatalogueTest, BreaksNamesAnInvariantThatExists) {
  const std::set<std::string_view> invariants = {
      "scratch-is-cma",      "init-once",          "head-survives",
      "bootmem-unpreserved", "round-trip",         "accounting",
      "free-once",           "handover-untouched", "undo",
      "buddy-sees-init",     "tree-is-set",        "scratch-shape",
      "boot-completes",      "segments-clear",     "reserve-estimate",
      "memblock-is-map",     "extensions-agree",   "free-ranges-exact",
      "damage-contained",    "kernel-runs",
  };
  for (const QuirkInfo& info : QuirkCatalogue()) {
    EXPECT_TRUE(info.harmless() || invariants.contains(info.breaks))
        << info.name << " breaks " << info.breaks;
  }
}

TEST(DesignTest, DefaultIsIntended) {
  const Design design;
  EXPECT_TRUE(design.intended());
  EXPECT_EQ(design.Name(), "intended");
  for (const QuirkInfo& info : QuirkCatalogue()) EXPECT_FALSE(design.Has(info.quirk));
}

TEST(DesignTest, NameAndParseAreInverse) {
  EXPECT_EQ(Design::Parse("intended").value(), Design());
  for (const QuirkInfo& a : QuirkCatalogue()) {
    for (const QuirkInfo& b : QuirkCatalogue()) {
      const Design design = {a.quirk, b.quirk};
      EXPECT_FALSE(design.intended());
      EXPECT_EQ(Design::Parse(design.Name()).value(), design) << design.Name();
    }
  }
}

TEST(DesignTest, ParseTakesQuirksInAnyOrder) {
  const Design design =
      Design::Parse("scratch-explicit-unrounded+radix-wide-keys-alias+scratch-explicit-unrounded")
          .value();
  EXPECT_EQ(design, (Design{QuirkNamed("radix-wide-keys-alias"),
                            QuirkNamed("scratch-explicit-unrounded")}));
  EXPECT_EQ(design.Name(), "radix-wide-keys-alias+scratch-explicit-unrounded");
}

TEST(DesignTest, ParseSuggestsTheClosestName) {
  const auto message = [](std::string_view text) {
    return std::string(Design::Parse(text).status().message());
  };
  EXPECT_THAT(message("radix-wide-key-alias"),
              AllOf(HasSubstr("'radix-wide-key-alias'"), HasSubstr("'radix-wide-keys-alias'")));
  EXPECT_THAT(message("scratch-explicit-unrounded+extend-stop-before-dram"),
              AllOf(HasSubstr("unknown quirk 'extend-stop-before-dram'"),
                    HasSubstr("'extend-stops-before-dram-end'")));
  EXPECT_THAT(message("intended+scratch-explicit-unrounded"), HasSubstr("cannot be joined"));
  EXPECT_THAT(message("intented"), HasSubstr("did you mean 'intended'?"));
}

TEST(DesignTest, ParseRefusesWhatIsNotAName) {
  for (const std::string_view text :
       {"", "+", "scratch-explicit-unrounded+", "+scratch-explicit-unrounded",
        "intended+scratch-explicit-unrounded", "SCRATCH-EXPLICIT-UNROUNDED",
        " scratch-explicit-unrounded"}) {
    EXPECT_EQ(Design::Parse(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
  EXPECT_FALSE(Design::Parse(std::string(1 << 20, 'x')).ok());
}

}  // namespace
}  // namespace khofuzz
