// khofuzz_find: what `khofuzz bench --find` runs. Plants each fault, makes the program or the
// object that has it, and searches from nothing, once for each seed.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "bench/find/through.h"
#include "bench/find/trial.h"
#include "core/designs/design.h"
#include "core/planted/planted.h"
#include "core/planted/workshop.h"
#include "linux/build/toolchain.h"
#include "linux/build/tree_builder.h"
#include "linux/planted/hunt.h"
#include "linux/planted/planted.h"
#include "linux/release_row.h"
#include "system/clock.h"
#include "system/files.h"
#include "system/output.h"
#include "system/shell_word.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

constexpr double kBuildSeconds = 0.1;  // of a run that is to build a tree
constexpr size_t kShown = 10;          // mistakes of each kind, of those that took longest

struct Options {
  uint64_t seeds = 5;
  uint64_t runs = 20000;
  double seconds = 20;
  std::string through = "hunt";
  std::string only;
  std::vector<std::string> kinds;  // names of MistakeKind; empty: all
  std::string tree;
  std::string json, svg;
};

class Finder {
 public:
  Finder(Options options, fs::path folder)
      : options_(std::move(options)), folder_(std::move(folder)) {}

  absl::Status Run();
  const std::vector<FindTrial>& trials() const { return trials_; }

 private:
  bool Wanted(const std::string& name) const {
    return options_.only.empty() || name.find(options_.only) != std::string::npos;
  }
  bool Named(MistakeKind kind) const {
    return std::ranges::find(options_.kinds, KindName(kind)) != options_.kinds.end();
  }
  bool Wanted(MistakeKind kind) const { return options_.kinds.empty() || Named(kind); }
  // One search by the hunting program.
  absl::StatusOr<FindTrial> HuntOnModel(const fs::path& program, const std::string& design,
                                        uint64_t seed) const;
  absl::StatusOr<FindTrial> HuntOnTree(const std::string& object, const Design& design,
                                       uint64_t seed) const;
  absl::Status ModelFaults(const Workshop& workshop);
  absl::Status Designs(const Workshop& workshop);
  absl::Status TreeFaults();
  // Searches for each seed, by `search`.
  absl::Status Search(MistakeKind kind, const std::string& name,
                      const std::function<absl::StatusOr<FindTrial>(uint64_t seed)>& search);

  const Options options_;
  const fs::path folder_;
  std::optional<FuzzPlace> place_;  // through fuzz alone
  std::vector<FindTrial> trials_;
};

absl::Status Finder::Search(MistakeKind kind, const std::string& name,
                            const std::function<absl::StatusOr<FindTrial>(uint64_t seed)>& search) {
  std::cerr << std::string(KindName(kind)) << " " << name << "\n";
  for (uint64_t seed = 1; seed <= options_.seeds; ++seed) {
    auto trial = search(seed);
    if (!trial.ok()) {
      return absl::Status(trial.status().code(),
                          absl::StrCat(name, ": ", std::string(trial.status().message())));
    }
    trial->kind = kind;
    trial->name = name;
    trial->seed = seed;
    trials_.push_back(*std::move(trial));
  }
  return absl::OkStatus();
}

absl::StatusOr<FindTrial> Finder::HuntOnModel(const fs::path& program, const std::string& design,
                                              uint64_t seed) const {
  const double before = CpuSecondsSpent(RUSAGE_CHILDREN);
  const ShellEnd end =
      RunShell(absl::StrCat(ShellQuoted(program.string()), " --seed ", seed,
                            design.empty() ? "" : absl::StrCat(" --design ", ShellQuoted(design)),
                            " any ", options_.runs),
               folder_, folder_ / "hunt.log");
  FindTrial trial{.runs = options_.runs};
  trial.cpu_seconds = CpuSecondsSpent(RUSAGE_CHILDREN) - before;
  std::istringstream lines(end.output);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string what, target;
    words >> what;
    if (what != "search") continue;
    trial.found = true;
    words >> trial.runs >> target >> trial.by >> trial.cpu_seconds;
  }
  if (trial.found || end.ok()) return trial;
  if (!end.died()) {
    return absl::InternalError(absl::StrCat("the search could not be run: ", end.output));
  }
  // In which run, nobody has told.
  trial.found = true;
  trial.runs = 0;
  trial.by = "crash";
  return trial;
}

