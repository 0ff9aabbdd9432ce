// That README and docs/ say what is so: counts, and commands and options that exist.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/designs/design.h"
#include "core/designs/named.h"
#include "oracle/invariant.h"
#include "scenario/language/targets.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = KHOFUZZ_SOURCE_DIR;

std::string PageText(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  EXPECT_TRUE(stream) << file << " cannot be read";
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<fs::path> Pages() {
  std::vector<fs::path> pages = {kRoot / "README.md", kRoot / "CONTRIBUTING.md"};
  for (const auto& entry : fs::directory_iterator(kRoot / "docs")) {
    if (entry.path().extension() == ".md") pages.push_back(entry.path());
  }
  return pages;
}

// The number that stands in the page where `pattern` has its group; the words may be on two lines.
size_t NumberIn(const fs::path& page, const std::string& pattern) {
  std::smatch match;
  const std::string text = PageText(page);
  if (!std::regex_search(text, match, std::regex(pattern))) {
    ADD_FAILURE() << page << " has nothing like " << pattern;
    return 0;
  }
  return std::stoul(match[1]);
}

// What `khofuzz ARGUMENTS --help` prints.
std::string HelpOf(const std::string& arguments) {
  const std::string command = absl::StrCat("'", KHOFUZZ_PROGRAM, "' ", arguments, " --help 2>&1");
  FILE* const pipe = popen(command.c_str(), "r");
  EXPECT_NE(pipe, nullptr) << command;
  if (pipe == nullptr) return "";
  std::string text;
  for (int c = 0; (c = std::fgetc(pipe)) != EOF;) text += static_cast<char>(c);
  EXPECT_EQ(pclose(pipe), 0) << command << " prints " << text;
  return text;
}

TEST(DocsTest, CountsOfTheCatalogueAreTrue) {
  const fs::path readme = kRoot / "README.md";
  EXPECT_EQ(NumberIn(readme, R"((\d+)\s+named\s+departures)"), QuirkCatalogue().size());
  size_t releases = 0;
  for (const NamedDesign& named : NamedDesigns()) releases += named.name.starts_with("linux-");
  EXPECT_EQ(NumberIn(readme, R"((\d+)\s+releases)"), releases);
  EXPECT_EQ(NumberIn(readme, R"((\d+)\s+proposals)"), NamedDesigns().size() - releases);
}

// "Sixteen invariants of KHO": those before the ones between our own implementations. The canary is
// none.
TEST(DocsTest, CountOfInvariantsIsTrue) {
  EXPECT_EQ(NumberIn(kRoot / "README.md", R"((\d+)\s+invariants\s+in\s+all)"),
            static_cast<size_t>(Invariant::kCanary));
  EXPECT_NE(PageText(kRoot / "README.md").find("Sixteen invariants of KHO"), std::string::npos);
  EXPECT_EQ(static_cast<size_t>(Invariant::kKeyRoundTrip), 16U);
}

TEST(DocsTest, CountOfPlantedFaultsIsTrue) {
  const std::string faults = PageText(kRoot / "linux/planted/faults.txt");
  size_t planted = 0;
  for (size_t at = 0; (at = faults.find("\nfault ", at)) != faults.npos; ++at) ++planted;
  EXPECT_EQ(NumberIn(kRoot / "docs/linux.md", R"((\d+)\s+one-line\s+faults)"), planted);
}

// The table of README has each target, and every fuzz_NAME that a page speaks of exists.
TEST(DocsTest, TargetsAreThoseThatExist) {
  const std::string readme = PageText(kRoot / "README.md");
  for (const Target& target : AllTargets()) {
    if (target.name == "any" || target.canary) continue;
    EXPECT_NE(readme.find(absl::StrCat("| `", std::string(target.name), "` |")), std::string::npos)
        << std::string(target.name) << " is not in README's table";
  }
  // fuzz_NAME_linux is fuzz_NAME with a tree in it.
  const std::regex named("`(fuzz_[a-z_]+?)(_linux)?`");
  for (const fs::path& page : Pages()) {
    const std::string text = PageText(page);
    for (auto at = std::sregex_iterator(text.begin(), text.end(), named);
         at != std::sregex_iterator(); ++at) {
      EXPECT_NE(FindTarget((*at)[1].str()), nullptr) << page << ": " << (*at)[1];
    }
  }
}

// Every "khofuzz COMMAND ... --OPTION" on a line of a page is one that the program has.
TEST(DocsTest, CommandsAndOptionsExist) {
  const std::set<std::string> of_script = {"test", "setup", "bench"};  // not the program's own
  const std::regex command(R"(\./khofuzz ([a-z]+)( [a-z]+)?([^`#\n|;]*))");
  const std::regex option(R"((^|\s|\[)(--[a-z][a-z-]*))");
  const std::string script = PageText(kRoot / "khofuzz");
  std::map<std::string, std::string> helps;
  size_t seen = 0;
  for (const fs::path& page : Pages()) {
    const std::string text = PageText(page);
    for (auto at = std::sregex_iterator(text.begin(), text.end(), command);
         at != std::sregex_iterator(); ++at) {
      std::string name = (*at)[1];
      if (of_script.contains(name)) {
        EXPECT_NE(script.find("  " + name + " "), std::string::npos) << page << ": " << at->str();
        continue;
      }
      if (name == "linux" || name == "vm") name += (*at)[2].str();
      if (!helps.contains(name)) helps[name] = HelpOf(name);
      const std::string& help = helps[name];
      const std::string rest = (*at)[2].str() + (*at)[3].str();
      for (auto o = std::sregex_iterator(rest.begin(), rest.end(), option);
           o != std::sregex_iterator(); ++o) {
        ++seen;
        EXPECT_TRUE(std::regex_search(help, std::regex((*o)[2].str() + "[^a-z-]")))
            << page << ": khofuzz " << name << " has no " << (*o)[2];
      }
    }
  }
  EXPECT_GT(seen, 10U);
}

// Links to pages and files of this repository lead somewhere.
TEST(DocsTest, LinkedFilesExist) {
  const std::regex link(R"(\]\(([^)#: ]+)(#[^)]*)?\))");
  for (const fs::path& page : Pages()) {
    const std::string text = PageText(page);
    for (auto at = std::sregex_iterator(text.begin(), text.end(), link);
         at != std::sregex_iterator(); ++at) {
      const fs::path file = page.parent_path() / (*at)[1].str();
      EXPECT_TRUE(fs::exists(file)) << page << " links " << (*at)[1];
    }
  }
}

}  // namespace
}  // namespace khofuzz
