#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/commands/commands.h"
#include "cli/commands/contained_file.h"
#include "cli/commands/exit_code.h"
#include "cli/commands/play.h"
#include "scenario/explaining/answer.h"
#include "scenario/language/language.h"
#include "scenario/language/text.h"
#include "scenario/playing/run.h"
#include "scenario/playing/state.h"
#include "system/terminal.h"

namespace khofuzz {
namespace {

std::string KindName(Answer::Kind kind) {
  switch (kind) {
    case Answer::Kind::kHolds:
      return "holds";
    case Answer::Kind::kBreaks:
      return "breaks";
    case Answer::Kind::kNothing:
      break;
  }
  return "nothing";
}

nlohmann::json ToJson(const std::vector<AddrRange>& ranges) {
  nlohmann::json json = nlohmann::json::array();
  for (const AddrRange& range : ranges) {
    json.push_back({{"base", range.begin.value}, {"bytes", range.size()}});
  }
  return json;
}

nlohmann::json ToJson(const BootFacts& boot) {
  nlohmann::json bootmem = nlohmann::json::array();
  for (size_t i = 0; i < boot.bootmem.areas.size(); ++i) {
    const ScratchArea& area = boot.bootmem.areas[i];
    if (area.size == 0) continue;
    bootmem.push_back(
        {{"area", BootmemAreaName(i)}, {"base", area.addr.value}, {"bytes", area.size}});
  }
  return {{"kernel", boot.kernel},
          {"op_line", boot.op + 1},
          {"stopped", boot.stopped},
          {"kho", boot.kho},
          {"handover", boot.handover},
          {"bootmem", bootmem},
          {"cma_pageblocks", boot.cma_pageblocks},
          {"cma_bytes", boot.cma_bytes},
          {"extended_bytes", ExtendedBytes(boot)},
          {"extended", ToJson(boot.extended)},
          {"gigantic_pages", boot.gigantic.size()},
          {"gigantic", ToJson(boot.gigantic)},
          {"gigantic_pages_asked", boot.gigantic_asked},
          {"no_room", boot.no_room},
          {"messages", boot.messages},
          {"serial_pages", boot.costs.serial_pages},
          {"peak_reserved_regions", boot.costs.peak_reserved},
          {"bootmem_used_bytes", boot.costs.bootmem_used},
          {"digest_pages", boot.costs.digest_pages}};
}

nlohmann::json ToJson(const ScenarioFile& file, const std::string& design, const FilePlay& play) {
  const Report& report = play.report;
  const Answer& answer = play.answer;
  nlohmann::json json = {{"file", file.path.string()},
                         {"target", std::string(file.target->name)},
                         {"design", design},
                         {"ops", file.scenario.op_count()},
                         {"lines_skipped", file.skipped},
                         {"answer", KindName(answer.kind)},
                         {"holds", answer.kind == Answer::Kind::kHolds},
                         {"without_effect", answer.without_effect},
                         {"refused", answer.refused},
                         {"cut", answer.cut}};
  if (!answer.left_out.empty()) json["not_played"] = answer.left_out;
  nlohmann::json premises = nlohmann::json::object();
  for (const InvariantInfo& info : InvariantCatalogue()) {
    if (const uint64_t n = report.premises(info.invariant); n != 0) {
      premises[std::string(info.slug)] = n;
    }
  }
  json["premises"] = premises;
  json["boots"] = nlohmann::json::array();
  for (const BootFacts& boot : play.boots) json["boots"].push_back(ToJson(boot));
  if (answer.kind == Answer::Kind::kNothing) json["skipped"] = answer.why;
  if (!report.ok()) {
    const Violation& violation = report.violations().front();
    json["invariant"] = std::string(Info(violation.invariant).slug);
    json["op_line"] = violation.op + 1;
    json["what"] = violation.what;
  }
  return json;
}

// What is printed of a file.
std::string ToText(const ScenarioFile& file, const FilePlay& play) {
  const std::string name = file.path.string();
  std::string preface = Preface(file, play.boots);
  if (!preface.empty()) preface += "; ";
  std::string caveats;
  for (const BootFacts& boot : play.boots) {
    for (const std::string& line : Caveats(boot)) absl::StrAppend(&caveats, "  ", line, "\n");
  }
  switch (play.answer.kind) {
    case Answer::Kind::kHolds:
      return absl::StrCat(name, ": holds: ", preface, Basis(play.answer), "\n", caveats);
    case Answer::Kind::kNothing:
      return absl::StrCat(name, ": nothing was put to the test: ", preface, Basis(play.answer),
                          "\n");
    case Answer::Kind::kBreaks:
      break;
  }
  const Violation& violation = play.report.violations().front();
  return absl::StrCat(name, ": breaks ", std::string(Info(violation.invariant).slug), " ",
                      WhenBroken(violation, file.scenario), "\n  ", preface, violation.what, "\n");
}

std::string Dump(const nlohmann::json& json, int indent) {
  // Names of files may be any bytes.
  return json.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

// How a file came out.
struct Outcome {
  bool broken = false;
  bool expected = false;  // as the file's header says
  bool nothing = false;   // was put to the test
  bool known = false;
  bool lost = false;  // it was not played to its end
  nlohmann::json json{};
  std::string text{};
};

// One run of the command.
class Replay {
 public:
  Replay(const ReplayOptions& options, const Player& player, std::ostream& out, std::ostream& err)
      : options_(options),
        player_(player),
        limits_(LimitsFor(options.scenario)),
        out_(out),
        err_(err) {}

  int Run() {
    for (const std::filesystem::path& path : options_.paths) {
      const auto files = FilesBelow(path);
      if (!files.ok()) {
        Bad(path, files.status());
        continue;
      }
      std::error_code error;
      const bool folder = std::filesystem::is_directory(path, error);
      if (files->empty()) Bad(path, absl::NotFoundError(path.string() + ": no files in it"));
      for (const std::filesystem::path& one : *files) PlayOne(one, folder);
    }
    SumUp();
    return bad_ != 0 || nothing_ != 0 ? kExitBad : news_ != 0 ? kExitFinding : kExitFine;
  }

 private:
  // `found`: in a folder that was given, not given itself.
  void PlayOne(const std::filesystem::path& path, bool found) {
    const auto file = LoadScenario(path, options_.scenario);
    if (found && IsStray(path, file)) return Skip(path, "no scenario");
    if (!file.ok()) return Bad(path, file.status());
    if (!file->renamed.empty()) {
      err_ << "note: " << Visible(path.string()) << ": " << file->renamed << "\n";
    }
    const absl::Status playable = CheckPlayable(*file, player_);
    if (!playable.ok()) {
      // What a folder holds for others is nobody's mistake.
      if (found && options_.scenario.target.empty()) return Skip(path, WithoutName(playable, path));
      return Bad(path, playable);
    }
    Outcome outcome = Play(*file);
    ++played_;
    lines_skipped_ += file->skipped;
    without_ops_ += file->scenario.ops.empty() && !file->target->language;
    broken_ += outcome.broken;
    known_ += outcome.known;
    lost_ += outcome.lost;
    nothing_ += outcome.nothing;
    expected_ += outcome.expected;
    news_ += outcome.broken && !outcome.known && !outcome.expected;
    if (options_.json) {
      all_.push_back(std::move(outcome.json));
    } else {
      out_ << Visible(outcome.text) << std::flush;
    }
  }

  Outcome Play(const ScenarioFile& file) const {
    const auto done = RunContained(
        [&] {
          const FilePlay play = PlayFile(file, SubjectOf(file, player_));
          // Three parts: only the last may have lines.
          return absl::StrCat(KindName(play.answer.kind), "\n",
                              Dump(ToJson(file, DesignOf(file, player_), play), -1), "\n",
                              ToText(file, play));
        },
        limits_);
    if (!done.ok()) return Lost(file, "crash", std::string(done.status().message()));
    if (!done->loss.ok()) return Lost(file, Name(done->loss.kind), TellLoss(done->loss));
    const std::vector<std::string> parts = absl::StrSplit(done->result, absl::MaxSplits('\n', 2));
    Outcome outcome{.broken = parts[0] == KindName(Answer::Kind::kBreaks),
                    .nothing = parts[0] == KindName(Answer::Kind::kNothing),
                    .json = nlohmann::json::parse(parts[1]),
                    .text = parts[2]};
    if (outcome.broken) NameIt(file, outcome);
    if (IsOfItsOwnDesign(file, player_)) HoldAgainstHeader(file, outcome);
    return outcome;
  }

  static void HoldAgainstHeader(const ScenarioFile& file, Outcome& outcome) {
    absl::StrAppend(&outcome.text, "  under design ", file.design->Name(),
                    ", as its header says\n");
    if (!file.breaks.has_value()) return;
    const std::string slug(Info(*file.breaks).slug);
    outcome.json["expected"] = slug;
    outcome.expected = outcome.broken && outcome.json["invariant"] == slug;
    if (outcome.expected) return;
    outcome.broken = true;
    absl::StrAppend(&outcome.text, "  its header says that it breaks ", slug, "\n");
  }

  // Whether the tree is known for it.
  void NameIt(const ScenarioFile& file, Outcome& outcome) const {
    if (!player_.on_trees() || !player_.passes_known()) return;
    const Naming naming = NameFailure(file, player_, limits_);
    outcome.json["known_as"] = nullptr;
    outcome.json["same_as"] = nullptr;
    if (!naming.trouble.empty()) {
      absl::StrAppend(&outcome.text,
                      "  whether it is known could not be found out: ", naming.trouble, "\n");
    }
    if (!naming.release_breaks.empty()) {
      outcome.json["release_breaks"] = naming.release_breaks;
      absl::StrAppend(&outcome.text, "  ", TellReleaseToo(naming, player_), "\n");
    }
    if (!naming.explained.has_value()) return;
    outcome.known = naming.explained->known;
    outcome.json[outcome.known ? "known_as" : "same_as"] = naming.explained->quirks;
    absl::StrAppend(&outcome.text, outcome.known ? "  known as " : "  the same as ",
                    naming.explained->quirks, "\n");
  }

  Outcome Lost(const ScenarioFile& file, std::string_view how, const std::string& what) const {
    return {.broken = true,
            .lost = true,
            .json = {{"file", file.path.string()},
                     {"target", std::string(file.target->name)},
                     {"design", player_.name()},
                     {"ops", file.scenario.op_count()},
                     {"holds", false},
                     {"invariant", std::string(how)},
                     {"what", what}},
            .text = absl::StrCat(file.path.string(), ": ", std::string(how), "\n  ", what, "\n")};
  }

  void Bad(const std::filesystem::path& path, const absl::Status& status) {
    ++bad_;
    all_.push_back({{"file", path.string()}, {"error", std::string(status.message())}});
    TellBad(err_, "replay", status);
    if (absl::IsInvalidArgument(status)) hint_ = true;
  }

  void Skip(const std::filesystem::path& path, const std::string& why) {
    all_.push_back({{"file", path.string()}, {"skipped", why}});
    // A corpus of a fuzzer's has thousands.
    constexpr size_t kNamed = 10;
    if (++skipped_ <= kNamed) {
      err_ << "khofuzz replay: skipped: " << Visible(path.string()) << ": " << why << "\n";
    }
    hint_ |= why == "no scenario" && path.extension() != ".txt" && path.extension() != ".md";
  }

  static std::string WithoutName(const absl::Status& status, const std::filesystem::path& path) {
    const std::string text(status.message());
    const std::string name = path.string() + ": ";
    return text.starts_with(name) ? text.substr(name.size()) : text;
  }

  void SumUp() {
    if (hint_ && !options_.scenario.lenient) {
      err_ << "khofuzz replay: --lenient takes a fuzzer's inputs too: it skips lines that make no "
              "sense\n";
    }
    if (played_ == 0 && bad_ == 0) {
      ++bad_;
      err_ << "khofuzz replay: nothing was played\n";
    }
    if (options_.json) {
      out_ << Dump(all_, 2) << "\n";
      return;
    }
    // What could not be played is said above.
    if (played_ == 0 && bad_ != 0) return;
    out_ << played_ << " replayed on " << Visible(player_.name()) << ", " << broken_ << " broken";
    if (known_ != 0) out_ << ", " << known_ << " of them known";
    if (expected_ != 0) out_ << ", " << expected_ << " of them as their headers say";
    if (without_ops_ != 0) out_ << "; " << without_ops_ << " without ops";
    if (lines_skipped_ != 0)
      out_ << "; " << lines_skipped_ << " lines made no sense, in whole or in part";
    if (nothing_ != 0) out_ << "; of " << nothing_ << " nothing was put to the test";
    if (lost_ != 0) out_ << ", " << lost_ << " of them not played to the end";
    if (skipped_ != 0) out_ << ", " << skipped_ << " skipped";
    if (bad_ != 0 && played_ != 0) out_ << "; " << bad_ << " could not be played, see above";
    out_ << "\n";
  }

  const ReplayOptions& options_;
  const Player& player_;
  const Limits limits_;
  std::ostream& out_;
  std::ostream& err_;
  nlohmann::json all_ = nlohmann::json::array();
  size_t played_ = 0, broken_ = 0, known_ = 0, lost_ = 0, news_ = 0, skipped_ = 0;
  size_t expected_ = 0, nothing_ = 0, without_ops_ = 0, lines_skipped_ = 0;
  size_t bad_ = 0;  // could not be played, or nothing was there to play
  bool hint_ = false;
};

}  // namespace

absl::StatusOr<Player> PlayerFor(const ScenarioOptions& options, std::ostream& err) {
  return Player::Make(options.on,
                      {.root = options.root,
                       .bin_dir = options.bin_dir,
                       .progress = [&err](const std::string& line) { err << line << std::endl; }});
}

bool IsOfItsOwnDesign(const ScenarioFile& file, const Player& player) {
  return file.design.has_value() && !player.was_asked_for();
}

Subject SubjectOf(const ScenarioFile& file, const Player& player) {
  return IsOfItsOwnDesign(file, player) ? Subject(*file.design) : player.subject();
}

std::string DesignOf(const ScenarioFile& file, const Player& player) {
  return IsOfItsOwnDesign(file, player) ? file.design->Name() : player.name();
}

std::string Preface(const ScenarioFile& file, const std::vector<BootFacts>& boots) {
  if (file.target->language) return "";
  std::string text;
  if (file.scenario.ops.empty()) {
    absl::StrAppend(&text, "no ops; ", boots.empty() ? "nothing is done with the " : "the ",
                    file.scenario.machine.empty() ? "default machine" : "machine",
                    boots.empty() ? "" : " boots");
  }
  if (file.skipped != 0) {
    absl::StrAppend(&text, text.empty() ? "" : "; ", file.skipped,
                    file.skipped == 1 ? " line" : " lines", " made no sense, in whole or in part");
  }
  return text;
}

FilePlay PlayFile(const ScenarioFile& file, const Subject& subject) {
  FilePlay play;
  if (file.target->language) {
    CheckLanguage(file.text, play.report);
    play.answer = AnswerOf(play.report);
    return play;
  }
  Played played = Play(file.scenario, *file.target, subject);
  play.answer = AnswerOf(played);
  play.boots = played.state->life().boots();
  play.report = std::move(played.state->report);
  return play;
}

int ReplayCommand(const ReplayOptions& options, std::ostream& out, std::ostream& err) {
  const auto bad = [&](const absl::Status& status) {
    if (options.json) out << Dump({{{"error", std::string(status.message())}}}, 2) << "\n";
    return TellBad(err, "replay", status);
  };
  const absl::Status sound = CheckScenarioOptions(options.scenario);
  if (!sound.ok()) return bad(sound);
  const auto player = PlayerFor(options.scenario, err);
  if (!player.ok()) return bad(player.status());
  return Replay(options, *player, out, err).Run();
}

}  // namespace khofuzz