absl::Status Finder::ModelFaults(const Workshop& workshop) {
  const auto text = ReadText(fs::path(KHOFUZZ_SOURCE_DIR) / "core/planted/faults.txt");
  if (!text.ok()) return text.status();
  const auto faults = ParseCoreFaults(*text);
  if (!faults.ok()) return faults.status();
  for (const CoreFault& fault : *faults) {
    // What no invariant can see nobody finds.
    if (!Wanted(fault.name) || fault.breaks == "nothing") continue;
    const auto program = workshop.Make(fault, KHOFUZZ_SOURCE_DIR);
    if (!program.ok()) return program.status();
    const absl::Status hunted = Search(MistakeKind::kModel, fault.name, [&](uint64_t seed) {
      return HuntOnModel(*program, "", seed);
    });
    std::error_code error;
    fs::remove(*program, error);
    if (!hunted.ok()) return hunted;
  }
  return absl::OkStatus();
}

absl::Status Finder::Designs(const Workshop& workshop) {
  for (const QuirkInfo& quirk : QuirkCatalogue()) {
    const std::string name(quirk.name);
    if (!Wanted(name) || quirk.harmless()) continue;
    const absl::Status hunted =
        Search(MistakeKind::kDesign, name, [&](uint64_t seed) -> absl::StatusOr<FindTrial> {
          if (options_.through == "judge") return ThroughJudge(name, seed, options_.runs);
          if (options_.through == "fuzz") {
            return place_->Search({"--design", name}, seed, options_.seconds);
          }
          return HuntOnModel(workshop.Unchanged(), name, seed);
        });
    if (!hunted.ok()) return hunted;
  }
  return absl::OkStatus();
}

absl::Status Finder::TreeFaults() {
  const NamedDesign* const release = ReleaseRow(options_.tree);
  if (release == nullptr) {
    return absl::FailedPreconditionError(absl::StrCat(
        options_.tree, " is ", ReleaseName(options_.tree), ", which core/designs has no row of"));
  }
  const auto text = ReadText(fs::path(KHOFUZZ_SOURCE_DIR) / "linux/planted/faults.txt");
  if (!text.ok()) return text.status();
  const auto faults = ParseFaults(*text);
  if (!faults.ok()) return faults.status();
  for (const PlantedFault& fault : *faults) {
    if (!Wanted(fault.name)) continue;
    const fs::path copy = folder_ / fault.name;
    if (const absl::Status made = PlantInCopy(fault, options_.tree, copy); !made.ok()) return made;
    const auto object = BuildTree({.tree = copy,
                                   .shim = ShimFolder(KHOFUZZ_SOURCE_DIR),
                                   .folder = folder_ / "built",
                                   .progress = nullptr},
                                  ConfiguredToolchain(KHOFUZZ_SOURCE_DIR));
    if (!object.ok()) return object.status();
    // Through fuzz the tree is built once more, and that is not searching.
    const bool by_fuzz = options_.through == "fuzz";
    if (by_fuzz) {
      const auto built = place_->Search({"--linux", copy.string()}, 0, kBuildSeconds);
      if (!built.ok()) return built.status();
    }
    const absl::Status hunted = Search(MistakeKind::kTree, fault.name, [&](uint64_t seed) {
      return by_fuzz ? place_->Search({"--linux", copy.string()}, seed, options_.seconds)
                     : HuntOnTree(*object, release->design, seed);
    });
    if (!hunted.ok()) return hunted;
    std::error_code error;
    fs::remove_all(copy, error);
  }
  return absl::OkStatus();
}

absl::StatusOr<FindTrial> Finder::HuntOnTree(const std::string& object, const Design& design,
                                             uint64_t seed) const {
  const double before = CpuSecondsSpent(RUSAGE_CHILDREN);
  const auto caught = Hunt(object, design, {.seed = seed, .runs = options_.runs, .shrink_runs = 0});
  if (!caught.ok()) return caught.status();
  FindTrial trial{.found = caught->has_value(),
                  .runs = options_.runs,
                  .cpu_seconds = CpuSecondsSpent(RUSAGE_CHILDREN) - before};
  if (trial.found) {
    trial.runs = (*caught)->runs;
    trial.by = (*caught)->by;
  }
  return trial;
}

