#include "scenario/language/reference.h"

#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oracle/invariant.h"
#include "scenario/language/kinds.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ReferenceTest, TheRepositorysPageIsUpToDate) {
  std::ifstream file(KHOFUZZ_SOURCE_DIR "/docs/scenario-language.md");
  const std::string page((std::istreambuf_iterator<char>(file)), {});
  EXPECT_TRUE(page == ReferencePage())
      << "docs/scenario-language.md is out of date; regenerate it with\n"
         "  khofuzz explain --language > docs/scenario-language.md";
}

TEST(ReferenceTest, ThePageNamesEveryLineTargetAndInvariant) {
  const std::string page = ReferencePage();
  ForEachKind<MachineLine>([&page]<typename Line>(size_t) {
    EXPECT_THAT(page, HasSubstr("### " + std::string(Line::kName) + "\n"));
  });
  ForEachKind<Op>([&page]<typename Line>(size_t) {
    EXPECT_THAT(page, HasSubstr("### " + std::string(Line::kName) + "\n"));
  });
  for (const Target& target : AllTargets()) {
    EXPECT_THAT(page, HasSubstr("- `" + std::string(target.name) + "`: "));
  }
  for (const InvariantInfo& info : InvariantCatalogue()) {
    EXPECT_THAT(page, HasSubstr("- **" + std::string(info.slug) + "**: "));
  }
}

TEST(ReferenceTest, ThePageSaysWhatAnOperandIsWhenLeftOut) {
  const std::string page = ReferencePage();
  EXPECT_THAT(page, HasSubstr("- `nid` (node): the node to prefer; left out: any\n"));
  EXPECT_THAT(page,
              HasSubstr("- `clear` (flag): clears it instead of setting it; left out: off\n"));
  EXPECT_THAT(
      page,
      HasSubstr(
          "- `site` (choice: radix_node, memblock_alloc, memblock_double, page_alloc, vmap): "));
}

// The words of a dictionary, quotes off.
std::set<std::string> WordsOf(const std::string& dictionary) {
  std::set<std::string> words;
  std::istringstream lines(dictionary);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    EXPECT_GT(line.size(), 2u) << line;
    EXPECT_TRUE(line.starts_with('"') && line.ends_with('"')) << line;
    const std::string word = line.substr(1, line.size() - 2);
    EXPECT_EQ(word.find_first_of("\"\\"), std::string::npos) << line << " would need escapes";
    EXPECT_TRUE(words.insert(word).second) << line << " stands there twice";
  }
  return words;
}

TEST(DictionaryTest, IsWhatLibFuzzerReads) {
  for (const Target& target : AllTargets()) {
    EXPECT_GT(WordsOf(Dictionary(target)).size(), 10u) << target.name;
    EXPECT_TRUE(Dictionary(target).ends_with('\n'));
  }
}

TEST(DictionaryTest, HasTheTargetsWordsAndNoOtherOps) {
  const std::set<std::string> words = WordsOf(Dictionary(*FindTarget("fuzz_memblock")));
  for (const char* word : {"memory", "geometry", "memblock_reserve", "base=", "kho_scratch",
                           "clear", "memblock_double", "any"}) {
    EXPECT_TRUE(words.contains(word)) << word;
  }
  for (const char* word : {"radix_add", "preserve_pages", "pfn="}) {
    EXPECT_FALSE(words.contains(word)) << word;
  }
}

}  // namespace
}  // namespace khofuzz
