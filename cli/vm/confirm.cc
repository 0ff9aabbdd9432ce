#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "cli/commands/contained_file.h"
#include "cli/commands/exit_code.h"
#include "cli/commands/play.h"
#include "cli/fuzz/author.h"
#include "cli/fuzz/booted_verdict.h"
#include "cli/vm/booted_evidence.h"
#include "cli/vm/candidates.h"
#include "cli/vm/finding_cause.h"
#include "cli/vm/prepare.h"
#include "cli/vm/vm.h"
#include "scenario/language/text.h"
#include "system/clock.h"
#include "system/contained.h"
#include "system/files.h"
#include "system/terminal.h"

namespace khofuzz {
namespace {

// Of the machines that break the same on the compiled tree, so many are booted.
constexpr size_t kMostBoots = 3;

struct Candidate {
  ScenarioFile file;
  PlayedLife played;
  FindingCause cause;
};

// Of cli/vm/recorded.
struct Recorded {
  std::string quirk;
  ScenarioFile file;
  std::string breaks;  // an invariant's slug: what a booted kernel shows
  std::string append;  // to command lines
};

// What follows `head` on a line of its own; empty where there is no such line.
std::string HeaderOf(const std::string& text, const std::string& head) {
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    if (absl::StartsWith(line, head)) return std::string(line.substr(head.size()));
  }
  return {};
}

class Confirmation {
 public:
  Confirmation(const ConfirmOptions& options, std::ostream& out, std::ostream& err)
      : options_(options), out_(out), err_(err) {}

  int Run() {
    scenario_ = options_.scenario;
    if (scenario_.on.trees.empty()) {
      return Bad(absl::InvalidArgumentError("--linux TREE says which kernel it is confirmed on"));
    }
    absl::Status sound = CheckOptions(options_.boot, scenario_);
    if (!(options_.seconds > 0 && options_.seconds <= 1e8)) {
      sound.Update(absl::InvalidArgumentError("--seconds must be above 0, and at most 1e8"));
    }
    if (!sound.ok()) return Bad(sound);
    const auto file = LoadScenario(options_.path, scenario_);
    if (!file.ok()) return Bad(file.status());
    text_ = Print(file->scenario);
    const auto player = PlayerFor(scenario_, err_);
    if (!player.ok()) return Bad(player.status());
    const Limits limits = LimitsFor(scenario_);
    const auto first = PlayBeside(*file, *player, limits);
    if (!first.ok()) return Bad(first.status());
    broken_ = BrokenBy(*first);
    if (broken_.empty()) {
      return Bad(absl::FailedPreconditionError(
          absl::StrCat(options_.path.string(), ": nothing is broken on the compiled ",
                       player->name(), ", so there is nothing to confirm")));
    }
    const auto cause = CauseOf(*file, *player, limits);
    if (!cause.ok()) return Bad(cause.status());
    cause_ = *cause;
    const std::vector<Candidate> candidates = Candidates(*file, *player, limits);
    const std::optional<Recorded> recorded = RecordedCause();
    if (candidates.empty() && !recorded.has_value()) return CannotBeBooted();
    const auto image = ImageFor(options_.boot, scenario_, err_);
    if (!image.ok()) return Bad(image.status());
    const VmBoot boot = BootOf(options_.boot, *image, options_.path, err_);
    for (size_t i = 0; i < candidates.size(); ++i) {
      const Candidate& candidate = candidates[i];
      const VmScript script = ScriptOf(candidate.file.scenario);
      auto run = BootScenario(candidate.file.scenario, script, boot);
      if (!run.ok()) return Bad(run.status());
      if (i + 1 == candidates.size() && run->result.end == VmResult::End::kTrouble) {
        unbootable_ = run->result.why;
        if (!recorded.has_value()) return CannotBeBooted();
      }
      const VmReport report =
          ReportOf(candidate.file, script, boot, *std::move(run), candidate.played, *player);
      const bool confirmed = !Showing(report.run.result, broken_).empty();
      if (!confirmed && (i + 1 < candidates.size() || recorded.has_value())) continue;
      return Tell(report, confirmed, i + 1, nullptr, TellSameCause(cause_, candidate.cause));
    }
    VmScript script = ScriptOf(recorded->file.scenario);
    if (const absl::Status status = Append(script, recorded->append); !status.ok())
      return Bad(status);
    auto report = RunBeside(recorded->file, script, boot, *player, limits);
    if (!report.ok()) return Bad(report.status());
    return Tell(*report, !Showing(report->run.result, recorded->breaks).empty(),
                candidates.size() + 1, &*recorded, {});
  }

