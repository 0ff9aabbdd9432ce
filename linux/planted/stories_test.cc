// Stories point at the function that is wrong: for the bugs of docs/findings.md, of which the
// sources say where they are, on the model and on the tree of Linux 7.3 that KHOFUZZ_LINUX_TREES
// names; and for faults of faults.txt, whose place is known, planted in copies of that tree.
//
// scenarios/ has a scenario for each of those faults that breaks an invariant:
// NAME.INVARIANT.TARGET.kho.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "linux/build/source_text.h"
#include "linux/build/tree_builder.h"
#include "linux/planted/planted.h"
#include "linux/release_row.h"
#include "linux/test_trees.h"
#include "linux/tree_subject.h"
#include "oracle/invariant.h"
#include "scenario/explaining/author.h"
#include "scenario/language/targets.h"
#include "scenario/language/text.h"
#include "system/files.h"
#include "system/temp_folder.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

// What stories do not point at. Functions that answer wrongly are found by their answers, but those
// that leave theirs in variables, or call back, are not; and the model's functions are not watched.
constexpr const char* kKnownMisses[] = {
    "scratch-overlap-counts-empty", "scratch-rounded-once",
    // What it should have called is named, or what came of that in the next kernel.
    "leaf-walk-stops-early", "vmalloc-chunk-begins-at-one"};

struct OneFile {
  Scenario scenario;
  const Target* target = nullptr;
  Invariant invariant{};
};

// A scenario whose file is called "NAME.INVARIANT.TARGET.kho".
OneFile ReadScenario(const fs::path& file) {
  OneFile played;
  std::istringstream parts(file.stem().string());
  std::string name, slug, target;
  std::getline(parts, name, '.');
  std::getline(parts, slug, '.');
  std::getline(parts, target, '.');
  const auto text = ReadText(file);
  EXPECT_TRUE(text.ok()) << text.status();
  played.scenario = ParseLenient(text.ok() ? *text : "");
  played.target = FindTarget(target);
  EXPECT_NE(played.target, nullptr) << file;
  const auto invariant = InvariantBySlug(slug);
  EXPECT_TRUE(invariant.has_value()) << file;
  played.invariant = invariant.value_or(Invariant::kCanary);
  return played;
}

std::vector<fs::path> FilesOf(const fs::path& folder, std::string_view name) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename().string().starts_with(std::string(name) + ".")) {
      files.push_back(entry.path());
    }
  }
  std::ranges::sort(files);
  return files;
}

// How the story does: names the function itself, has it in the call trace at its arrow, or neither.
enum class Points : uint8_t { kNowhere, kInTrace, kThere };

Points PointsOf(const Author& author, const std::vector<std::string>& wanted) {
  Points points = Points::kNowhere;
  for (const std::string& function : wanted) {
    if (author.function == function) return Points::kThere;
    for (const std::string& call : author.calls) {
      if (call.starts_with(function + "()")) points = Points::kInTrace;
    }
  }
  return points;
}

std::string Text(const Author& author) {
  std::string text =
      author.function + (author.undone ? " (left undone)" : "") + " " + author.source;
  for (const std::string& call : author.calls) text += " < " + call;
  return text;
}

// A bug of docs/findings.md, as the table there says where it is.
struct KnownBug {
  const char* quirk;
  std::vector<std::string> functions;
};
const std::vector<KnownBug>& Bugs() {
  static const std::vector<KnownBug> bugs = {
      {"init-failure-frees-inherited-bootmem", {"kho_init"}},
      {"kho-off-still-inherits", {"kho_populate", "kho_memory_init"}},
      {"reserve-mem-in-bootmem", {"reserve_mem"}},
      {"reserve-mem-rounds-down", {"reserved_mem_preserve"}},
      {"restore-ignores-nodes", {"kho_restore_pages"}},
      {"restore-stops-halfway", {"kho_restore_pages", "kho_restore_vmalloc"}},
      {"retrieve-ignores-failures", {"kho_preserved_memory_reserve"}},
      {"reserved-node-of-start", {"memmap_init_reserved_pages"}},
      {"scratch-overlap-counts-empty", {"kho_scratch_overlap"}},
      {"absent-memory-retrieved", {"kho_preserved_memory_reserve"}},
      {"extend-leaves-partial-marks", {"kho_extend_scratch"}},
      {"memblock-frees-array-first", {"memblock_double_array"}},
      {"memblock-array-in-pending", {"memblock_double_array"}},
      {"reserve-failure-keeps-table", {"kho_reserve_scratch"}},
      {"vmalloc-undo-forgets-order", {"kho_preserve_vmalloc"}},
      {"reserve-undo-piecewise", {"kho_reserve_scratch"}},
      {"restore-counts-in-one-zone", {"kho_restore_page"}},
      {"blocks-compare-ends", {"kho_preserve_pages", "__kho_preserve_pages_order"}},
  };
  return bugs;
}

class StoriesPoint : public testing::Test {
 protected:
  void SetUp() override {
    for (const std::string& path : TestTrees()) {
      const auto source = ReadText(fs::path(path) / "kernel/liveupdate/kexec_handover.c");
      if (tree_.empty() && source.ok() && HasWord(*source, "kho_extend_scratch")) tree_ = path;
    }
  }

  std::unique_ptr<TreeSubject> Load(const fs::path& tree) {
    const auto object = BuildTree({.tree = tree,
                                   .shim = ShimFolder(KHOFUZZ_SOURCE_DIR),
                                   .folder = folder_ / "built",
                                   .progress = nullptr},
                                  ConfiguredToolchain(KHOFUZZ_SOURCE_DIR));
    EXPECT_TRUE(object.ok()) << object.status();
    if (!object.ok()) return nullptr;
    auto subject = TreeSubject::Load({*object});
    EXPECT_TRUE(subject.ok()) << subject.status();
    if (!subject.ok()) return nullptr;
    (*subject)->set_telling(true);
    return *std::move(subject);
  }

