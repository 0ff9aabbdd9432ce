// Whose work it is, where that is not who does the write.
#include "scenario/explaining/author.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace khofuzz {
namespace {

constexpr uint64_t kKernel = 2;

StoryLine Line(PageAspect aspect, const std::string& effect, std::vector<std::string> calls) {
  StoryLine line{.kernel = kKernel, .phase = BootPhase::kDeferred, .source = "mm/mm_init.c:1"};
  line.function = calls.empty() ? "" : calls.front().substr(0, calls.front().find("()"));
  line.aspect = aspect;
  line.effect = effect;
  line.calls = std::move(calls);
  return line;
}

struct Sides {
  std::optional<StoryLine> left, right;
};
Author Whose(const Sides& sides, const PageRequests& requests, std::optional<NodeId> node = 0) {
  std::vector<StoryRow> rows;
  if (sides.left.has_value()) rows.push_back({&*sides.left, nullptr, true});
  if (sides.right.has_value()) rows.push_back({nullptr, &*sides.right, true});
  return AuthorOf(rows, &rows.front(), requests, node);
}

const std::vector<std::string> kCalls = {"__init_single_page() mm/mm_init.c:1", "inner() mm/a.c:2",
                                         "outer() mm/a.c:3", "boot() mm/a.c:4"};

TEST(AuthorOfTest, WhoDoesItWhereNothingElseIsKnown) {
  const Author author = Whose({.left = Line(PageAspect::kInit, "node 0 zone Normal", kCalls)}, {});
  EXPECT_EQ(author.function, "__init_single_page");
  EXPECT_EQ(author.why, "");
}

TEST(AuthorOfTest, WhoWasNotCalledForThePageAndCallsAnotherForIt) {
  const Sides sides{.left = Line(PageAspect::kInit, "node 0 zone Normal", kCalls)};
  const Author author =
      Whose(sides, {.known = {"inner", "outer"}, .asked = {}, .beyond = {{kKernel, "outer"}}});
  EXPECT_EQ(author.function, "outer");
  EXPECT_EQ(author.source, "mm/a.c:3");
  EXPECT_FALSE(author.undone);
  EXPECT_NE(author.why, "");
  // It was another kernel's call.
  EXPECT_EQ(Whose(sides, {.known = {"inner"}, .asked = {}, .beyond = {{1, "outer"}}}).function,
            "__init_single_page");
}

TEST(AuthorOfTest, WhatIsLeftUndoneIsOfTheInnermostThatWasCalledForThePage) {
  const Sides sides{
      .right = Line(PageAspect::kInit, "node 0 zone Normal", {"inner()", "outer()", "boot()"})};
  const PageRequests::Called outer{kKernel, "outer"};
  EXPECT_EQ(Whose(sides, {.known = {"inner", "outer"}, .asked = {outer}}).function, "outer");
  EXPECT_EQ(Whose(sides, {.known = {"inner", "outer"}}).function, "boot");
  EXPECT_EQ(Whose(sides, {.known = {"inner"}, .asked = {{kKernel, "inner"}}}).function, "inner");
  EXPECT_EQ(Whose(sides, {}).function, "inner");
  EXPECT_TRUE(Whose(sides, {.known = {"inner"}}).undone);
}

TEST(AuthorOfTest, AWrongNodeIsOfTheInnermostThatNobodyTellsIt) {
  const PageRequests requests{.known = {"inner"}, .given_nodes = {"__init_single_page", "inner"}};
  const StoryLine wrong = Line(PageAspect::kInit, "node 1 zone Normal", kCalls);
  EXPECT_EQ(Whose({.left = wrong}, requests, 0).function, "outer");
  EXPECT_EQ(Whose({.left = wrong}, requests, kNoNode).function, "outer");
  EXPECT_EQ(Whose({.left = wrong}, requests, 1).function, "__init_single_page");
  // What the other side does counts more than the machine.
  const StoryLine zone = Line(PageAspect::kInit, "node 1 zone DMA32", kCalls);
  EXPECT_EQ(Whose({.left = wrong, .right = zone}, requests, 0).function, "__init_single_page");
}

TEST(AuthorOfTest, AWrongTypeIsOfTheInnermostAndNotOfItsCaller) {
  StoryLine wrong = Line(PageAspect::kType, "CMA", kCalls);
  wrong.function = "outer";
  const Sides sides{.left = wrong, .right = Line(PageAspect::kType, "MOVABLE", kCalls)};
  EXPECT_EQ(Whose(sides, {}).function, "__init_single_page");
}

}  // namespace
}  // namespace khofuzz
