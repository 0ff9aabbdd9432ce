// The faults of faults.txt, planted one at a time in a copy of the source that has it: the model
// that is linked with that copy breaks an invariant, and the model as it is breaks none.
//
// KHOFUZZ_PLANTED says which faults: "all", their names (a,b), or the number that chooses a part of
// them.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/planted/planted.h"
#include "core/planted/test_sources.h"
#include "core/planted/workshop.h"
#include "core/splitmix.h"
#include "system/shell_word.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

constexpr size_t kPart = 40;            // faults of one run, unless all are asked for
constexpr uint64_t kRuns = 20000;       // of a search
constexpr uint64_t kQuietRuns = 20000;  // of the search that must find nothing

// What became of a fault.
struct Outcome {
  std::string trouble;             // it could not be planted, compiled or linked
  std::set<std::string> stored;    // invariants that its own scenarios broke
  std::set<std::string> searched;  // that the search broke
  std::string found;               // "RUN TARGET INVARIANT", or empty
  std::string crash;               // the signal that ended the program

  bool caught() const { return !stored.empty() || !searched.empty() || !crash.empty(); }
  bool Broke(const std::string& slug) const {
    return caught() && (slug == "any" || stored.contains(slug) || searched.contains(slug));
  }
};

void ReadHunt(const ShellEnd& hunt, Outcome& outcome) {
  std::istringstream lines(hunt.output);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string kind, first, second, third;
    words >> kind >> first >> second >> third;
    if (kind == "stored") outcome.stored.insert(second);
    if (kind == "search") {
      outcome.searched.insert(third);
      outcome.found = absl::StrCat("run ", first, " of ", second);
    }
  }
  if (hunt.ok()) return;
  // A shell says 128 + N of a program that signal N has ended.
  const int code = WIFEXITED(hunt.status) ? WEXITSTATUS(hunt.status) : 128 + SIGKILL;
  outcome.crash = code == 128 + SIGPROF ? "hang" : absl::StrCat("exit code ", code);
}

class CoreFaultsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string folder = testing::TempDir() + "khofuzz-planted.XXXXXX";
    ASSERT_NE(mkdtemp(folder.data()), nullptr) << folder;
    folder_ = folder;
    auto workshop = Workshop::Open(KHOFUZZ_BINARY_DIR, KHOFUZZ_MAKE_PROGRAM, folder_);
    ASSERT_TRUE(workshop.ok()) << workshop.status();
    workshop_ = *std::move(workshop);
  }
  void TearDown() override {
    std::error_code error;
    fs::remove_all(folder_, error);
  }

  Outcome Hunted(const CoreFault& fault) const {
    const auto program = workshop_->Make(fault, SourceRoot());
    if (!program.ok()) return {.trouble = std::string(program.status().message())};
    const std::string base = program->string();

    std::string hunt = absl::StrCat(ShellQuoted(base), " ", fault.breaks, " ", kRuns);
    for (const fs::path& file : StoredScenarios()) {
      if (FaultOf(file) == fault.name) absl::StrAppend(&hunt, " ", ShellQuoted(file.string()));
    }
    Outcome outcome;
    ReadHunt(RunShell(hunt, folder_, base + ".log"), outcome);
    fs::remove(base);
    return outcome;
  }

  fs::path folder_;
  std::optional<Workshop> workshop_;
};

// All of them, or a part.
std::vector<CoreFault> ChosenFaults() {
  std::vector<CoreFault> faults = AllCoreFaults();
  const char* const asked = std::getenv("KHOFUZZ_PLANTED");
  if (asked != nullptr && std::string_view(asked) == "all") return faults;
  if (asked != nullptr && std::isdigit(static_cast<unsigned char>(*asked)) == 0) {
    const std::string names = absl::StrCat(",", asked, ",");
    std::erase_if(faults, [&](const CoreFault& fault) {
      return names.find(absl::StrCat(",", fault.name, ",")) == std::string::npos;
    });
    EXPECT_FALSE(faults.empty()) << "no fault is called " << asked;
    return faults;
  }
  const uint64_t seed = asked == nullptr ? 1 : std::strtoull(asked, nullptr, 10);
  std::printf("%zu of %zu faults, chosen by KHOFUZZ_PLANTED=%llu; \"all\" plays all\n", kPart,
              faults.size(), static_cast<unsigned long long>(seed));
  uint64_t state = seed;
  for (size_t i = faults.size(); i > 1; --i)
    std::swap(faults[i - 1], faults[SplitMix64(state) % i]);
  faults.resize(std::min(kPart, faults.size()));
  return faults;
}

