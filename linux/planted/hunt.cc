#include "linux/planted/hunt.h"

#include <sys/mman.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "linux/confined_trees.h"
#include "oracle/invariant.h"
#include "scenario/explaining/known.h"
#include "scenario/language/shrink.h"
#include "scenario/language/targets.h"
#include "scenario/language/text.h"
#include "scenario/playing/compare.h"
#include "scenario/search/search.h"
#include "scenario/search/sights.h"
#include "system/contained.h"
#include "system/heap.h"

namespace khofuzz {
namespace {

std::vector<const Target*> Targets() {
  std::vector<const Target*> targets;
  for (const char* const name : {"fuzz_boot", "fuzz_chain", "fuzz_restore", "fuzz_hugetlb",
                                 "fuzz_reserved_init", "fuzz_deferred_free"}) {
    targets.push_back(FindTarget(name));
  }
  return targets;
}

// Of the processor's time, for one play on the tree; it takes milliseconds. The short limit is for
// shrinking, where every play that hangs has to be waited for.
constexpr int kHangMs = 10000;
constexpr int kShortHangMs = 300;
constexpr double kForEver = 1e9;
constexpr uint64_t kMemoryMb = 4096;

// The shared object, the design that it is held against, and the subjects made of both.
struct Quarry {
  std::shared_ptr<const ConfinedTrees> trees;
  Design design;

  Subject tree() const { return {design, trees->kernels()}; }
  Subject model() const { return {design}; }
};

struct Finding {
  std::string by, what, named;
};

// What the tree does with the scenario that its design does not, if anything.
// `played`, which may be null, counts the plays that the kernels did not refuse; `beside`,
// likewise, hears of the tree's play.
std::optional<Finding> Look(const Scenario& scenario, const Target& target, const Quarry& quarry,
                            uint64_t* played = nullptr, PlayListener* beside = nullptr) {
  LimitCpu(kHangMs);
  const Ending ending = PlayToTheEnd(scenario, target, quarry.tree(), beside);
  LimitCpu(0);
  if (ending.refused) return std::nullopt;
  if (played != nullptr) ++*played;
  if (EndsAs(ending, scenario, target, quarry.model())) {
    return std::nullopt;
  }
  // What a user would not be told of is not caught.
  const auto named = ExplainedBy(scenario, target, ending, quarry.design);
  if (named.has_value() && named->known) return std::nullopt;
  Finding finding;
  if (!ending.report.ok()) {
    const Violation& violation = ending.report.violations().front();
    finding.by = Info(violation.invariant).slug;
    finding.what = violation.what;
  } else {
    const auto difference =
        FirstDifference(scenario, target, quarry.tree(), quarry.model(), {"tree", "model"});
    const bool states = difference.has_value() && difference->aspect.has_value();
    finding.by = states ? absl::StrCat("state: ", std::string(AspectName(*difference->aspect)))
                        : "state: ending";
    if (difference.has_value()) finding.what = difference->what;
  }
  finding.named = named.has_value() ? named->quirks : "";
  return finding;
}

// ---- children ----

// What a child leaves its parent, in memory that both have.
struct Board {
  uint64_t runs;    // begun
  uint64_t played;  // runs that the kernels did not refuse
  bool quiet;       // to the end
  bool caught;
  bool again;  // a candidate shows the same
  char by[64], what[2048], named[64];
  char target[64];      // of the last run
  char found[1 << 20];  // what it plays
  char best[1 << 20];   // the same, shrunk as far as it got
};

template <size_t N>
void Put(char (&into)[N], std::string_view text) {
  const size_t length = std::min(text.size(), N - 1);
  std::memcpy(into, text.data(), length);
  into[length] = 0;
}

class SharedBoard {
 public:
  SharedBoard()
      : memory_(mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                     0)) {}
  ~SharedBoard() {
    if (ok()) munmap(memory_, sizeof(Board));
  }
  SharedBoard(const SharedBoard&) = delete;
  SharedBoard& operator=(const SharedBoard&) = delete;

  bool ok() const { return memory_ != MAP_FAILED; }
  Board* operator->() const { return static_cast<Board*>(memory_); }

