#include "cli/linux/diff.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "cli/commands/exit_code.h"
#include "cli/fuzz/finding.h"
#include "cli/fuzz/run_options.h"
#include "cli/fuzz/table.h"
#include "cli/judge/progress.h"
#include "cli/linux/base_tree.h"
#include "cli/linux/diff_result.h"
#include "cli/linux/diff_work.h"
#include "cli/linux/same_fault.h"
#include "cli/linux/session.h"
#include "cli/play/contained_play.h"
#include "cli/play/flags.h"
#include "scenario/language/text.h"
#include "system/files.h"
#include "system/interrupt.h"
#include "system/output.h"
#include "system/terminal.h"

namespace khofuzz {
namespace {

constexpr int kDiffHangSeconds = 30;  // an item is played many times, and its cause looked for
constexpr double kDeathSeconds = 10;

// One run of the command, once the trees are built.
class DiffSession final : public CrewListener {
 public:
  DiffSession(const LinuxDiffOptions& options, DiffWork work, DiffResult result,
              Clock::time_point end, const Interrupt& interrupt, ProgressLine& progress)
      : work_(std::move(work)),
        result_(std::move(result)),
        folder_(WorkFolder(options.work_dir)),
        compiled_(options.compiled),
        by_chance_(options.files.empty()),
        end_(end),
        interrupt_(interrupt),
        progress_(progress) {}

  absl::StatusOr<DiffResult> Run() {
    const double left = std::max(SecondsBetween(Clock::now(), end_), 0.0);
    if (left < kLeastSeconds && by_chance_) {
      result_.cut.emplace_back("building took all of the time: only the corpus was played");
    }
    deadline_ = Clock::now() + Seconds(left < kLeastSeconds ? 0 : left * (1 - kShrinkPart));
    work_.shrink_until = end_;
    DiffMember member(work_);
    const absl::Status status = RunCrew({.members = result_.jobs,
                                         .due = work_.given.size(),
                                         .end = by_chance_ ? ~uint64_t{0} >> 1 : work_.given.size(),
                                         .deadline = deadline_,
                                         .hang_seconds = kDiffHangSeconds},
                                        member, *this);
    if (!status.ok()) return status;
    for (const auto& [item, message] : pending_) Keep(message);
    FoldTogether();
    size_t rough = 0;
    for (auto& [kind, entry] : entries_) {
      entry.ops = ParseLenient(entry.seen.text()).op_count();
      rough += !entry.shrunk;
      Save(entry);
      result_.entries.push_back(std::move(entry));
    }
    if (rough > 0) {
      result_.cut.push_back(absl::StrCat(rough, rough == 1 ? " change" : " changes",
                                         " not shrunk to the end: out of time"));
    }
    result_.interrupted = interrupt_.signal() != 0;
    return std::move(result_);
  }

  // What could not be kept.
  const absl::Status& unwritten() const { return unwritten_; }

  void OnLine(const std::string& line) override {
    const auto message = DiffMessage::FromLine(line);
    if (!message.has_value()) {
      result_.tally.AddLine(line);
      return;
    }
    pending_[message->item] = *message;
    if (!message->last) return;
    Keep(*message);
    pending_.erase(message->item);
  }

  void OnLoss(const CrewLoss& loss) override {
    const auto pending = pending_.find(loss.item);
    if (pending != pending_.end()) {
      Keep(pending->second);
      pending_.erase(pending);
      return;
    }
    ++result_.tally.scenarios;
    const auto played = Draws::OfNote(loss.note);
    if (!played.has_value()) {
      result_.cut.push_back(
          absl::StrCat("a process ended before it played anything: ", Describe(loss.process)));
      return;
    }
    const ChangeSeen seen = WhoDies(*played);
    ++result_.tally.changes[static_cast<size_t>(seen.change)];
    Keep({.item = loss.item, .target = std::string(played->target->name), .seen = seen});
  }

