#include "cli/places.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "system/temp_folder.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

class PlacesTest : public testing::Test {
 protected:
  void Touch(const fs::path& path) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << "\n";
    ASSERT_TRUE(fs::exists(path)) << path;
  }
  void MakeCheckout(const fs::path& root) { Touch(root / "linux" / "shim" / "sources.txt"); }
  void MakeBuild(const fs::path& bin_dir) { Touch(bin_dir / "CMakeCache.txt"); }

  TempFolder temp_;
  ProgramPlaces configured_ = {.root = "then/root", .bin_dir = "then/build"};
};

TEST_F(PlacesTest, TheBuildIsWhereTheProgramLiesAndTheCheckoutAboveIt) {
  const fs::path root = temp_ / "checkout";
  MakeCheckout(root);
  MakeBuild(root / "build" / "dev");
  // Of copies of a checkout, each has its own.
  MakeCheckout(temp_ / "");
  const ProgramPlaces places = FindPlaces(root / "build" / "dev" / "cli" / "khofuzz", configured_);
  EXPECT_EQ(places.root, root);
  EXPECT_EQ(places.bin_dir, root / "build" / "dev");
}

TEST_F(PlacesTest, ABuildElsewhereKnowsItsCheckout) {
  MakeBuild(temp_ / "builds" / "release");
  const ProgramPlaces places =
      FindPlaces(temp_ / "builds" / "release" / "cli" / "khofuzz", configured_);
  EXPECT_EQ(places.root, configured_.root);
  EXPECT_EQ(places.bin_dir, temp_ / "builds" / "release");
}

TEST_F(PlacesTest, AProgramThatWasCopiedKnowsItsBuild) {
  const ProgramPlaces places = FindPlaces(temp_ / "bin" / "khofuzz", configured_);
  EXPECT_EQ(places.root, configured_.root);
  EXPECT_EQ(places.bin_dir, configured_.bin_dir);
}

}  // namespace
}  // namespace khofuzz
