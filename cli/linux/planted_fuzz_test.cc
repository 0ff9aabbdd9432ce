// The faults of linux/planted/faults.txt, looked for as users look: `khofuzz fuzz --linux` on a
// copy of the tree of Linux 7.3 that KHOFUZZ_LINUX_TREES names, one job, a minute at most for each.
// What is found must be the fault's doing: what it has found is not wrong, or known, on the tree
// itself.
//
// KHOFUZZ_PLANTED says which: names joined by commas, or "all" (most of an hour). Without it a few
// of those that are found soon.
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "linux/planted/planted.h"
#include "linux/release_row.h"
#include "linux/test_trees.h"
#include "system/clock.h"
#include "system/files.h"
#include "system/process.h"
#include "system/temp_folder.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

constexpr double kSeconds = 60;
constexpr const char* kSample = "restore-counts-one,total-counts-one-more,search-pfn-in-32-bits";
constexpr const char* kProgram = KHOFUZZ_BUILD_DIR "/cli/khofuzz";

class PlantedFuzz : public testing::Test {
 protected:
  void SetUp() override {
#ifndef KHOFUZZ_LIBFUZZER
    GTEST_SKIP() << "the targets of this build replay files";
#endif
    for (const std::string& tree : TestTrees()) {
      if (ReleaseName(tree) == "linux-7.3") tree_ = tree;
    }
    if (tree_.empty()) GTEST_SKIP() << "KHOFUZZ_LINUX_TREES names no tree of Linux 7.3";
  }

  // Whether the tree without the fault says nothing of it.
  bool IsTheFaults(const fs::path& finding) const {
    const auto replayed =
        RunToEnd({kProgram, "replay", "--linux", tree_, finding.string()}, kSeconds);
    return replayed.ok() && replayed->end.ok();
  }

  // Those that have not been looked at: the first that is the fault's, or nothing.
  fs::path NextFound(const fs::path& work) {
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(work / "findings", none)) {
      if (entry.path().extension() != ".kho" || !looked_at_.insert(entry.path()).second) continue;
      if (IsTheFaults(entry.path())) return entry.path();
    }
    return {};
  }

  // What a user sees of the fault: a finding's name, the catalogue's quirk that the tree is
  // measured as having, or nothing.
  std::string Seen(const PlantedFault& fault) {
    const fs::path copy = folder_ / fault.name;
    const absl::Status planted = PlantInCopy(fault, tree_, copy);
    EXPECT_TRUE(planted.ok()) << planted;
    const fs::path work = folder_ / absl::StrCat(fault.name, "-work");
    auto fuzz = Process::Start({kProgram, "fuzz", "--linux", copy.string(), "--seconds",
                                absl::StrCat(kSeconds), "--jobs", "1", "--seed", "1", "--work",
                                work.string()});
    EXPECT_TRUE(fuzz.ok()) << fuzz.status();
    if (!fuzz.ok()) return "";
    std::string measured;
    fs::path found;
    while (true) {
      const auto end = fuzz->End();
      for (const std::string& line : fuzz->TakeLines()) {
        const size_t as = line.find("as linux-7.3, ");
        if (as != std::string::npos) measured = line.substr(as, line.find(';', as) - as);
      }
      if (found.empty()) {
        found = NextFound(work);
        if (!found.empty()) fuzz->Signal(SIGINT);
      }
      if (end.has_value()) {
        EXPECT_EQ(end->exit_code, looked_at_.empty() ? 0 : 1) << fault.name << fuzz->output();
        break;
      }
      usleep(200'000);
    }
    looked_at_.clear();
    return found.empty() ? measured : found.filename().string();
  }

  std::string tree_;
  TempFolder folder_;
  std::set<fs::path> looked_at_;
};

TEST_F(PlantedFuzz, FindsThemInAMinute) {
  const char* const asked = std::getenv("KHOFUZZ_PLANTED");
  const std::string wanted = asked == nullptr || *asked == '\0' ? kSample : asked;
  const auto text = ReadText(fs::path(KHOFUZZ_SOURCE_DIR) / "linux/planted/faults.txt");
  ASSERT_TRUE(text.ok()) << text.status();
  const auto faults = ParseFaults(*text);
  ASSERT_TRUE(faults.ok()) << faults.status();
  size_t looked_for = 0;
  for (const PlantedFault& fault : *faults) {
    if (!IsAsked(wanted, fault)) continue;
    ++looked_for;
    const Clock::time_point begin = Clock::now();
    const std::string seen = Seen(fault);
    std::printf("%-32s %3.0f s  %s\n", fault.name.c_str(), SecondsBetween(begin, Clock::now()),
                seen.empty() ? "slips" : seen.c_str());
    std::fflush(stdout);
    EXPECT_NE(seen, "") << fault.name;
  }
  const std::vector<std::string> names = absl::StrSplit(wanted, ',');
  EXPECT_EQ(looked_for, wanted == "all" ? faults->size() : names.size()) << wanted;
}

}  // namespace
}  // namespace khofuzz