absl::Status Finder::Run() {
  if (options_.through == "fuzz") {
    auto place =
        FuzzPlace::Make(KHOFUZZ_SOURCE_DIR, fs::path(KHOFUZZ_BINARY_DIR) / "cli/khofuzz", folder_);
    if (!place.ok()) return place.status();
    place_ = *std::move(place);
  }
  if (options_.tree.empty() && Named(MistakeKind::kTree)) {
    return absl::InvalidArgumentError("faults of a tree are planted in copies of one: --linux");
  }
  const auto workshop = Workshop::Open(KHOFUZZ_BINARY_DIR, KHOFUZZ_MAKE_PROGRAM, folder_);
  if (!workshop.ok()) return workshop.status();
  absl::Status done;
  const auto left_out = [this](MistakeKind kind, const char* why) {
    std::cerr << "not searched through " << options_.through << ": " << std::string(KindName(kind))
              << "s, " << why << "\n";
  };
  if (Wanted(MistakeKind::kModel) && options_.through != "hunt") {
    left_out(MistakeKind::kModel, "which are linked into the hunting program alone");
  } else if (Wanted(MistakeKind::kModel)) {
    done = ModelFaults(*workshop);
  }
  if (done.ok() && Wanted(MistakeKind::kDesign)) done = Designs(*workshop);
  if (done.ok() && Wanted(MistakeKind::kTree) && !options_.tree.empty()) {
    if (options_.through == "judge") {
      left_out(MistakeKind::kTree, "for judge plays no trees");
    } else {
      done = TreeFaults();
    }
  }
  return done;
}

int Main(int argc, char** argv) {
  Options options;
  CLI::App app(
      "The processor's seconds from nothing to the first sight of every planted fault and of every "
      "design that breaks something, over several seeds.",
      "khofuzz bench --find");
  app.add_option("--seeds", options.seeds, "searches for each")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--runs", options.runs, "plays of each search, at most")
      ->check(CLI::Range(1, 100000000))
      ->capture_default_str();
  app.add_option("--through", options.through,
                 "what searches: the hunting program; fuzz as it is run by hand, for designs and a "
                 "tree; or judge's search, for designs")
      ->check(CLI::IsMember({"hunt", "fuzz", "judge"}))
      ->capture_default_str();
  app.add_option("--seconds", options.seconds, "how long each fuzz may take")
      ->check(CLI::Range(1.0, 1e6))
      ->capture_default_str();
  app.add_option("--only", options.only, "only mistakes with this in their name");
  app.add_option("--kind", options.kinds, "only mistakes of this kind; may be given again")
      ->check(CLI::IsMember({std::string(KindName(MistakeKind::kModel)),
                             std::string(KindName(MistakeKind::kTree)),
                             std::string(KindName(MistakeKind::kDesign))}));
  app.add_option("--linux", options.tree,
                 "the tree of Linux 7.3 in copies of which faults are planted, too")
      ->check(CLI::ExistingDirectory);
  app.add_option("--json", options.json, "also write all trials there");
  app.add_option("--svg", options.svg, "also draw what was not found yet, over time");
  CLI11_PARSE(app, argc, argv);

  const auto folder = TemporaryFolder::Make("khofuzz-find");
  if (!folder.ok()) {
    std::cerr << "khofuzz bench --find: " << folder.status().message() << "\n";
    return 2;
  }
  Finder finder(options, folder->path());
  const absl::Status done = finder.Run();
  if (!done.ok()) {
    std::cerr << "khofuzz bench --find: " << done.message() << "\n";
    return 2;
  }
  if (finder.trials().empty()) {
    std::cerr << "khofuzz bench --find: nothing is called '" << options.only << "'\n";
    return 2;
  }
  std::cout << FindTable(finder.trials(), kShown) << std::flush;
  absl::Status written = WriteReport(options.json, FindJson(finder.trials()) + "\n");
  written.Update(WriteReport(options.svg, FindCurve(finder.trials())));
  written.Update(FlushStandardOutput());
  if (written.ok()) return 0;
  std::cerr << "khofuzz bench --find: " << written.message() << "\n";
  return 2;
}

}  // namespace
}  // namespace khofuzz

int main(int argc, char** argv) { return khofuzz::Main(argc, argv); }