  // The best that the stories of these files do on `subject`; nullopt if none breaks there what it
  // breaks on the design. A bug that has a worse story elsewhere is told of.
  static std::optional<Points> PointsIn(const std::vector<fs::path>& files, const Subject& subject,
                                        const std::vector<std::string>& wanted,
                                        std::string_view name, std::string_view on) {
    std::optional<Points> best;
    for (const fs::path& file : files) {
      const OneFile played = ReadScenario(file);
      const auto stories = StoriesOf(played.scenario, *played.target, subject);
      if (!stories.has_value() || stories->violation.invariant != played.invariant) {
        std::printf("%-38s %-6s breaks %s\n", std::string(name).c_str(), std::string(on).c_str(),
                    stories.has_value()
                        ? std::string(Info(stories->violation.invariant).slug).c_str()
                        : "nothing");
        continue;
      }
      const Author& author = stories->author;
      const Points points = PointsOf(author, wanted);
      best = std::max(best.value_or(Points::kNowhere), points);
      std::printf("%-38s %-6s %-8s %s\n", std::string(name).c_str(), std::string(on).c_str(),
                  points == Points::kThere     ? "there"
                  : points == Points::kInTrace ? "in trace"
                                               : "nowhere",
                  Text(author).c_str());
      if (stories->wrong.has_value()) {
        std::printf("  %s answers %s, right is %s\n", stories->wrong->asked.c_str(),
                    stories->wrong->answer.c_str(), stories->wrong->right.c_str());
      }
      std::fflush(stdout);
    }
    return best;
  }

  fs::path tree_;
  TempFolder folder_;
};

void ExpectAllButKnownMisses(const std::map<std::string, Points>& bugs) {
  size_t there = 0;
  for (const auto& [name, points] : bugs) {
    there += points == Points::kThere ? 1 : 0;
    const bool miss = std::ranges::find(kKnownMisses, name) != std::end(kKnownMisses);
    EXPECT_EQ(points != Points::kThere, miss) << name;
  }
  std::printf("%zu of %zu named\n", there, bugs.size());
}

TEST_F(StoriesPoint, AtTheBugsOfTheFindings) {
  if (tree_.empty()) GTEST_SKIP() << "KHOFUZZ_LINUX_TREES names no tree of Linux 7.3";
  const fs::path corpus = fs::path(KHOFUZZ_SOURCE_DIR) / "corpus/regressions/designs";
  const fs::path scenarios = fs::path(KHOFUZZ_SOURCE_DIR) / "linux/planted/scenarios";
  const auto on_tree = Load(tree_);
  ASSERT_NE(on_tree, nullptr);
  const Subject tree(ReleaseRow(tree_)->design, on_tree->kernels());
  std::map<std::string, Points> bugs;
  for (const KnownBug& bug : Bugs()) {
    std::vector<fs::path> files = FilesOf(corpus, bug.quirk);
    for (const fs::path& more : FilesOf(scenarios, bug.quirk)) files.push_back(more);
    const auto design = Design::Parse(bug.quirk);
    ASSERT_TRUE(design.ok()) << design.status();
    const auto model = PointsIn(files, *design, bug.functions, bug.quirk, "model");
    ASSERT_TRUE(model.has_value()) << bug.quirk;
    // Not all of these scenarios break the same there.
    const auto real = PointsIn(files, tree, bug.functions, bug.quirk, "tree");
    bugs[bug.quirk] = std::min(*model, real.value_or(*model));
  }
  ExpectAllButKnownMisses(bugs);
}

TEST_F(StoriesPoint, AtPlantedFaults) {
  if (tree_.empty()) GTEST_SKIP() << "KHOFUZZ_LINUX_TREES names no tree of Linux 7.3";
  const fs::path planted = fs::path(KHOFUZZ_SOURCE_DIR) / "linux/planted";
  const auto text = ReadText(planted / "faults.txt");
  ASSERT_TRUE(text.ok()) << text.status();
  const auto faults = ParseFaults(*text);
  ASSERT_TRUE(faults.ok()) << faults.status();
  std::map<std::string, Points> bugs;
  const char* const asked = std::getenv("KHOFUZZ_PLANTED");
  const std::string wanted = asked == nullptr || *asked == '\0' ? "all" : asked;
  for (const PlantedFault& fault : *faults) {
    if (!IsAsked(wanted, fault)) continue;
    const std::vector<fs::path> files = FilesOf(planted / "scenarios", fault.name);
    if (files.empty()) continue;
    const fs::path copy = folder_ / fault.name;
    ASSERT_TRUE(PlantInCopy(fault, tree_, copy).ok()) << fault.name;
    const auto subject = Load(copy);
    ASSERT_NE(subject, nullptr) << fault.name;
    const Subject on(ReleaseRow(tree_)->design, subject->kernels());
    const auto points = PointsIn(files, on, {fault.function}, fault.name, "tree");
    EXPECT_TRUE(points.has_value()) << fault.name << " breaks nothing";
    bugs[fault.name] = points.value_or(Points::kNowhere);
  }
  EXPECT_GE(bugs.size(), wanted == "all" ? 20u : 1u) << "KHOFUZZ_PLANTED is " << wanted;
  ExpectAllButKnownMisses(bugs);
}

}  // namespace
}  // namespace khofuzz
