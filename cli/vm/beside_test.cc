#include "cli/vm/beside.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "cli/fuzz/work_dir.h"
#include "cli/places.h"
#include "system/files.h"
#include "system/temp_folder.h"

namespace khofuzz {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Property;

VmScript TwoKernels() {
  VmScript script;
  script.kernels.resize(2);
  return script;
}

TEST(VmCompare, AKernelThatDoesNotComeUpDiffersUnlessItsBootIsBroken) {
  VmResult result;
  result.kernels = {{.up = true, .kho = true}, {}};
  PlayedLife played;
  played.boots = {{.kernel = 1, .kho = true}, {.kernel = 2, .kho = true}};
  const auto differs = AllOf(Field(&BesideCheck::kernel, 2u), Field(&BesideCheck::what, "comes up"),
                             Property(&BesideCheck::agrees, false));
  EXPECT_THAT(Compare(TwoKernels(), result, played), Contains(differs));
  played.breaks = "free-once";
  EXPECT_THAT(Compare(TwoKernels(), result, played), Contains(differs));
  played.boots[1].broken = true;
  EXPECT_THAT(Compare(TwoKernels(), result, played),
              Not(Contains(Property(&BesideCheck::agrees, false))));
  // One that comes up all the same is compared.
  result.kernels[1] = {.up = true, .kho = true};
  played.boots[1].kho = false;
  EXPECT_THAT(Compare(TwoKernels(), result, played),
              Contains(AllOf(Field(&BesideCheck::kernel, 2u), Field(&BesideCheck::what, "KHO"),
                             Property(&BesideCheck::agrees, false))));
}

class VmPhases : public testing::Test {
 protected:
  VmPhases() {
    std::filesystem::copy(
        std::filesystem::path(OwnPlaces().root) / "corpus/captures/a_1node_1G_2x1M", temp_ / "run",
        std::filesystem::copy_options::recursive);
    result_.kernels.resize(2);
    result_.kernels[1].files["kho.in.fdt"] = "";
  }

  TempFolder temp_;
  VmResult result_;
};

TEST_F(VmPhases, TheLastHandoverIsComputedAgain) {
  const auto checks = CompareAtPhases(temp_ / "run", result_).value();
  EXPECT_GE(checks.size(), 12u);
  EXPECT_THAT(checks,
              Each(AllOf(Field(&BesideCheck::kernel, 2u), Property(&BesideCheck::agrees, true))));
  EXPECT_THAT(checks, Contains(Field(&BesideCheck::what, HasSubstr("model boot"))));
}

TEST_F(VmPhases, WhatIsNotHeldPhaseByPhaseIsTold) {
  std::vector<std::string> not_compared;
  ASSERT_TRUE(CompareAtPhases(temp_ / "run", result_, &not_compared).ok());
  EXPECT_THAT(not_compared, IsEmpty());
  // Of a release without extension there is no memblock before it.
  std::filesystem::remove(temp_ / "run/memblock.k2.before_extend.txt");
  ASSERT_TRUE(CompareAtPhases(temp_ / "run", result_, &not_compared).ok());
  EXPECT_THAT(not_compared, ElementsAre(HasSubstr("model boot: not played")));
  not_compared.clear();
  result_.kernels.push_back(result_.kernels.back());
  ASSERT_TRUE(CompareAtPhases(temp_ / "run", result_, &not_compared).ok());
  EXPECT_THAT(not_compared, Contains(HasSubstr("handovers before the last")));
}

TEST_F(VmPhases, AKernelThatEndsUpInAnotherStateDiffers) {
  const auto file = temp_ / "run/memblock.k2.memblock_free_all.txt";
  std::filesystem::copy_file(temp_ / "run/memblock.k2.kho_memory_init.txt", file,
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_THAT(CompareAtPhases(temp_ / "run", result_).value(),
              Contains(AllOf(Field(&BesideCheck::what, HasSubstr("after retrieval")),
                             Property(&BesideCheck::agrees, false))));
}

TEST_F(VmPhases, PageblocksThatAreAViolationAreToldOnce) {
  const auto file = temp_ / "run/pagetypeinfo.k2.txt";
  std::string text = InputBytes(file);
  const size_t types = text.find("Number of blocks type");
  ASSERT_NE(types, std::string::npos);
  std::string counts = text.substr(types);
  for (size_t at = 0; (at = counts.find(" 70", at)) != std::string::npos;) {
    counts.replace(at, 3, " 69");
  }
  ASSERT_TRUE(WriteFileAtomically(file, text.substr(0, types) + counts).ok());
  const auto differs = Contains(AllOf(Field(&BesideCheck::what, HasSubstr("CMA pageblocks")),
                                      Property(&BesideCheck::agrees, false)));
  EXPECT_THAT(CompareAtPhases(temp_ / "run", result_).value(), differs);
  result_.violations.push_back({.invariant = Invariant::kScratchIsCma});
  EXPECT_THAT(CompareAtPhases(temp_ / "run", result_).value(), Not(differs));
}

TEST_F(VmPhases, AHandoverThatIsNotSoundIsAnError) {
  std::filesystem::resize_file(temp_ / "run/radix/pages.bin", 4096);
  EXPECT_THAT(std::string(CompareAtPhases(temp_ / "run", result_).status().message()),
              HasSubstr("radix/pages.bin"));
}

TEST_F(VmPhases, WithoutAHandoverThereIsNothing) {
  result_.kernels[1].files.clear();
  EXPECT_THAT(CompareAtPhases(temp_ / "run", result_).value(), IsEmpty());
}

}  // namespace
}  // namespace khofuzz
