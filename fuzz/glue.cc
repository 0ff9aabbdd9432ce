// What all fuzz targets share: libFuzzer's entry points around scenarios, with a mutator and a
// cross-over that work on lines instead of bytes. Only here does a violation end the process.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/designs/lineage.h"
#include "fuzz/baked_tree.h"
#include "fuzz/known_notes.h"
#include "linux/tree_subject.h"
#include "scenario/explaining/known.h"
#include "scenario/language/language.h"
#include "scenario/language/mutate.h"
#include "scenario/language/targets.h"
#include "scenario/language/text.h"
#include "scenario/playing/run.h"
#include "system/confine.h"
#include "system/environment.h"
#include "system/heap.h"

namespace khofuzz {
namespace {

// What inputs are played on: designs of the model, or compiled trees.
struct Chosen {
  Lineage designs;
  std::vector<std::string> objects;
  bool baked = false;  // they are the target's own
  std::unique_ptr<TreeSubject> trees;
  // What the trees are known for; unset: nothing is known.
  std::optional<Lineage> known;
  // Where known findings are noted, one file each; empty: nowhere.
  std::string known_folder;
  bool warns_break = false;  // a WARN of a tree's is a violation

  Subject subject() const {
    if (trees == nullptr) return {designs};
    Subject played(known.value_or(designs), trees->kernels());
    played.warns_break = warns_break;
    return played;
  }
};

Chosen& TheChosen() {
  // Until the process ends, and beyond what looks for leaks then: a tree keeps what it has
  // allocated.
  static auto* const chosen = new Chosen;
  return *chosen;
}

[[noreturn]] void Refuse(const absl::Status& status) {
  std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  std::exit(2);
}

// By the name that the program is called by; of one with a tree in it, that has "_linux" behind it.
const Target& TargetCalled(const std::string& program) {
  const std::string suffix = TheChosen().baked ? "_linux" : "";
  std::string name = program;
  if (name.ends_with(suffix)) name.resize(name.size() - suffix.size());
  if (const Target* const target = FindTarget(name); target != nullptr) return *target;
  std::string names;
  for (const Target& target : AllTargets()) {
    if (&target == &AnyTarget()) continue;
    absl::StrAppend(&names, names.empty() ? "" : ", ", std::string(target.name), suffix);
  }
  Refuse(absl::InvalidArgumentError(
      absl::StrCat("no target is called ", program,
                   ": a file of this program plays the target that it is named after: ", names)));
}

const Target& TheTarget() {
  static const Target& target = TargetCalled(program_invocation_short_name);
  return target;
}

std::string_view AsText(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Whether the model does what the trees did, with quirks that they are known for. The simplest of
// each kind is noted; the search goes on beyond it.
bool IsKnownOfTheTrees(const Scenario& scenario) {
  static std::array<uint64_t, kInvariantCount> known_so_far{};
  const Chosen& chosen = TheChosen();
  if (chosen.trees == nullptr || !chosen.known.has_value()) return false;
  const Ending ending = PlayToTheEnd(scenario, TheTarget(), chosen.subject());
  if (ending.report.ok()) return false;
  const Violation& first = ending.report.violations().front();
  uint64_t& before = known_so_far[static_cast<size_t>(first.invariant)];
  if (WorthNaming(before)) {
    const auto explained = ExplainedBy(scenario, TheTarget(), ending, *chosen.known);
    if (!explained.has_value() || !explained->known) return false;
    NoteKnown(explained->quirks, first, scenario, chosen.known_folder);
  } else if (!IsKnown(scenario, TheTarget(), ending, *chosen.known)) {
    return false;
  }
  ++before;
  return true;
}

// Confines this process to the folders that libFuzzer and ours write to.
void ConfineTo(std::span<char* const> arguments) {
  constexpr std::string_view kArtifacts = "-artifact_prefix=";
  Confinement confinement{.aborts = true};
  const std::string& known_folder = TheChosen().known_folder;
  if (!known_folder.empty()) confinement.writes.push_back(known_folder);

  // Given files it replays them, and writes nothing; else crashes go here unless it is told where.
  bool here = true;
  for (const std::string_view argument : arguments) {
    std::error_code error;
    if (argument.starts_with(kArtifacts)) {
      here = false;
      const std::filesystem::path prefix(argument.substr(kArtifacts.size()));
      confinement.writes.push_back((prefix.parent_path() / ".").string());
    } else if (argument.starts_with('-')) {
      continue;
    } else if (std::filesystem::is_directory(argument, error)) {
      confinement.writes.emplace_back(argument);
    } else {
      here = false;
    }
  }
  if (here) confinement.writes.emplace_back(".");
  const std::string lacking = Confine(confinement);
  if (!lacking.empty()) std::fprintf(stderr, "the tree is not confined: %s\n", lacking.c_str());
}

// A sanitizer that tells of a crash starts a symbolizer, if there is one, before libFuzzer saves
// the input; a confined process may start none. If nobody has said so, the program says it and
// begins anew.
void BeginWithoutSymbolizer(char** argv) {
  if (SetNoSymbolizer()) execv("/proc/self/exe", argv);
}

// Loads the trees that were chosen. What has its tree in it is run in a sandbox by those that such
// targets are for (docs/continuous-fuzzing.md), and must be able to run a symbolizer.
void LoadTrees(std::span<char* const> arguments) {
  Chosen& chosen = TheChosen();
  if (chosen.objects.empty()) return;
  if (!chosen.baked) ConfineTo(arguments);
  auto trees = TreeSubject::Load(chosen.objects);
  if (!trees.ok()) Refuse(trees.status());
  chosen.trees = *std::move(trees);
}

// libFuzzer names new functions by running a program, which a confined process may not.
void NameNoFunctions(int& argc, char**& argv) {
  if (TheChosen().trees == nullptr || TheChosen().baked) return;
  static char flag[] = "-print_funcs=0";
  static std::vector<char*> longer(argv, argv + argc);
  longer.insert(longer.begin() + 1, flag);
  argc = static_cast<int>(longer.size());
  longer.push_back(nullptr);
  argv = longer.data();
}

// The tree that is linked in, if one is, known for the design that was measured of it.
void ChooseBakedTree() {
  if (&kBakedTree == nullptr) return;
  const auto files = FilesOf(kBakedTree);
  if (!files.ok()) Refuse(files.status());
  const auto design = Lineage::Parse(kBakedTree.design);
  if (!design.ok()) Refuse(design.status());
  TheChosen().designs = *design;
  TheChosen().known = *design;
  TheChosen().objects = *files;
  TheChosen().baked = true;
  // Of a crash that is reported from elsewhere this is all that says so.
  std::fprintf(stderr, "plays on %s, known as %s\n", kBakedTree.name, kBakedTree.design);
}

// `khofuzz fuzz` gives its targets time in turns: SIGTSTP asks for a pause, SIGCONT ends it. Not by
// stopping the process wherever it is: of an input that takes so long libFuzzer says that it hangs.
// Who runs a target in a terminal stops it with ^Z as any program.
volatile std::sig_atomic_t pause_asked = 0;

void ListenForPauses() {
  std::signal(SIGTSTP, [](int) { pause_asked = 1; });
  std::signal(SIGCONT, [](int) { pause_asked = 0; });
}

// One argument of the command line, if it is one of ours; a value that makes no sense ends the
// process with 2. libFuzzer ignores flags that begin with two dashes; they are ours:
//   --design=NAME,...    plays another design than the intended one; with several, each kernel of
//                        a chain the next one; with --linux, what the trees are held against
//   --linux=FILE,...     plays on compiled trees, each kernel of a chain on the next
//   --known=NAME,...     the designs that the trees are known to match; default: nothing is known
//   --known-folder=DIR   where known findings are noted
//   --warn               a WARN of a tree's is a violation
//   --turns              SIGTSTP makes it wait for SIGCONT
void TakeFlag(std::string_view argument) {
  Chosen& chosen = TheChosen();
  const auto value = [&](std::string_view flag) -> std::optional<std::string> {
    if (!argument.starts_with(flag)) return std::nullopt;
    return std::string(argument.substr(flag.size()));
  };
  const auto designs = [](const std::string& names) {
    const auto parsed = Lineage::Parse(names);
    if (!parsed.ok()) Refuse(parsed.status());
    return *parsed;
  };
  if (const auto name = value("--design="); name.has_value()) {
    chosen.designs = designs(*name);
  } else if (const auto files = value("--linux="); files.has_value()) {
    chosen.objects = absl::StrSplit(*files, ',');
    chosen.baked = false;
  } else if (const auto known = value("--known="); known.has_value()) {
    chosen.known = designs(*known);
  } else if (auto folder = value("--known-folder="); folder.has_value()) {
    chosen.known_folder = *std::move(folder);
  } else if (argument == "--warn") {
    chosen.warns_break = true;
  } else if (argument == "--turns") {
    ListenForPauses();
  }
}

// Waits for the end of a pause, if one is asked for. Other signals, such as the one to end, are
// taken.
void PauseIfAsked() {
  if (pause_asked == 0) return;
  sigset_t turns, before;
  sigemptyset(&turns);
  sigaddset(&turns, SIGCONT);
  sigaddset(&turns, SIGTSTP);
  sigprocmask(SIG_BLOCK, &turns, &before);
  while (pause_asked != 0) sigsuspend(&before);
  sigprocmask(SIG_SETMASK, &before, nullptr);
}

// Prints the violation, when it showed, and the text that shows it; and aborts.
[[noreturn]] void Crash(const Violation& violation, std::string_view when, std::string_view text) {
  std::fprintf(stderr, "\nkhofuzz: %s is broken %s\n%s\n---\n%s---\n",
               std::string(Info(violation.invariant).slug).c_str(), std::string(when).c_str(),
               violation.what.c_str(), std::string(text).c_str());
  std::abort();
}

void PlayLanguage(std::string_view text) {
  Report report;
  CheckLanguage(text, report);
  if (!report.ok()) Crash(report.violations().front(), "on this text", text);
}

// The scenario that a mutator here has made last, and its text: what is played is most often that,
// and reading it again takes as long as a tenth of playing it. That reading gives the very same is
// an invariant (round-trip of the language, oracle/invariant.h), which fuzz_scenario looks after.
struct Made {
  std::string text;
  Scenario scenario;
};
Made& LastMade() {
  static auto* const made = new Made;
  return *made;
}

Scenario ReadBack(std::string_view text) {
  const Made& made = LastMade();
  return text == made.text ? made.scenario : ParseLenient(text);
}

// Prints it where the engine wants it, in as many bytes as it takes at most.
size_t Give(Scenario scenario, uint8_t* out, size_t max_size) {
  Made& made = LastMade();
  made.text = PrintWithin(scenario, max_size);
  made.scenario = std::move(scenario);
  std::memcpy(out, made.text.data(), made.text.size());
  return made.text.size();
}

// Plays the text for the design, or on the trees, that were chosen. False: it is not worth keeping.
bool PlayScenario(std::string_view text) {
  if (TheTarget().compares && TheChosen().trees == nullptr) {
    Refuse(absl::InvalidArgumentError("this target compares a tree with the model: --linux=FILE"));
  }
  const Scenario scenario = ReadBack(text);
  // Of a part alone: with no op, or with those of others, whole machines boot. That is for other
  // targets, and a hundred times the work.
  if (!BootsKernels(TheTarget()) && !IsOfTarget(scenario, TheTarget())) return false;
  const Report report = RunScenario(scenario, TheTarget(), TheChosen().subject());
  if (report.ok()) return true;
  if (ParseLenient(text) != scenario) {
    Crash({.invariant = Invariant::kLanguageRoundTrip,
           .what = absl::StrCat("what was played is not what its text says:\n", Print(scenario))},
          "on this text", text);
  }
  if (IsKnownOfTheTrees(scenario)) return true;
  const Violation& first = report.violations().front();
  Crash(first, WhenBroken(first, scenario), Print(scenario));
}

}  // namespace
}  // namespace khofuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = khofuzz::AsText(data, size);
  if (!khofuzz::TheTarget().language) return khofuzz::PlayScenario(text) ? 0 : -1;
  khofuzz::PlayLanguage(text);
  return 0;
}

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  khofuzz::ChooseBakedTree();
  (void)khofuzz::TheTarget();
  khofuzz::KeepHeap();
  for (int i = 1; i < *argc; ++i) khofuzz::TakeFlag((*argv)[i]);
  const khofuzz::Chosen& chosen = khofuzz::TheChosen();
  if (!chosen.objects.empty() && !chosen.baked) khofuzz::BeginWithoutSymbolizer(*argv);
  khofuzz::LoadTrees({*argv + 1, static_cast<size_t>(*argc - 1)});
  khofuzz::NameNoFunctions(*argc, *argv);
  return 0;
}

