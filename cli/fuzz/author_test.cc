#include "cli/fuzz/author.h"

#include <algorithm>
#include <string>

#include "gtest/gtest.h"
#include "scenario/explaining/author.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

std::string AuthorOn(const char* design, const char* text) {
  const auto player = Player::Make({.design = design}, {});
  EXPECT_TRUE(player.ok()) << player.status();
  return CulpritOf(ParseLenient(text), *FindTarget("fuzz_chain"), *player).function;
}

constexpr const char* kThereAndBack =
    "boot_with scratch=\"256K,512K,256K\"\npreserve_folio pfn=0x100 order=2\nkexec\n"
    "restore index=0\n";

// The page should be initialised there; the write that stumbles over it is another's.
TEST(AuthorTest, IsWhoseWorkDecides) {
  EXPECT_EQ(AuthorOn("retrieve-without-init", kThereAndBack), "kho_get_preserved_page()");
}

TEST(AuthorTest, WhatIsLeftUndoneIsTheDoingOfWhoShouldHaveDoneIt) {
  EXPECT_EQ(AuthorOn("restore-forgets-tails", kThereAndBack), "kho_restore_folio()");
}

// Nobody ever touches the pages that are left out.
TEST(AuthorTest, WhatABootNeverTouchesIsTheDoingOfWhoShouldHave) {
  EXPECT_EQ(AuthorOn("deferred-skips-bootmem", "early_alloc size=0\nkexec\n"),
            "deferred_init_pages()");
}

// The area is preserved by one function, and another should end that.
TEST(AuthorTest, WhatIsNotEndedIsTheDoingOfWhoShouldEndIt) {
  EXPECT_EQ(AuthorOn("release-keeps-preservation",
                     "reserve_mem size=4K\nfree_reserved index=0 by=reserve_mem_release_by_name\n"),
            "reserve_mem_release_by_name()");
}

// That there is no room is the same on both sides.
TEST(AuthorTest, ARequestThatFindsNoRoomOnEitherSideDecidesNothing) {
  const auto player = Player::Make({.design = "reserve-failure-keeps-table"}, {});
  ASSERT_TRUE(player.ok()) << player.status();
  const auto stories = StoriesOf(ParseLenient("firmware base=0 size=16M\n"),
                                 *FindTarget("fuzz_chain"), player->subject());
  ASSERT_TRUE(stories.has_value());
  const auto refused = [](const Story& story) {
    return std::ranges::any_of(story.lines, [](const StoryLine& line) {
      return line.function == "kho_reserve_scratch" && line.aspect == PageAspect::kRefused;
    });
  };
  EXPECT_TRUE(refused(stories->story));
  EXPECT_TRUE(refused(stories->beside));
}

TEST(AuthorTest, NobodyIsWhereNothingBreaks) { EXPECT_EQ(AuthorOn("intended", kThereAndBack), ""); }

}  // namespace
}  // namespace khofuzz
