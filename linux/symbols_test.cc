#include "linux/symbols.h"

#include <gtest/gtest.h>

namespace khofuzz {
namespace {

constexpr const char* kThis = "/proc/self/exe";

TEST(SymbolsTest, SectionsAreFoundByName) {
  ASSERT_TRUE(SectionBytes(kThis, ".text").has_value());
  EXPECT_GT(*SectionBytes(kThis, ".text"), 1000u);
  EXPECT_FALSE(SectionBytes(kThis, ".tex").has_value());
  EXPECT_FALSE(SectionBytes(kThis, "").value_or(0) > 0);
}

TEST(SymbolsTest, FunctionsAreFoundByWhatTheyHold) {
  const FunctionSymbols symbols = ReadFunctionSymbols(kThis);
  ASSERT_FALSE(symbols.empty());
  const auto& [begin, main] = *symbols.begin();
  EXPECT_EQ(FunctionAt(symbols, begin), main.name);
  EXPECT_EQ(FunctionAt(symbols, main.end - 1), main.name);
  EXPECT_NE(FunctionAt(symbols, begin - 1), main.name);
}

TEST(SymbolsTest, WhatIsNoObjectHasNone) {
  EXPECT_FALSE(SectionBytes("/proc/self/cmdline", ".text").has_value());
  EXPECT_FALSE(SectionBytes("/nowhere", ".text").has_value());
  EXPECT_TRUE(ReadFunctionSymbols("/proc/self/cmdline").empty());
}

}  // namespace
}  // namespace khofuzz