  bool OnTick() override {
    const double left = std::max(0.0, SecondsBetween(Clock::now(), deadline_));
    std::string changes;
    for (const Change change : {Change::kBroken, Change::kDifferent, Change::kFixed}) {
      const uint64_t n = result_.tally.changes[static_cast<size_t>(change)];
      absl::StrAppend(&changes, n, " ", std::string(ChangeName(change)), ", ");
    }
    progress_.Update(absl::StrCat(
        ShortNumber(result_.tally.scenarios), " scenarios, ", changes,
        left > 0 ? absl::StrFormat("%.0f s left", left) : "making small what was found"));
    return interrupt_.signal() == 0;
  }

 private:
  Verdict DeathOn(const Scenario& scenario, const Target& target, const Subject& subject) const {
    return WithPlace(PlayAside(scenario, target, subject, kDeathSeconds));
  }

  // What only one of the trees dies of.
  ChangeSeen WhoDiesAlone(const Scenario& on_base, const Scenario& on_patched,
                          const Target& target) const {
    const Verdict base = DeathOn(on_base, target, work_.trees->base());
    const Verdict patched = DeathOn(on_patched, target, work_.trees->patched());
    if (base.ok() == patched.ok()) return {};
    const Verdict& death = base.ok() ? patched : base;
    return {.change = base.ok() ? Change::kBroken : Change::kFixed,
            .key = death.invariant,
            .what = death.what,
            .on_base = Print(on_base),
            .on_patched = Print(on_patched)};
  }

  // WithTheSameFaults() of trees that may die of it: the scenario itself if they do.
  static Scenario SameFaults(const Candidate& played, const Subject& from, const Subject& to) {
    const auto done = RunContained(
        [&] { return Print(WithTheSameFaults(played.scenario, *played.target, from, to)); },
        Limits{});
    return done.ok() && done->loss.ok() ? ParseLenient(done->result) : played.scenario;
  }

  // What only one of the trees dies of is a change, or what both do only together.
  ChangeSeen WhoDies(const Candidate& played) {
    const Scenario& scenario = played.scenario;
    const Target& target = *played.target;
    const Subject base = work_.trees->base();
    const Subject patched = work_.trees->patched();
    ChangeSeen seen = WhoDiesAlone(scenario, scenario, target);
    if (seen.change != Change::kNone && HasFaults(scenario)) {
      seen = WhoDiesAlone(scenario, SameFaults(played, base, patched), target);
      if (seen.change == Change::kNone) {
        seen = WhoDiesAlone(SameFaults(played, patched, base), scenario, target);
      }
      result_.tally.shifted += seen.change == Change::kNone;
      return seen;
    }
    if (seen.change != Change::kNone || !work_.handovers) return seen;
    if (!DeathOn(scenario, target, base).ok()) return {};
    for (const bool forward : {true, false}) {
      const Verdict death = DeathOn(
          scenario, target, forward ? work_.trees->base_first() : work_.trees->patched_first());
      if (death.ok()) continue;
      return {.change = forward ? Change::kHandoverForward : Change::kHandoverBackward,
              .key = death.invariant,
              .what = death.what,
              .on_base = Print(scenario),
              .on_patched = Print(scenario)};
    }
    return {};
  }

  // What takes several quirks stands with one of them that is enough elsewhere.
  void FoldTogether() {
    for (auto entry = entries_.begin(); entry != entries_.end();) {
      const auto& [change, name] = entry->first;
      auto one = entries_.end();
      const std::vector<std::string> quirks = absl::StrSplit(name, '+');
      for (const std::string& quirk : quirks) {
        if (quirks.size() > 1 && one == entries_.end()) one = entries_.find({change, quirk});
      }
      if (one == entries_.end()) {
        ++entry;
        continue;
      }
      one->second.times += entry->second.times;
      entry = entries_.erase(entry);
    }
  }