 private:
  int Bad(const absl::Status& status) { return TellBad(err_, "confirm", status); }

  static std::string BrokenBy(const PlayedLife& life) {
    return life.loss.empty() ? life.breaks : "crash";
  }

  // Why the compiled tree breaks it. Errors: a process that is lost on the way.
  static absl::StatusOr<FindingCause> CauseOf(const ScenarioFile& file, const Player& player,
                                              const Limits& limits) {
    const Naming naming = NameFailure(file, player, limits);
    FindingCause cause{.quirks =
                           absl::StrSplit(naming.explained.has_value() ? naming.explained->quirks
                                                                       : naming.release_breaks,
                                          '+', absl::SkipEmpty())};
    if (!cause.quirks.empty()) return cause;
    const auto done = RunContained(
        [&] { return CulpritOf(file.scenario, *file.target, player).function; }, limits);
    if (!done.ok()) return done.status();
    if (done->loss.ok()) cause.writer = done->result;
    return cause;
  }

  // The scenario that is recorded for a cause of the finding; nullopt where none is.
  std::optional<Recorded> RecordedCause() const {
    for (const std::string& quirk : cause_.quirks) {
      Recorded recorded{.quirk = quirk, .file = {}, .breaks = {}, .append = {}};
      const auto loaded = LoadScenario(std::filesystem::path(scenario_.root) / "cli/vm/recorded" /
                                           absl::StrCat(recorded.quirk, ".kho"),
                                       scenario_);
      if (!loaded.ok()) continue;
      recorded.file = *loaded;
      recorded.breaks = HeaderOf(loaded->text, "# booted: breaks ");
      recorded.append = HeaderOf(loaded->text, "# appended: ");
      return recorded;
    }
    return std::nullopt;
  }

  // Those of BootableFor() that break the same on the compiled tree, by the same cause as far as
  // one is known: the first few.
  std::vector<Candidate> Candidates(const ScenarioFile& file, const Player& player,
                                    const Limits& limits) {
    std::vector<Candidate> candidates;
    why_not_ = ScriptOf(file.scenario).cannot;
    if (!CanBeSeen(broken_)) {
      why_not_ = {
          absl::StrCat("nothing that a booted kernel shows tells whether ", broken_, " holds")};
      return candidates;
    }
    const auto begin = Clock::now();
    for (const Scenario& scenario : BootableFor(file.scenario)) {
      if (SecondsBetween(begin, Clock::now()) > options_.seconds) {
        out_of_time_ = true;
        break;
      }
      ++tried_;
      Candidate candidate{file, {}, {}};
      candidate.file.scenario = scenario;
      candidate.file.text = Print(scenario);
      auto played = PlayBeside(candidate.file, player, limits);
      if (!played.ok() || BrokenBy(*played) != broken_) continue;
      const auto cause = CauseOf(candidate.file, player, limits);
      if (!cause.ok()) continue;
      if (!SameCause(cause_, *cause)) {
        ++by_another_;
        continue;
      }
      candidate.cause = *cause;
      candidate.played = *std::move(played);
      candidates.push_back(std::move(candidate));
      if (candidates.size() == kMostBoots) break;
    }
    return candidates;
  }

  std::string WhyNotBooted() const {
    if (!unbootable_.empty()) return unbootable_;
    if (!why_not_.empty() && tried_ == 0) return absl::StrJoin(why_not_, "\n  ");
    return absl::StrCat(
        "on none of ", tried_,
        " machines with x86-64's sizes that can be booted the compiled tree breaks ", broken_,
        by_another_ == 0 ? ""
                         : absl::StrCat(" by the same cause (on ", by_another_, " by another)"),
        out_of_time_ ? "; time was up, --seconds gives more" : "");
  }

