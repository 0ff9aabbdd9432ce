#include "linux/signatures.h"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string_view>

namespace khofuzz {
namespace {

constexpr unsigned kShift = 12;

// The pages of a call with these arguments; nullopt where nobody knows.
std::optional<PfnRange> PagesOf(std::string_view parameters, std::array<uint64_t, 6> args) {
  const auto call = PageCall::Of(parameters);
  if (!call.has_value()) return std::nullopt;
  return call->Pages(args, kShift);
}

TEST(SignaturesTest, PagesWithAnEndACountOrAnOrder) {
  const PfnRange pages{{0x100}, {0x120}};
  EXPECT_EQ(PagesOf("struct zone *zone,unsigned long pfn,unsigned long end_pfn", {7, 0x100, 0x120}),
            pages);
  EXPECT_EQ(PagesOf("unsigned long pfn,unsigned long nr_pages", {0x100, 0x20}), pages);
  EXPECT_EQ(PagesOf("unsigned long pfn,unsigned int order", {0x100, 5}), pages);
  EXPECT_EQ(PagesOf("struct page *page,unsigned long pfn,unsigned long zone,int nid", {1, 0x100}),
            (PfnRange{{0x100}, {0x101}}));
}

TEST(SignaturesTest, AddressesCountTheirPagesWhole) {
  EXPECT_EQ(PagesOf("phys_addr_t start,phys_addr_t end,int nid", {0x1fff, 0x3001}),
            (PfnRange{{1}, {4}}));
  EXPECT_EQ(PagesOf("phys_addr_t base,phys_addr_t size", {0x1000, 0x1000}), (PfnRange{{1}, {2}}));
  EXPECT_EQ(PagesOf("phys_addr_t phys,bool is_folio", {0x1000}), (PfnRange{{1}, {2}}));
  EXPECT_EQ(PagesOf("phys_addr_t phys,unsigned int order", {0x4000, 2}), (PfnRange{{4}, {8}}));
  EXPECT_EQ(PagesOf("phys_addr_t size,phys_addr_t align,phys_addr_t start,phys_addr_t end",
                    {0x1000, 0x1000, 0, 0x9000}),
            std::nullopt);
  // Not of addresses: nobody knows of what.
  EXPECT_EQ(PagesOf("unsigned long start,unsigned long end", {1, 2}), std::nullopt);
}

TEST(SignaturesTest, WhatWrapsAroundIsOfNoPage) {
  EXPECT_EQ(PagesOf("unsigned long pfn,unsigned long nr_pages", {8, ~uint64_t{7}}), PfnRange{});
  EXPECT_EQ(PagesOf("unsigned long start_pfn,unsigned long end_pfn", {8, 7}), PfnRange{});
  EXPECT_EQ(PagesOf("int nid", {8}), std::nullopt);
}

TEST(SignaturesTest, BeyondTheSixthParameterNothingIsKnown) {
  EXPECT_EQ(PagesOf("int a,int b,int c,int d,int e,int f,unsigned long pfn", {}), std::nullopt);
}

TEST(SignaturesTest, WhoIsToldOfTheNode) {
  EXPECT_TRUE(PageCall::Of("unsigned long pfn,int nid")->gives_node());
  EXPECT_FALSE(PageCall::Of("unsigned long pfn,unsigned long nr_pages")->gives_node());
}

TEST(SignaturesTest, FunctionsAreFoundByTheirWholeName) {
  constexpr std::string_view kAll = "b(int (*c)(int),phys_addr_t d);ab(int pfn);a(long pfn);";
  EXPECT_EQ(ParametersOf(kAll, "a"), "long pfn");
  EXPECT_EQ(ParametersOf(kAll, "ab"), "int pfn");
  EXPECT_EQ(ParametersOf(kAll, "b"), "int (*c)(int),phys_addr_t d");
  EXPECT_EQ(ParametersOf(kAll, "c"), std::nullopt);
  EXPECT_EQ(ParametersOf("", "a"), std::nullopt);
}

}  // namespace
}  // namespace khofuzz