  // The file in which it can be played again. What PATCHED breaks by itself is a finding as check's
  // and fuzz's are, and lies among them.
  void Save(DiffResult::Entry& entry) {
    const ChangeSeen& seen = entry.seen;
    const bool different = seen.change == Change::kDifferent;
    std::vector<std::string> trees = {result_.base.path, result_.patched.path};
    if (seen.change == Change::kBroken) trees.erase(trees.begin());
    if (seen.change == Change::kFixed) trees.pop_back();
    if (seen.change == Change::kHandoverBackward) std::swap(trees[0], trees[1]);
    // diff takes a commit out of git again when the folder is no more.
    if (different && !result_.base.taken_out.empty()) trees[0] = result_.base.taken_out;
    const Finding finding{
        .target = entry.on,
        .trees = std::move(trees),
        .compiled = compiled_,
        .seed = result_.seed,
        .verdict = {.invariant =
                        different ? std::string(Info(Invariant::kKernelsAgree).slug) : seen.key,
                    .what = seen.what,
                    .same_as = seen.ends_as},
        .text = seen.text(),
        .shrunk = entry.shrunk,
        .author = seen.author,
        .aspect = different ? seen.key : ""};
    const std::filesystem::path folder =
        folder_ / (seen.change == Change::kBroken ? "findings" : "changes");
    const std::filesystem::path path = folder / FileName(finding);
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    absl::Status saved = WriteFileAtomically(path, FormatFinding(finding, path));
    if (saved.ok()) entry.command = ReplayCommand(finding, path);
    unwritten_.Update(saved);
  }

  // The simplest of each cause stays.
  void Keep(const DiffMessage& message) {
    if (message.seen.change == Change::kNone) return;
    const DiffResult::Entry entry{
        .seen = message.seen, .on = FindTarget(message.target), .shrunk = message.shrunk};
    const auto [at, first] =
        entries_.emplace(std::pair(message.seen.change, message.seen.Name()), entry);
    if (first) {
      progress_.Print(absl::StrCat(std::string(ChangeName(message.seen.change)), ": ",
                                   message.seen.Name(), "\n"));
      return;
    }
    const uint64_t times = at->second.times + 1;
    const bool simpler = std::pair(!entry.shrunk, entry.seen.text().size()) <
                         std::pair(!at->second.shrunk, at->second.seen.text().size());
    if (simpler) at->second = entry;
    at->second.times = times;
  }

