#include "cli/vm/kernel_build.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "system/files.h"
#include "system/temp_folder.h"

namespace khofuzz {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(KernelBuild, OptionsThatATreeDoesNotTakeAreTold) {
  const std::string config = "CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=y\nCONFIG_NAME=\"x\"\n";
  EXPECT_THAT(OptionsNotTaken("# why\nCONFIG_A=y\n# CONFIG_B is not set\n# CONFIG_GONE is not set\n"
                              "CONFIG_NAME=\"x\"\n",
                              config),
              IsEmpty());
  EXPECT_THAT(OptionsNotTaken("CONFIG_B=y\n# CONFIG_C is not set\nCONFIG_NEW=y\n", config),
              ElementsAre("CONFIG_B=y", "# CONFIG_C is not set", "CONFIG_NEW=y"));
  // The last word counts.
  EXPECT_THAT(OptionsNotTaken("# CONFIG_A is not set\nCONFIG_A=y\n", config), IsEmpty());
}

TEST(KernelBuild, PartsOfATreeAreNoTree) {
  const TempFolder folder;
  namespace fs = std::filesystem;
  const fs::path sources = folder / "vm";
  KernelBuild build{.tree = folder / "tree", .sources = sources};
  EXPECT_TRUE(absl::IsNotFound(BuildKernel(build).status()));

  fs::create_directories(build.tree / "mm");
  EXPECT_THAT(BuildKernel(build).status().message(), HasSubstr("no Linux source tree"));
  ASSERT_TRUE(WriteText(build.tree / "mm/memblock.c", "").ok());
  EXPECT_THAT(BuildKernel(build).status().message(), HasSubstr("only parts of a Linux tree"));
}

TEST(KernelBuild, AFolderWithoutAKernelIsNoBuild) {
  const TempFolder folder;
  EXPECT_TRUE(absl::IsNotFound(ImageIn(folder / "none").status()));
}

}  // namespace
}  // namespace khofuzz