// libFuzzer's own mutator of bytes, which knows the dictionary; not there in a file replayer.
extern "C" __attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t* data, size_t size,
                                                         size_t max_size);

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned int seed) {
  khofuzz::PauseIfAsked();
  khofuzz::Rng rng(seed);
  // The target of the language gets texts that are no scenario half of the time; the others now and
  // then, since lenient reading takes any.
  if (LLVMFuzzerMutate != nullptr && rng.OneIn(khofuzz::TheTarget().language ? 2 : 24)) {
    return LLVMFuzzerMutate(data, size, max_size);
  }
  khofuzz::Scenario scenario = khofuzz::ReadBack(khofuzz::AsText(data, size));
  khofuzz::Mutate(scenario, khofuzz::TheTarget(), rng);
  return khofuzz::Give(std::move(scenario), data, max_size);
}

extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t* data1, size_t size1,
                                            const uint8_t* data2, size_t size2, uint8_t* out,
                                            size_t max_out_size, unsigned int seed) {
  khofuzz::Rng rng(seed);
  return khofuzz::Give(khofuzz::CrossOrNew(khofuzz::ReadBack(khofuzz::AsText(data1, size1)),
                                           khofuzz::ReadBack(khofuzz::AsText(data2, size2)),
                                           khofuzz::TheTarget(), rng),
                       out, max_out_size);
}
