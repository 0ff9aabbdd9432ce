#include "cli/vm/boot.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "cli/vm/phase_stops.h"
#include "system/files.h"
#include "system/temp_folder.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

// All that kernels can show of a handover.
VmResult Whole() {
  VmResult result;
  for (int i = 0; i < 2; ++i) {
    KernelSeen& kernel = result.kernels.emplace_back();
    for (const GuestFile& file : kGuestFiles) kernel.files[std::string(file.name)] = "1";
    for (const PhaseStop& stop : kPhaseStops) {
      kernel.files[absl::StrCat("memblock.", std::string(stop.name))] = "1";
    }
    kernel.files["radix.index"] = kernel.files["radix.pages"] = "1";
    kernel.scratch.areas = {{PhysAddr{0x1000000}, 0x400000}};
    kernel.console = {"[    0.000000] Linux version 7.3"};
  }
  return result;
}

// Two runs in one folder: of the second, in which nothing was handed over, nothing of the first's
// handover may be there.
TEST(VmFolder, NothingOfAnEarlierRunIsLeft) {
  const TempFolder temp;
  const fs::path folder = temp / "run";
  fs::create_directories(folder);
  ASSERT_TRUE(WriteFileAtomically(folder / "notes.txt", "the user's").ok());
  ASSERT_TRUE(WriteSeen(Whole(), folder).ok());
  fs::create_directories(folder / "control/kernel1");
  EXPECT_TRUE(fs::exists(folder / "radix/pages.bin"));
  EXPECT_TRUE(fs::exists(folder / "memblock.k2.before_extend.txt"));
  RemoveSeen(folder);
  for (const auto& entry : fs::directory_iterator(folder)) {
    EXPECT_EQ(entry.path().filename(), "notes.txt") << entry.path();
  }
  EXPECT_TRUE(fs::exists(folder / "notes.txt"));
}

}  // namespace
}  // namespace khofuzz
