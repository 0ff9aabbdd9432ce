#include "linux/changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/buddy/buddy.h"
#include "core/memmap/memmap.h"

namespace khofuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr kf_site kInit{"init_one", "mm/mm_init.c", 1};
constexpr kf_site kOther{"init_other", "mm/mm_init.c", 2};
constexpr kf_site kFree{"free_one", "mm/mm_init.c", 3};

class Names final : public SiteNames {
 public:
  std::string_view Who(const kf_site* at, void*) override {
    return at == nullptr ? "" : at->function;
  }
};

class ChangesTest : public testing::Test, public EventListener {
 protected:
  ChangesTest()
      : memmap_(geometry_), buddy_(geometry_, &memmap_), changes_(&names_, &memmap_, &buddy_) {
    memmap_.set_listener(this);
    buddy_.set_listener(this);
  }
  void OnEvent(const Event& event) override {
    told_.push_back(absl::StrCat(std::string(EventName(event.kind)), " ", event.range.begin.value,
                                 "-", event.range.end.value, " ", std::string(event.function)));
  }
  void InitPage(uint64_t pfn, const kf_site* at = &kInit) {
    changes_.Init({{pfn}, {pfn + 1}}, 0, ZoneId::kDma32, at, nullptr);
  }
  static std::string Name(EventKind kind) { return std::string(EventName(kind)); }

  const Geometry geometry_ = TinyGeometry();
  Names names_;
  Memmap memmap_;
  Buddy buddy_;
  Changes changes_;
  std::vector<std::string> told_;
};

TEST_F(ChangesTest, NeighboursAreToldAsOne) {
  for (uint64_t pfn = 8; pfn < 40; ++pfn) InitPage(pfn);
  EXPECT_THAT(told_, IsEmpty()) << "nothing is told before it is all there";
  changes_.Flush();
  EXPECT_THAT(told_, ElementsAre(Name(EventKind::kInit) + " 8-40 init_one"));
  EXPECT_TRUE(memmap_.Initialised({Pfn{8}, Pfn{40}}));
}

TEST_F(ChangesTest, AnotherFunctionOrAGapBegins) {
  InitPage(8);
  InitPage(9, &kOther);
  InitPage(11, &kOther);
  changes_.Flush();
  const std::string init = Name(EventKind::kInit);
  EXPECT_THAT(told_, ElementsAre(init + " 8-9 init_one", init + " 9-10 init_other",
                                 init + " 11-12 init_other"));
}

// A free that reads its neighbour must see the neighbour as it was then.
TEST_F(ChangesTest, WhatComesAfterAFreeIsNotSeenByIt) {
  for (uint64_t pfn = 0; pfn < 4; ++pfn) InitPage(pfn);
  changes_.Free({Pfn{0}, Pfn{4}}, &kFree, nullptr);
  for (uint64_t pfn = 4; pfn < 8; ++pfn) InitPage(pfn);
  changes_.Flush();
  const auto read = std::ranges::find(told_, Name(EventKind::kBuddyRead) + " 4-5 free_one");
  ASSERT_NE(read, told_.end()) << "the buddy of pages 0 to 3";
  EXPECT_LT(read, std::ranges::find(told_, Name(EventKind::kInit) + " 4-8 init_one"));
}

TEST_F(ChangesTest, PagesAndTheTypesOfTheirBlocksWaitTogether) {
  const uint64_t block = geometry_.pageblock_pages();
  for (uint64_t pfn = 0; pfn < 3 * block; ++pfn) {
    InitPage(pfn);
    if (pfn % block != 0) continue;
    changes_.SetType({{pfn}, {pfn + block}}, Migratetype::kMovable, &kInit, nullptr);
  }
  changes_.Flush();
  EXPECT_EQ(told_.size(), 2u) << "one run of pages, one of types";
}

TEST_F(ChangesTest, APageThatIsReservedAndInitialisedAgainIsToldInThatOrder) {
  InitPage(8);
  changes_.SetReserved({Pfn{8}, Pfn{9}}, &kInit, nullptr);
  InitPage(8, &kOther);
  changes_.Flush();
  ASSERT_EQ(told_.size(), 3u);
  EXPECT_FALSE(memmap_.At(Pfn{8})->reserved);
}

}  // namespace
}  // namespace khofuzz
