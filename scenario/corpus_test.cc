// Every scenario of the corpus: seeds hold, and regressions show what they are kept for.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "gtest/gtest.h"
#include "scenario/language/kinds.h"
#include "scenario/language/language.h"
#include "scenario/language/line.h"
#include "scenario/language/ops.h"
#include "scenario/language/text.h"
#include "scenario/playing/life.h"
#include "scenario/playing/run.h"
#include "scenario/playing/state.h"

namespace khofuzz {
namespace {

using std::filesystem::path;

// corpus/<folder>/*/*.kho, sorted.
std::vector<path> Files(const char* folder) {
  std::vector<path> files;
  const path root = path(KHOFUZZ_SOURCE_DIR "/corpus") / folder;
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root, error)) {
    if (entry.is_regular_file() && entry.path().extension() == ".kho") {
      files.push_back(entry.path());
    }
  }
  std::ranges::sort(files);
  return files;
}

std::string Contents(const path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

Report RunFile(const path& file, const Target& target, const Design& design = {}) {
  const std::string text = Contents(file);
  Report report;
  if (target.language) {
    CheckLanguage(text, report);
    return report;
  }
  const auto scenario = ParseStrict(text);
  EXPECT_TRUE(scenario.ok()) << file << ":" << scenario.status().message();
  return scenario.ok() ? RunScenario(*scenario, target, design) : Report();
}

std::string FirstOf(const Report& report) {
  if (report.ok()) return "nothing";
  const Violation& violation = report.violations().front();
  return std::string(Info(violation.invariant).slug) + ": " + violation.what;
}

// ---- corpus/seeds/<target>/*.kho ----------------------------------------------------------------

TEST(SeedsTest, EveryTargetHasSome) {
  for (const Target& target : AllTargets()) {
    if (target.canary) continue;
    const size_t seeds = std::ranges::count_if(Files("seeds"), [&target](const path& file) {
      return file.parent_path().filename() == target.name;
    });
    EXPECT_GE(seeds, 4u) << target.name;
  }
}

TEST(SeedsTest, EverySeedIsReadStrictlyAndHolds) {
  for (const path& file : Files("seeds")) {
    const Target* target = FindTarget(file.parent_path().filename().string());
    ASSERT_NE(target, nullptr) << file << " is in no target's folder";
    EXPECT_TRUE(ParseStrict(Contents(file)).ok()) << file;
    const Report report = RunFile(file, *target);
    EXPECT_TRUE(report.ok()) << file << "\n" << FirstOf(report);
  }
}

TEST(SeedsTest, NoSeedHasAnOpThatItsTargetLeavesOut) {
  for (const path& file : Files("seeds")) {
    const Target& target = *FindTarget(file.parent_path().filename().string());
    for (const Op& one : ParseLenient(Contents(file)).ops) {
      EXPECT_TRUE(target.ops[one.index()]) << file << ": " << Print(one);
    }
  }
}

// Between them a target's seeds show a fuzzer every op it may play.
TEST(SeedsTest, SeedsUseEveryOpOfTheirTarget) {
  for (const Target& target : AllTargets()) {
    if (target.canary || target.language) continue;
    OpSet seen;
    for (const path& file : Files("seeds")) {
      if (file.parent_path().filename() != target.name) continue;
      for (const Op& one : ParseLenient(Contents(file)).ops) seen.set(one.index());
    }
    for (size_t kind = 0; kind < kOpKinds; ++kind) {
      EXPECT_TRUE(seen[kind] || !target.ops[kind])
          << target.name << " has no seed with " << Print(DefaultOf<Op>(kind));
    }
  }
}

// What calls parts alone leaves inputs with ops of others out.
TEST(CorpusTest, WhatIsKeptForAPartHasOpsOfThatPart) {
  for (const char* const folder : {"seeds", "regressions"}) {
    for (const path& file : Files(folder)) {
      const Target* const target = FindTarget(file.parent_path().filename().string());
      if (target == nullptr || BootsKernels(*target) || target->language || target->canary)
        continue;
      EXPECT_TRUE(IsOfTarget(ParseLenient(Contents(file)), *target)) << file;
    }
  }
}

// A seed that means to hand over and does not is a seed of something else.
TEST(SeedsTest, SeedsThatKexecHandOver) {
  for (const path& file : Files("seeds")) {
    const Target& target = *FindTarget(file.parent_path().filename().string());
    const Scenario scenario = ParseLenient(Contents(file));
    const auto kexecs = std::ranges::count_if(
        scenario.ops, [](const Op& one) { return std::holds_alternative<op::Kexec>(one); });
    if (target.language || target.compares || kexecs == 0) continue;
    const Played played = Play(scenario, target);
    EXPECT_EQ(played.state->life().kexecs(), static_cast<uint64_t>(kexecs)) << file;
  }
}

// What a file is kept for, it must show: an op that does nothing shows nothing, unless that is what
// the file says.
TEST(CorpusTest, NoOpIsWithoutEffectUnlessItsFileSaysSo) {
  for (const char* const folder : {"seeds", "regressions"}) {
    for (const path& file : Files(folder)) {
      const std::string text = Contents(file);
      const auto scenario = ParseStrict(text);
      if (!scenario.ok() || text.find("without effect") != std::string::npos) continue;
      // What breaks a design may rest on its bug, and is played to its end under that.
      if (file.parent_path().filename() == "designs") continue;
      // The language's are read, not played.
      if (file.parent_path().filename() == "fuzz_scenario") continue;
      const Played played = Play(*scenario, AnyTarget());
      for (size_t i = 0; i < played.ends.size(); ++i) {
        EXPECT_NE(played.ends[i], OpEnd::kNoEffect)
            << file << ": op line " << i + 1 << ": " << played.lines[i];
      }
    }
  }
}

// ---- corpus/regressions/designs/<quirk>.<invariant>.<target>.kho --------------------------------

// The parts of such a name.
struct Regression {
  path file;
  Design design;
  Invariant invariant;
  const Target* target;
};

std::vector<Regression> DesignRegressions() {
  std::vector<Regression> regressions;
  for (const path& file : Files("regressions/designs")) {
    // From the right: a release's name has dots of its own.
    const path name = file.stem();
    const std::string target = name.extension().string().erase(0, 1);
    const std::string slug = name.stem().extension().string().erase(0, 1);
    const std::string quirk = name.stem().stem().string();
    const auto design = Design::Parse(quirk);
    const auto invariant = InvariantBySlug(slug);
    EXPECT_TRUE(design.ok()) << file;
    EXPECT_TRUE(invariant.has_value()) << file;
    EXPECT_NE(FindTarget(target), nullptr) << file;
    if (!design.ok() || !invariant.has_value() || FindTarget(target) == nullptr) continue;
    regressions.push_back({file, *design, *invariant, FindTarget(target)});
  }
  return regressions;
}

TEST(DesignRegressionsTest, EachBreaksItsInvariantUnderItsDesignAndHoldsUnderIntended) {
  for (const Regression& regression : DesignRegressions()) {
    const Report quirky = RunFile(regression.file, *regression.target, regression.design);
    ASSERT_FALSE(quirky.ok()) << regression.file << " shows nothing";
    EXPECT_EQ(quirky.violations().front().invariant, regression.invariant)
        << regression.file << " shows " << FirstOf(quirky);
    const Report intended = RunFile(regression.file, *regression.target);
    EXPECT_TRUE(intended.ok()) << regression.file << "\n" << FirstOf(intended);
  }
}

TEST(DesignRegressionsTest, EveryQuirkHasOneAndItIsShort) {
  Design shown;
  for (const Regression& regression : DesignRegressions()) {
    for (const QuirkInfo& info : QuirkCatalogue()) {
      if (regression.design.Has(info.quirk)) shown.Add(info.quirk);
    }
    const std::string text = Contents(regression.file);
    EXPECT_LE(ParseLenient(text).ops.size(), 8u) << regression.file;
    const std::string header = "# design: " + regression.file.stem().stem().stem().string() +
                               "\n# breaks: " + std::string(Info(regression.invariant).slug) +
                               "\n# ";
    EXPECT_TRUE(text.starts_with(header))
        << regression.file << " does not begin with its design, what it breaks and what it shows";
  }
  for (const QuirkInfo& info : QuirkCatalogue()) {
    EXPECT_TRUE(info.harmless() || shown.Has(info.quirk)) << info.name << " has no regression";
  }
}

// Whatever else is kept there was found once and fixed, corpus/regressions/<target>/*.kho, or shows
// a mistake where one is planted (core/planted), corpus/regressions/planted/*.<target>.kho.
TEST(RegressionsTest, WhatWasFixedOrPlantedHolds) {
  for (const path& file : Files("regressions")) {
    const std::string folder = file.parent_path().filename().string();
    if (folder == "designs") continue;
    const Target* target =
        FindTarget(folder == "planted" ? file.stem().extension().string().erase(0, 1) : folder);
    ASSERT_NE(target, nullptr) << file << " is for no target";
    const Report report = RunFile(file, *target);
    EXPECT_TRUE(report.ok()) << file << "\n" << FirstOf(report);
  }
}

// ---- docs/findings.md ---------------------------------------------------------------------------

// Each bug's paragraph begins with its quirk, "**`name`**", and ends with the scenario that shows
// it.
TEST(FindingsPageTest, EachScenarioBreaksUnderItsQuirkAndHoldsAsIntended) {
  const std::string page = Contents(path(KHOFUZZ_SOURCE_DIR "/docs/findings.md"));
  constexpr std::string_view kQuirk = "\n**`";
  constexpr std::string_view kFence = "\n```\n";
  int scenarios = 0;
  for (size_t at = page.find(kQuirk); at != std::string::npos;) {
    const size_t next = page.find(kQuirk, at + 1);
    const size_t name = at + kQuirk.size();
    const std::string quirk = page.substr(name, page.find('`', name) - name);
    const size_t begin = page.find(kFence, at);
    const size_t end = begin == std::string::npos ? begin : page.find("```", begin + kFence.size());
    at = next;
    const auto design = Design::Parse(quirk);
    if (!design.ok() || begin > next || end == std::string::npos) continue;
    const std::string text = page.substr(begin + kFence.size(), end - begin - kFence.size());
    const auto scenario = ParseStrict(text);
    ASSERT_TRUE(scenario.ok()) << quirk << ": " << scenario.status().message();
    EXPECT_FALSE(RunScenario(*scenario, AnyTarget(), *design).ok()) << quirk << " shows nothing";
    EXPECT_TRUE(RunScenario(*scenario, AnyTarget()).ok()) << quirk;
    ++scenarios;
  }
  EXPECT_EQ(scenarios, 9);
}

}  // namespace
}  // namespace khofuzz
