#include "cli/fuzz/author.h"

#include <string>

#include "gtest/gtest.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

std::string AuthorOn(const char* design, const char* text) {
  const auto player = Player::Make({.design = design}, {});
  EXPECT_TRUE(player.ok()) << player.status();
  return AuthorOf(ParseLenient(text), *FindTarget("fuzz_chain"), *player);
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

TEST(AuthorTest, NobodyIsWhereNothingBreaks) { EXPECT_EQ(AuthorOn("intended", kThereAndBack), ""); }

}  // namespace
}  // namespace khofuzz
