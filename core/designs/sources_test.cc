// That every source of the catalogue can be looked up by somebody who has this repository and the
// public archives, and nothing else.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "core/designs/design.h"
#include "core/designs/named.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = KHOFUZZ_SOURCE_DIR;

std::string ContentsOf(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  EXPECT_TRUE(stream) << file << " cannot be read";
  return {std::istreambuf_iterator<char>(stream), {}};
}

// The headings of docs/bugs.md, which are its anchors; a heading that stands twice is none.
std::set<std::string> AnchorsOfBugs() {
  std::set<std::string> anchors;
  std::ifstream stream(kRoot / "docs/bugs.md");
  EXPECT_TRUE(stream);
  for (std::string line; std::getline(stream, line);) {
    if (!line.starts_with("### ")) continue;
    EXPECT_TRUE(anchors.insert(line.substr(4)).second) << line << " stands twice";
  }
  return anchors;
}

// Every NAME of bugs.md#NAME in `text`, and in bugs.md itself of (#NAME).
std::vector<std::string> AnchorsNamedIn(const std::string& text, bool is_bugs) {
  const std::string before = is_bugs ? "](#" : "bugs.md#";
  std::vector<std::string> names;
  for (size_t at = text.find(before); at != std::string::npos; at = text.find(before, at)) {
    at += before.size();
    const size_t end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-", at);
    // NAME in capitals stands for any.
    if (end != at && text.substr(at, end - at) != "thread-")
      names.push_back(text.substr(at, end - at));
  }
  return names;
}

// Whether it cites notes that are not in this repository.
bool CitesUnseen(std::string text) {
  absl::AsciiStrToLower(&text);
  // In two parts, so that this file is not one that says it.
  const std::string bank = std::string("bank");
  return text.find("bug " + bank) != std::string::npos ||
         text.find("bug-" + bank) != std::string::npos ||
         text.find(std::string("seeds") + " 00") != std::string::npos;
}

TEST(SourcesTest, EveryQuirkHasAnEntryOfItsNameAndCitesIt) {
  const std::set<std::string> anchors = AnchorsOfBugs();
  for (const QuirkInfo& quirk : QuirkCatalogue()) {
    EXPECT_TRUE(anchors.contains(std::string(quirk.name))) << quirk.name << " is not in bugs.md";
    EXPECT_TRUE(quirk.source.starts_with("docs/bugs.md#" + std::string(quirk.name)))
        << quirk.name << ": " << quirk.source;
    if (!quirk.breaks.empty()) {
      EXPECT_TRUE(anchors.contains(std::string(quirk.breaks))) << quirk.breaks;
    }
  }
}

TEST(SourcesTest, EveryNamedDesignCitesAThreadOrARelease) {
  for (const NamedDesign& named : NamedDesigns()) {
    const bool release = named.source.starts_with("Linux ") && named.name.starts_with("linux-");
    EXPECT_TRUE(release || named.source.starts_with("docs/bugs.md#thread-"))
        << named.name << ": " << named.source;
  }
}

// All text that a reader sees: sources, pages, scenarios.
TEST(SourcesTest, AnchorsExistAndNothingCitesWhatIsNotHere) {
  const std::set<std::string> anchors = AnchorsOfBugs();
  size_t cited = 0;
  const auto check = [&](const fs::path& file) {
    const std::string text = ContentsOf(file);
    EXPECT_FALSE(CitesUnseen(text)) << file << " cites what is not here";
    for (const std::string& name : AnchorsNamedIn(text, file.filename() == "bugs.md")) {
      ++cited;
      EXPECT_TRUE(anchors.contains(name)) << file << ": bugs.md#" << name << " does not exist";
    }
  };
  for (const char* const folder :
       {"bench", "cli", "core", "corpus/regressions", "corpus/seeds", "docs", "fuzz", "linux",
        "oracle", "props", "scenario", "system", "tools"}) {
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
      const std::string kind = entry.path().extension().string();
      if (entry.path().filename() == "sources_test.cc") continue;
      if (kind == ".cc" || kind == ".h" || kind == ".c" || kind == ".kho" || kind == ".md" ||
          kind == ".txt") {
        check(entry.path());
      }
    }
  }
  check(kRoot / "README.md");
  check(kRoot / "CONTRIBUTING.md");
  EXPECT_GT(cited, QuirkCatalogue().size());
}

TEST(SourcesTest, FormerNamesMeanDesignsThatExist) {
  EXPECT_FALSE(FormerNames().empty());
  for (const FormerName& former : FormerNames()) {
    const NamedDesign* const now = FindNamedDesign(former.is);
    ASSERT_NE(now, nullptr) << former.is;
    EXPECT_EQ(FindNamedDesign(former.was), now) << former.was;
    EXPECT_EQ(now->name, former.is) << "a former name stands for a former name";
    EXPECT_EQ(RenamingHint(former.is), "");
  }
  EXPECT_EQ(RenamingHint("linux-7.3,seed0-final+intended"),
            "seed0-final is called scratch-init-local-checks now");
}

}  // namespace
}  // namespace khofuzz