// One run plants a part of them: what cannot be planted any more would be found by the day.
TEST_F(CoreFaultsTest, EachFileIsCompiledByItself) {
  for (const CoreFault& fault : AllCoreFaults()) {
    EXPECT_TRUE(workshop_->Compiles((SourceRoot() / fault.file).string()))
        << fault.file << ", in which " << fault.name << " is planted";
  }
}

TEST_F(CoreFaultsTest, AreCaughtAndTheBlindSpotsAreKnown) {
  const std::vector<CoreFault> faults = ChosenFaults();
  std::vector<Outcome> outcomes(faults.size());
  std::atomic<size_t> next = 0;
  std::vector<std::thread> workers;
  for (unsigned i = 0; i < std::max(std::thread::hardware_concurrency(), 1U); ++i) {
    workers.emplace_back([&] {
      for (size_t at = next++; at < faults.size(); at = next++) outcomes[at] = Hunted(faults[at]);
    });
  }
  for (std::thread& worker : workers) worker.join();

  size_t searched = 0;
  size_t must = 0;
  for (size_t i = 0; i < faults.size(); ++i) {
    const CoreFault& fault = faults[i];
    const Outcome& outcome = outcomes[i];
    ASSERT_EQ(outcome.trouble, "") << fault.name;
    std::printf("%-30s %-20s stored: %-20s search: %s%s\n", fault.name.c_str(),
                fault.breaks.c_str(),
                outcome.stored.empty() ? "-" : outcome.stored.begin()->c_str(),
                outcome.found.empty() ? "-" : outcome.found.c_str(),
                outcome.crash.empty() ? "" : (" crash: " + outcome.crash).c_str());
    if (fault.breaks == "nothing") {
      EXPECT_FALSE(outcome.caught()) << fault.name << " is seen by now: say what it breaks";
      continue;
    }
    ++must;
    if (!outcome.searched.empty() || !outcome.crash.empty()) ++searched;
    EXPECT_TRUE(outcome.Broke(fault.breaks)) << fault.name << ": " << fault.what;
  }
  std::printf("the search alone found %zu of %zu\n", searched, must);
  EXPECT_GE(searched * 10, must * 8) << "the search has become blind";
}

TEST_F(CoreFaultsTest, TheSourcesAsTheyAreAreQuiet) {
  std::string hunt =
      absl::StrCat(ShellQuoted(workshop_->Unchanged().string()), " any ", kQuietRuns);
  for (const fs::path& file : StoredScenarios()) {
    absl::StrAppend(&hunt, " ", ShellQuoted(file.string()));
  }
  const ShellEnd quiet = RunShell(hunt, folder_, folder_ / "log");
  EXPECT_TRUE(quiet.ok()) << quiet.status;
  EXPECT_TRUE(quiet.output.starts_with(absl::StrCat("done ", kQuietRuns, " "))) << quiet.output;
}

// Compiled and linked in the same way, a copy without a fault is no other program.
TEST_F(CoreFaultsTest, ACopyWithoutAFaultIsQuiet) {
  const Outcome outcome = Hunted({.name = "none",
                                  .file = "core/preserve/retrieve.cc",
                                  .find = "#include \"core/preserve/retrieve.h\"",
                                  .becomes = "#include \"core/preserve/retrieve.h\"",
                                  .breaks = "any",
                                  .what = ""});
  EXPECT_EQ(outcome.trouble, "");
  EXPECT_FALSE(outcome.caught()) << outcome.found << outcome.crash;
}

}  // namespace
}  // namespace khofuzz
