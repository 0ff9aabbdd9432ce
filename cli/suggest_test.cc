#include "cli/suggest.h"

#include <algorithm>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace khofuzz {
namespace {

// What is said of these words, which must be refused.
std::string Said(std::vector<std::string> words) {
  CLI::App app("", "program");
  app.require_subcommand(1);
  std::string memory;
  bool json = false;
  CLI::App* const plan = app.add_subcommand("plan");
  plan->add_option("--memory", memory);
  plan->add_flag("--json", json);
  CLI::App* const tree = app.add_subcommand("linux");
  tree->require_subcommand(1);
  tree->add_subcommand("check")->add_option("tree", memory)->required();
  std::ranges::reverse(words);
  EXPECT_THROW(app.parse(words), CLI::ParseError);
  return SuggestionFor(app);
}

TEST(SuggestTest, NamesTheNearestCommand) {
  EXPECT_EQ(Said({"plam"}), "'plam' is not known; did you mean 'plan'?");
  EXPECT_EQ(Said({"plam", "--memory", "4G"}), "'plam' is not known; did you mean 'plan'?");
  EXPECT_EQ(Said({"linux", "chekc"}), "'chekc' is not known; did you mean 'check'?");
}

TEST(SuggestTest, NamesTheNearestOptionOfThatCommand) {
  EXPECT_EQ(Said({"plan", "--memroy", "4G"}), "'--memroy' is not known; did you mean '--memory'?");
  EXPECT_EQ(Said({"plan", "--memroy=4G"}), "'--memroy' is not known; did you mean '--memory'?");
  // Also where it is something else that is refused.
  EXPECT_EQ(Said({"linux", "check", "--hepl"}), "'--hepl' is not known; did you mean '--help'?");
}

TEST(SuggestTest, SaysNothingWhereNothingIsNear) {
  EXPECT_EQ(Said({}), "");
  EXPECT_EQ(Said({"frobnicate"}), "");
  EXPECT_EQ(Said({"plan", "x"}), "");
  EXPECT_EQ(Said({"plan", "--frobnicate"}), "");
  EXPECT_EQ(Said({"plan", "--jams"}), "");  // three letters from --json
}

}  // namespace
}  // namespace khofuzz