 private:
  void* memory_;
};

// Calls fn in a child, which limits its time itself; how that ended.
absl::StatusOr<ProcessLoss> InChild(const std::function<void()>& fn) {
  const auto done = RunContained(
      [&fn] {
        fn();
        return std::string();
      },
      {.seconds = kForEver, .memory_mb = kMemoryMb});
  if (!done.ok()) return done.status();
  return done->loss;
}

std::string CrashName(const ProcessLoss& loss) {
  if (loss.end.signal == SIGPROF) return "crash: hang";
  if (loss.kind == ProcessLoss::Kind::kOutOfMemory) return "crash: out of memory";
  if (loss.kind == ProcessLoss::Kind::kForbidden) return "crash: forbidden call";
  // Sanitizers exit.
  const char* const name = sigabbrev_np(loss.end.signal == 0 ? SIGABRT : loss.end.signal);
  return absl::StrCat("crash: SIG", name == nullptr ? "?" : name);
}

// The hunt itself, in a child. What is caught is on the board then, shrunk.
void HuntInChild(const Quarry& quarry, const HuntOptions& options, const SharedBoard& board) {
  KeepHeap();
  LifeSearch search(Targets(), options.seed);
  while (board->runs < options.runs) {
    const Candidate& drawn = search.Next();
    const Scenario& scenario = drawn.scenario;
    const Target& target = *drawn.target;
    Put(board->target, target.name);
    Put(board->found, Print(scenario));
    ++board->runs;
    Sights sights(scenario);
    const std::optional<Finding> finding = Look(scenario, target, quarry, &board->played, &sights);
    if (!finding.has_value()) {
      search.Saw(drawn, sights.features());
      continue;
    }
    Put(board->best, board->found);
    Put(board->by, finding->by);
    Put(board->named, finding->named);
    board->caught = true;
    const auto fails = [&](const Scenario& candidate) {
      const auto again = Look(candidate, target, quarry);
      return again.has_value() && again->by == finding->by && again->named == finding->named;
    };
    const auto better = [&](const Scenario& scenario_now) {
      Put(board->best, Print(scenario_now));
    };
    const Scenario best =
        Shrink(scenario, fails, {.max_runs = options.shrink_runs, .stop = {}, .better = better})
            .best;
    const std::optional<Finding> last = Look(best, target, quarry);
    Put(board->what, last.has_value() ? last->what : finding->what);
    return;
  }
  board->quiet = true;
}

// Where a candidate has ended the shrinking child: on from what was best, each in a child of its
// own.
Scenario ShrinkOn(const Scenario& best, const Target& target, const Quarry& quarry,
                  const SharedBoard& board, uint64_t runs) {
  const auto fails = [&](const Scenario& candidate) {
    board->again = false;
    const auto end = InChild([&] {
      LimitCpu(kShortHangMs);
      const auto found = Look(candidate, target, quarry);
      board->again = found.has_value() && found->by == board->by && found->named == board->named;
    });
    return end.ok() && end->ok() && board->again;
  };
  return Shrink(best, fails, {.max_runs = runs, .stop = {}, .better = {}}).best;
}

// The same scenario ends a child in the same way, made as small as that allows.
Scenario ShrinkCrash(const Scenario& scenario, const Target& target, const Quarry& quarry,
                     const ProcessLoss& loss, uint64_t runs) {
  const auto dies = [&](const Scenario& candidate) {
    const auto again = InChild([&] {
      LimitCpu(loss.end.signal == SIGPROF ? kShortHangMs : kHangMs);
      PlayToTheEnd(candidate, target, quarry.tree());
    });
    return again.ok() && !again->ok() && CrashName(*again) == CrashName(loss);
  };
  if (!dies(scenario)) return scenario;
  return Shrink(scenario, dies, {.max_runs = runs, .stop = {}, .better = {}}).best;
}

}  // namespace

absl::StatusOr<std::optional<Catch>> Hunt(const std::string& object, const Design& design,
                                          const HuntOptions& options) {
  auto trees = ConfinedTrees::Of({object});
  if (!trees.ok()) return trees.status();
  const Quarry quarry{.trees = *std::move(trees), .design = design};
  const SharedBoard board;
  if (!board.ok()) return absl::ResourceExhaustedError("no memory to share with a child");

  const auto end = InChild([&] { HuntInChild(quarry, options, board); });
  if (!end.ok()) return end.status();
  if (board->quiet && board->played < options.runs / 2) {
    return absl::InternalError(
        absl::StrCat("only ", board->played, " of ", options.runs, " runs could be played"));
  }
  if (board->quiet) return std::nullopt;
  Catch result;
  result.runs = board->runs;
  const Target& target = *FindTarget(board->target);
  result.target = target.name;
  result.found = ParseLenient(board->found);
  if (board->caught) {
    result.by = board->by;
    result.what = board->what;
    result.named = board->named;
    result.shrunk = ParseLenient(board->best);
    if (!end->ok()) {
      result.shrunk = ShrinkOn(result.shrunk, target, quarry, board, options.shrink_runs / 10);
    }
  } else {
    result.by = CrashName(*end);
    result.shrunk = ShrinkCrash(result.found, target, quarry, *end, options.shrink_runs / 10);
  }
  return result;
}

}  // namespace khofuzz
