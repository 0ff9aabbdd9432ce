#include "bench/find/through.h"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <optional>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cli/commands/exit_code.h"
#include "cli/judge/board.h"
#include "cli/judge/contender.h"
#include "cli/judge/search.h"
#include "scenario/language/targets.h"
#include "system/clock.h"
#include "system/process.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

// "FINDING  fuzz_boot: breaks init-once", "FINDING  fuzz_boot: crash"
constexpr std::string_view kFinding = "FINDING  ";
constexpr useconds_t kTick = 5'000;

// What was found, by a line of fuzz's; empty: it does not tell.
std::string FoundBy(const std::string& line) {
  if (!line.starts_with(kFinding)) return "";
  return line.substr(line.rfind(' ') + 1);
}

// "1234 execs, seed 7: 1 finding"
std::optional<uint64_t> ExecsIn(const std::string& line) {
  std::istringstream words(line);
  uint64_t execs = 0;
  std::string what;
  words >> execs >> what;
  if (!words || what != "execs,") return std::nullopt;
  return execs;
}

}  // namespace

absl::StatusOr<FindTrial> ThroughJudge(const std::string& design, uint64_t seed, uint64_t runs) {
  auto contenders = ContendersNamed({design});
  if (!contenders.ok()) return contenders.status();
  const double before = CpuSecondsSpent(RUSAGE_SELF);
  FindTrial trial{.seed = seed};
  Board board(*std::move(contenders),
              {.seconds = nullptr, .better = [&](const Contender&, const Counterexample& first) {
                 if (trial.found) return;
                 trial.found = true;
                 trial.cpu_seconds = CpuSecondsSpent(RUSAGE_SELF) - before;
                 trial.by = Info(first.violation.invariant).slug;
               }});
  DesignSearch search(TargetsOnModel(), &board,
                      {.seed = seed, .stop = [&trial] { return trial.found; }});
  while (!trial.found && board.scenarios() < runs) search.Step();
  trial.runs = board.scenarios();
  if (!trial.found) trial.cpu_seconds = CpuSecondsSpent(RUSAGE_SELF) - before;
  return trial;
}

absl::StatusOr<FuzzPlace> FuzzPlace::Make(const fs::path& root, const fs::path& program,
                                          const fs::path& folder) {
  const fs::path like = folder / "root";
  std::error_code error;
  for (const char* const empty : {"seeds", "regressions"}) {
    fs::create_directories(like / "corpus" / empty, error);
  }
  // What trees are measured by is no start of a search.
  fs::create_directory_symlink(root / "corpus" / "probes", like / "corpus" / "probes", error);
  for (const auto& entry : fs::directory_iterator(root, error)) {
    const fs::path name = entry.path().filename();
    if (name != "corpus") fs::create_symlink(entry.path(), like / name, error);
  }
  if (error) return absl::UnavailableError(absl::StrCat(like.string(), ": ", error.message()));
  return FuzzPlace(program, like, folder);
}

absl::StatusOr<FindTrial> FuzzPlace::Search(const std::vector<std::string>& on, uint64_t seed,
                                            double seconds) const {
  const fs::path work = folder_ / "work";
  std::error_code error;
  fs::remove_all(work, error);
  std::vector<std::string> command = {"/usr/bin/env",
                                      absl::StrCat("KHOFUZZ_ROOT=", root_.string()),
                                      program_.string(),
                                      "fuzz",
                                      "--jobs=1",
                                      "--shrink-seconds=0",
                                      absl::StrCat("--seconds=", seconds),
                                      absl::StrCat("--seed=", seed),
                                      absl::StrCat("--work=", work.string())};
  command.insert(command.end(), on.begin(), on.end());
  const double before = CpuSecondsSpent(RUSAGE_CHILDREN);
  auto child = Process::Start(command);
  if (!child.ok()) return child.status();
  FindTrial trial{.seed = seed};
  const auto listen = [&] {
    for (const std::string& line : child->TakeLines()) {
      if (const auto execs = ExecsIn(line)) trial.runs = *execs;
      const std::string by = FoundBy(line);
      if (by.empty() || trial.found) continue;
      trial.found = true;
      trial.by = by;
      child->Signal(SIGINT);
    }
  };
  std::optional<ProcessEnd> end;
  for (; !end.has_value(); end = child->End()) {
    listen();
    usleep(kTick);
  }
  listen();
  trial.cpu_seconds = CpuSecondsSpent(RUSAGE_CHILDREN) - before;
  const int should = trial.found ? kExitFinding : kExitFine;
  if (end->signal == 0 && end->exit_code == should) return trial;
  return absl::InternalError(absl::StrCat("khofuzz fuzz: ", Describe(*end), "\n", child->output()));
}

}  // namespace khofuzz