  // Beside the finding, for `fuzz` and `report` to tell.
  void Keep(BootedVerdict verdict) {
    verdict.tree = WholePath(scenario_.on.trees.front()).string();
    verdict.scenario = text_;
    if (const absl::Status kept = KeepBootedVerdict(options_.path, verdict); !kept.ok()) {
      err_ << "khofuzz confirm: the verdict is not kept for `khofuzz report`: "
           << Visible(std::string(kept.message())) << "\n";
    }
  }

  int CannotBeBooted() {
    const std::string why = WhyNotBooted();
    Keep({.tree = {},
          .as = BootedAs::kCannotBeBooted,
          .evidence = absl::StrSplit(absl::StrReplaceAll(why, {{"\n  ", "\n"}}), '\n')});
    if (options_.boot.json) {
      out_ << nlohmann::json{{"finding", options_.path.filename().string()},
                             {"invariant", broken_},
                             {"verdict", BootedAsName(BootedAs::kCannotBeBooted)},
                             {"why", why}}
                  .dump(2)
           << "\n";
    } else {
      out_ << Visible(absl::StrCat(options_.path.filename().string(), ": ", broken_,
                                   ": cannot be booted:\n  ", why, "\n"));
    }
    return kExitBad;
  }

  // `recorded`: what was booted at last, in place of the finding; or null.
  // `same`: by what the compiled tree breaks the same there; empty: not the same.
  int Tell(const VmReport& report, bool confirmed, size_t boots, const Recorded* recorded,
           const std::string& same) {
    const BootedVerdict kept =
        VerdictOn(report, confirmed, recorded == nullptr ? broken_ : recorded->breaks,
                  recorded == nullptr ? std::string() : recorded->quirk);
    Keep(kept);
    const std::string verdict = BootedAsName(kept.as);
    if (options_.boot.json) {
      nlohmann::json json = VmJson(report);
      json["finding"] = options_.path.filename().string();
      json["invariant"] = broken_;
      json["verdict"] = verdict;
      if (recorded != nullptr) json["cause"] = recorded->quirk;
      if (!same.empty()) json["compiled_tree"] = same;
      json["booted_machines"] = boots;
      json["booted_scenario"] = Print(*report.scenario);
      out_ << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
    } else {
      std::string text = absl::StrCat(options_.path.filename().string(), ": ", broken_, ": ",
                                      verdict, " on Linux ", report.release);
      if (!confirmed)
        absl::StrAppend(&text, " (", boots, boots == 1 ? " machine" : " machines", " booted)");
      absl::StrAppend(&text, "\n");
      if (!same.empty())
        absl::StrAppend(&text, "  on the compiled tree it breaks there ", same, "\n");
      if (recorded != nullptr) {
        absl::StrAppend(
            &text, "  ",
            boots > 1 ? absl::StrCat("booted itself it does not show",
                                     unbootable_.empty() ? "" : ": ", unbootable_)
                      : absl::StrCat("the finding itself cannot be booted: ", WhyNotBooted()),
            "\n  it is explained by ", recorded->quirk, "; booted is what is recorded for that, ",
            recorded->file.path.filename().string(), ", which breaks ", recorded->breaks, "\n");
      }
      out_ << Visible(absl::StrCat(text, "\n", Print(*report.scenario), "\n", VmText(report)));
    }
    return confirmed ? kExitFine : kExitFinding;
  }

  const ConfirmOptions& options_;
  std::ostream& out_;
  std::ostream& err_;
  ScenarioOptions scenario_;
  std::string text_;    // the finding's scenario
  std::string broken_;  // an invariant's slug, or "crash"
  FindingCause cause_;
  std::vector<std::string> why_not_;
  std::string unbootable_;  // the last machine that was tried, on which no kernel comes up
  size_t tried_ = 0, by_another_ = 0;
  bool out_of_time_ = false;
};

}  // namespace

int ConfirmCommand(const ConfirmOptions& options, std::ostream& out, std::ostream& err) {
  return Confirmation(options, out, err).Run();
}

}  // namespace khofuzz