  DiffWork work_;
  DiffResult result_;
  const std::filesystem::path folder_;
  const CompiledAs compiled_;
  const bool by_chance_;
  absl::Status unwritten_;
  const Clock::time_point end_;
  const Interrupt& interrupt_;
  ProgressLine& progress_;
  Clock::time_point deadline_{};
  std::map<uint64_t, DiffMessage> pending_;  // being made small, by item
  std::map<std::pair<Change, std::string>, DiffResult::Entry> entries_;
};

}  // namespace

int LinuxDiffCommand(const LinuxDiffOptions& options) {
  const Clock::time_point begin = Clock::now();
  absl::Status sound = CheckSecondsAndJobs(options.seconds, options.jobs);
  if (!options.files.empty() && options.seed.has_value()) {
    sound.Update(absl::InvalidArgumentError(
        "--seed has no effect where files are given: nothing is played by chance then"));
  }
  if (!sound.ok()) return TellBad(std::cerr, "linux diff", sound);
  ProgressLine progress(stderr);
  const Interrupt interrupt;
  const auto stop = [&interrupt] { return interrupt.signal() != 0; };
  const auto base = FindBaseTree(options.base, options.patched, stop);
  if (!base.ok()) return TellBad(std::cerr, "linux diff", base.status());
  GivenScenarios given;
  if (!options.files.empty()) {
    auto files = ScenariosIn(options.files);
    if (!files.ok()) return TellBad(std::cerr, "linux diff", files.status());
    given = *std::move(files);
    for (const auto& [name, why] : given.unreadable) {
      return TellBad(std::cerr, "linux diff",
                     absl::InvalidArgumentError(absl::StrCat(name, ": ", why)));
    }
  }
  TreeFacts base_facts = FactsOf(base->folder, options.compiled);
  // A revision is called so, and not as the folder that it has been taken out to.
  if (!base->commit.empty()) {
    base_facts.name = options.base;
    base_facts.commit = base->commit.substr(0, 12);
    base_facts.taken_out = base->commit;
  }
  const auto trees = TreePair::Make(base->folder.string(), options.patched,
                                    {.root = options.root,
                                     .bin_dir = options.bin_dir,
                                     .compiled = options.compiled,
                                     .progress = [&](const std::string& line) {
                                       progress.Print(absl::StrCat("khofuzz: ", line, "\n"));
                                     }});
  if (!trees.ok()) {
    progress.Clear();
    // Who reads the report is told as well.
    const DiffResult nothing{.base = base_facts,
                             .patched = FactsOf(options.patched, options.compiled),
                             .not_built = std::string(trees.status().message()),
                             .seconds = SecondsBetween(begin, Clock::now()),
                             .reach = {.unknown = "a tree does not build"}};
    const absl::Status written = WriteReport(options.json, DiffJson(nothing));
    if (!written.ok()) (void)TellBad(std::cerr, "linux diff", written);
    return TellBad(std::cerr, "linux diff", trees.status());
  }
  auto corpus = WholeScenarios(options.root / "corpus");
  if (!corpus.ok()) return TellBad(std::cerr, "linux diff", corpus.status());

  DiffResult start{.base = base_facts,
                   .patched = FactsOf(options.patched, options.compiled),
                   .seed = SeedOf(options.seed),
                   .jobs = JobsOf(options.jobs),
                   .skipped = std::move(given.skipped),
                   .no_handovers = (*trees)->WhyNoHandovers()};
  ReachMap reach((*trees)->patched_objects());
  DiffWork work{.trees = trees->get(),
                .reach = &reach,
                .handovers = start.no_handovers.empty(),
                .seed = start.seed,
                .given = options.files.empty() ? *corpus : std::move(given.scenarios),
                .corpus = *corpus};
  const std::string rest =
      options.files.empty() ? absl::StrCat(" of the corpus, then by chance, seed ", work.seed) : "";
  progress.Print(absl::StrFormat("%s -> %s: %d scenario%s%s\n", Title(start.base),
                                 Title(start.patched), work.given.size(),
                                 work.given.size() == 1 ? "" : "s", rest));
  DiffSession session(options, std::move(work), std::move(start), begin + Seconds(options.seconds),
                      interrupt, progress);
  auto result = session.Run();
  progress.Clear();
  if (!result.ok()) return TellBad(std::cerr, "linux diff", result.status());
  result->reach =
      ReachFound(reach, options.patched, std::nullopt, base->folder.string(), options.root);
  result->seconds = SecondsBetween(begin, Clock::now());
  FILE* const text = options.json == "-" ? stderr : stdout;
  std::fputs(Visible(DiffText(*result)).c_str(), text);
  std::fflush(text);
  const absl::Status written = WriteReport(options.json, DiffJson(*result));
  if (!written.ok()) return TellBad(std::cerr, "linux diff", written);
  const absl::Status page =
      WriteReachHtml(options.reach, result->reach, options.patched, Title(result->patched));
  if (!page.ok()) return TellBad(std::cerr, "linux diff", page);
  if (!session.unwritten().ok()) return TellBad(std::cerr, "linux diff", session.unwritten());
  if (result->Regrettable()) return kExitFinding;
  return interrupt.signal() != 0 ? 128 + interrupt.signal() : kExitFine;
}

void AddLinuxDiffOptions(CLI::App& command, LinuxDiffOptions& options) {
  command
      .add_option("base", options.base,
                  "the tree to compare with, which is only read, or a revision of PATCHED's git")
      ->required();
  command.add_option("patched", options.patched, "the tree with the changes; it is only read")
      ->required();
  command.add_option("files", options.files,
                     "scenarios, or folders of them, to play instead of all there are: shows a "
                     "change again");
  command
      .add_option("--seconds", options.seconds, "how long in all, building and shrinking included")
      ->capture_default_str();
  command.add_option("--jobs", options.jobs, "processes at once (default: one for each CPU)");
  command.add_option("--seed", options.seed, "the random seed (default: drawn, and printed)");
  AddCompiledAs(command, options.compiled);
  command.add_option("--json", options.json, "write what was found to this file; -: print it");
  AddReachOptions(command, options.reach);
  command.add_option("--work", options.work_dir,
                     "where scenarios that show a change are kept (default: $KHOFUZZ_WORK, else "
                     "khofuzz-work)");
}

}  // namespace khofuzz
