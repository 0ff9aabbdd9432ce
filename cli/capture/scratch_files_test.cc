#include "cli/capture/scratch_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace khofuzz {
namespace {

using testing::HasSubstr;

std::string Refused(std::string_view phys, std::string_view len) {
  const auto table = ParseScratchFiles({"phys", phys}, {"len", len});
  EXPECT_EQ(table.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(table.status().message());
}

TEST(ScratchFilesTest, AreasAreReadInOrderOnAnyLines) {
  const auto table =
      ParseScratchFiles({"phys", "0x1000000 0x3000000\n0x5000000\n"}, {"len", "0x400000\n0 1\n"});
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->areas, (std::vector<ScratchArea>{
                              {{0x1000000}, 0x400000}, {{0x3000000}, 0}, {{0x5000000}, 1}}));
  EXPECT_TRUE(ParseScratchFiles({"phys", ""}, {"len", "\n"})->areas.empty());
}

TEST(ScratchFilesTest, WhatIsNoTableIsRefusedAndNamed) {
  EXPECT_THAT(Refused("0x1000\n", "0x1000 0x1000\n"),
              HasSubstr("len: 2 sizes; expected 1 as in scratch_phys"));
  EXPECT_THAT(Refused("0x1000\nhere\n", "0x1000\n"), HasSubstr("phys:2: expected a number"));
  EXPECT_THAT(Refused("0xffffffffffffff00\n", "0x1000\n"), HasSubstr("phys: "));
  std::string many;
  for (int i = 0; i < 67; ++i) many += "0x1000\n";
  EXPECT_THAT(Refused(many, many), HasSubstr("more areas than a machine can have"));
}

}  // namespace
}  // namespace khofuzz
