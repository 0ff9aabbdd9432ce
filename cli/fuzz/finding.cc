#include "cli/fuzz/finding.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <system_error>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "cli/fuzz/booted_verdict.h"
#include "cli/places.h"
#include "cli/play/player.h"
#include "core/designs/design.h"
#include "core/lines.h"
#include "oracle/invariant.h"
#include "scenario/language/machine.h"
#include "system/files.h"
#include "system/shell_word.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFirstLine = "# A finding of khofuzz fuzz.\n";
constexpr std::string_view kLastLine = "#\n";

// FNV-1a.
uint64_t Hash(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

// The names that op lines begin with. Does not parse: the input may be one that the parser dies of.
std::vector<std::string_view> OpNames(std::string_view text) {
  std::vector<std::string_view> names;
  for (const std::string_view line : LinesOf(text)) {
    const size_t begin = std::min(line.find_first_not_of(" \t\r"), line.size());
    const size_t end = std::min(line.find_first_of(" \t\r#", begin), line.size());
    const std::string_view name = line.substr(begin, end - begin);
    if (name.empty() || name == GeometryLine::kName || name == MemoryBank::kName ||
        name == FirmwareReservation::kName) {
      continue;
    }
    names.push_back(name);
  }
  return names;
}

// Every part names a quirk: it says what the cause is, as a release that has many does not.
bool NamesQuirks(const std::vector<std::string>& names) {
  return std::ranges::all_of(names,
                             [](const std::string& name) { return FindQuirk(name) != nullptr; });
}

// The quirks that explain it, sorted and joined by '+'; empty if none do.
std::string ExplanationOf(const Finding& finding) {
  const std::string& text = finding.known_as.empty() ? finding.verdict.same_as : finding.known_as;
  if (text.empty()) return "";
  std::vector<std::string> names = absl::StrSplit(text, '+');
  if (!NamesQuirks(names)) return "";
  std::ranges::sort(names);
  return absl::StrJoin(names, "+");
}

std::string OnWhat(const Finding& finding) {
  const std::string& config = finding.compiled.config;
  return absl::StrCat(finding.design, "|", absl::StrJoin(finding.trees, "|"),
                      config.empty() ? "" : "|", config);
}

// What can be shown on a terminal whatever the bytes are.
std::string Printable(std::string_view line) {
  const bool plain =
      std::ranges::all_of(line, [](unsigned char c) { return std::isprint(c) != 0 || c == '\t'; });
  return plain ? std::string(line) : absl::CHexEscape(std::string(line));
}

// Sets the member that a comment line "KEY: VALUE" is about; false if the target is unknown.
bool TakeComment(std::string_view key, std::string_view value, Finding& finding) {
  const auto number = [value](auto& into) {
    std::from_chars(value.data(), value.data() + value.size(), into);
  };
  if (key == "target") {
    // A scenario that somebody wrote has none of its own.
    finding.target = value == AnyTarget().name ? &AnyTarget() : FindTarget(value);
    return finding.target != nullptr;
  }
  if (key == "design") finding.design = value;
  if (key == "linux") finding.trees.emplace_back(value);
  if (key == "prelude") finding.compiled.prelude = value;
  if (key == "configuration") finding.compiled.config = value;
  if (key == "done by") finding.author = value;
  if (key == "answers") finding.answers = value == "wrongly";
  if (key == "phase") finding.phase = value;
  if (key == "differs") finding.aspect = value;
  if (key == "first seen after") {
    const std::string text(value);
    std::sscanf(text.c_str(), "%lf s and %" SCNu64, &finding.first.seconds, &finding.first.execs);
  }
  if (key == "warn") finding.warn = true;
  if (key == "held against") finding.release = value;
  if (key == "release breaks it as") finding.release_breaks = value;
  if (key == "known as") finding.known_as = value;
  if (key == "same as") finding.verdict.same_as = value;
  if (key == "seed") number(finding.seed);
  if (key == "invariant") finding.verdict.invariant = value;
  if (key == "after op line") number(finding.verdict.op_line);
  if (key == "shrunk") finding.shrunk = value == "fully";
  if (key == "run alone") finding.reproduces = value == "fails too";
  if (key == "what") {
    std::string& what = finding.verdict.what;
    absl::StrAppend(&what, what.empty() ? "" : "\n", std::string(value));
  }
  return true;
}

}  // namespace

size_t OpLines(const Finding& finding) {
  return finding.target->language ? LinesOf(finding.text).size() : OpNames(finding.text).size();
}

std::string FunctionOf(const Finding& finding) {
  return finding.author.substr(0, finding.author.find(' '));
}

std::vector<std::string> CausesOf(const Finding& finding) {
  const std::string on = OnWhat(finding);
  std::vector<std::string> causes;
  if (const std::string quirks = ExplanationOf(finding); !quirks.empty()) {
    causes.push_back(absl::StrCat(on, "|quirks|", quirks));
    if (!finding.known_as.empty()) return causes;
  }
  // What breaks may be no more than what the release has; an answer that is wrong is not.
  const std::string of = finding.answers ? "" : finding.release_breaks;
  if (!finding.author.empty()) {
    causes.push_back(absl::StrCat(on, "|", of, "|by|", FunctionOf(finding)));
  }
  if (!causes.empty()) return causes;
  const Verdict& verdict = finding.verdict;
  return {absl::StrCat(on, "|", verdict.invariant, "|", of, "|",
                       finding.aspect.empty() ? WithoutNumbers(verdict.what) : finding.aspect)};
}

bool SameCause(const Finding& one, const Finding& other) {
  const std::vector<std::string> causes = CausesOf(other);
  return std::ranges::any_of(CausesOf(one), [&causes](const std::string& cause) {
    return std::ranges::find(causes, cause) != causes.end();
  });
}

std::string CauseOf(const Finding& finding) { return CausesOf(finding).front(); }

std::string CauseName(const Finding& finding) {
  if (std::string quirks = ExplanationOf(finding); !quirks.empty()) return quirks;
  const std::string& invariant = finding.verdict.invariant;
  if (finding.answers) return absl::StrCat(finding.author, " answers wrongly");
  if (!finding.author.empty()) return absl::StrCat(finding.author, " breaks ", invariant);
  return finding.verdict.violation() ? absl::StrCat("breaks ", invariant) : invariant;
}

std::string FileName(const Finding& finding) {
  const Verdict& verdict = finding.verdict;
  const std::string way =
      absl::StrCat(CauseOf(finding), "|", finding.aspect, "|", WithoutNumbers(verdict.what));
  return absl::StrFormat("%s.%s.%08x.kho", std::string(finding.target->name), verdict.invariant,
                         Hash(way) >> 32);
}

std::string ReplayCommand(const Finding& finding, const fs::path& path) {
  const std::string file = ShellQuoted(WholePath(path).string());
  const std::string program = ShellQuoted(OwnCommand());
  std::string compiled;
  if (!finding.compiled.prelude.empty()) {
    absl::StrAppend(&compiled, " --prelude ", ShellQuoted(finding.compiled.prelude));
  }
  if (!finding.compiled.config.empty()) {
    absl::StrAppend(&compiled, " --config ", ShellQuoted(finding.compiled.config));
  }
  if (!finding.aspect.empty() && !finding.trees.empty()) {
    // What only a comparison shows: with the model, or of two trees.
    std::string command = program + (finding.trees.size() == 1 ? " linux check" : " linux diff");
    for (const std::string& tree : finding.trees) {
      absl::StrAppend(&command, " ", ShellQuoted(tree));
    }
    return absl::StrCat(command, compiled, " ", file);
  }
  std::string command =
      absl::StrCat(program, " replay --target ", std::string(finding.target->name));
  if (finding.design != "intended") {
    absl::StrAppend(&command, " --design ", ShellQuoted(finding.design));
  }
  for (const std::string& tree : finding.trees) {
    absl::StrAppend(&command, " --linux ", ShellQuoted(tree));
  }
  absl::StrAppend(&command, compiled);
  if (finding.warn) absl::StrAppend(&command, " --warn");
  // Else what is known would be no finding.
  if (!finding.trees.empty() && !finding.known_as.empty())
    absl::StrAppend(&command, " --known none");
  return absl::StrCat(command, " ", file);
}

std::string ReportCommand(const Finding& finding, const fs::path& path) {
  if (finding.target->language) return "";
  return absl::StrCat(ShellQuoted(OwnCommand()), " report ", ShellQuoted(WholePath(path).string()));
}

std::string FormatFinding(const Finding& finding, const std::filesystem::path& path) {
  std::string text(kFirstLine);
  const auto comment = [&text](const char* key, const auto& value) {
    absl::StrAppend(&text, "# ", key, ": ", value, "\n");
  };
  comment("target", std::string(finding.target->name));
  comment("design", finding.design);
  for (const std::string& tree : finding.trees) comment("linux", tree);
  if (!finding.compiled.prelude.empty()) comment("prelude", finding.compiled.prelude);
  if (!finding.compiled.config.empty()) comment("configuration", finding.compiled.config);
  comment("seed", finding.seed);
  comment("invariant", finding.verdict.invariant);
  for (const std::string_view line : LinesOf(finding.verdict.what)) {
    comment("what", Printable(line));
  }
  if (finding.verdict.op_line != 0) comment("after op line", finding.verdict.op_line);
  if (!finding.author.empty()) comment("done by", finding.author);
  if (finding.answers) comment("answers", "wrongly");
  if (!finding.phase.empty()) comment("phase", finding.phase);
  if (!finding.aspect.empty()) comment("differs", finding.aspect);
  if (finding.first.execs != 0) {
    comment("first seen after",
            absl::StrFormat("%.3f s and %d execs", finding.first.seconds, finding.first.execs));
  }
  if (finding.warn) comment("warn", "is a finding");
  if (!finding.release.empty()) comment("held against", finding.release);
  if (!finding.release_breaks.empty()) comment("release breaks it as", finding.release_breaks);
  if (!finding.known_as.empty()) comment("known as", finding.known_as);
  if (!finding.verdict.same_as.empty()) comment("same as", finding.verdict.same_as);
  comment("shrunk", finding.shrunk ? "fully" : "partly");
  if (!finding.reproduces) comment("run alone", "nothing is broken");
  comment("replay", ReplayCommand(finding, path));
  return absl::StrCat(text, std::string(kLastLine), finding.text);
}

std::optional<Finding> ParseFinding(std::string_view text) {
  if (!text.starts_with(kFirstLine)) return std::nullopt;
  text.remove_prefix(kFirstLine.size());
  Finding finding;
  while (!text.starts_with(kLastLine)) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos || !text.starts_with("# ")) return std::nullopt;
    const std::string_view line = text.substr(2, end - 2);
    const size_t colon = line.find(": ");
    if (colon == std::string_view::npos) return std::nullopt;
    if (!TakeComment(line.substr(0, colon), line.substr(colon + 2), finding)) return std::nullopt;
    text.remove_prefix(end + 1);
  }
  if (finding.target == nullptr) return std::nullopt;
  finding.text = text.substr(kLastLine.size());
  return finding;
}

std::string SavedForm(const Finding& finding, const std::filesystem::path& path) {
  return finding.target->language ? finding.text : FormatFinding(finding, path);
}

bool Simpler(const Finding& a, const Finding& b) {
  const size_t ops_a = OpLines(a);
  const size_t ops_b = OpLines(b);
  return ops_a != ops_b ? ops_a < ops_b : a.text.size() < b.text.size();
}

std::string TellRelease(const Finding& finding) {
  const std::string release = finding.release.empty() ? finding.design : finding.release;
  if (finding.release.empty() && !finding.known_as.empty()) {
    // Of a design, all that breaks is of its quirks.
    return absl::StrCat("It takes ", finding.known_as, ".");
  }
  if (!finding.known_as.empty()) {
    return absl::StrCat(release, " has it too, as ", finding.known_as, ".");
  }
  if (finding.release_breaks.empty()) return "";
  return absl::StrCat(
      release, " breaks the same invariant here, as ", finding.release_breaks,
      ", though it ends in other states: this may be that bug alone, or one of the tree's own "
      "beside it. `linux check --base` tells them apart.");
}

std::string TellAuthor(const Finding& finding) {
  if (finding.author.empty()) return "";
  return absl::StrCat("done by ", finding.author, finding.answers ? ", which answers wrongly" : "",
                      finding.phase.empty() ? "" : absl::StrCat(", shows in: ", finding.phase));
}

std::string TellFinding(const Finding& finding, const std::filesystem::path& path) {
  const Verdict& verdict = finding.verdict;
  std::string story = absl::StrCat("FINDING  ", std::string(finding.target->name), ": ");
  if (const auto invariant = InvariantBySlug(verdict.invariant)) {
    absl::StrAppend(&story, "breaks ", verdict.invariant,
                    "\n  what must hold: ", std::string(Info(*invariant).statement), "\n");
  } else {
    absl::StrAppend(&story, verdict.invariant, "\n");
  }
  bool first = true;
  for (const std::string_view line : LinesOf(verdict.what)) {
    absl::StrAppend(&story, first ? "  what happens:   " : "                  ", Printable(line),
                    "\n");
    first = false;
  }
  const size_t ops = OpLines(finding);
  const char* const unit = finding.target->language ? "line" : "op line";
  absl::StrAppend(&story, "  ", finding.shrunk ? "shrunk to " : "so far shrunk to ", ops, " ", unit,
                  ops == 1 ? "" : "s");
  if (verdict.op_line > ops) {
    absl::StrAppend(&story, ", broken at the end");
  } else if (verdict.op_line != 0 && !finding.target->language) {
    absl::StrAppend(&story, ", broken after op line ", verdict.op_line);
  }
  if (finding.design != "intended") absl::StrAppend(&story, ", on design ", finding.design);
  for (const std::string& tree : finding.trees) absl::StrAppend(&story, ", on ", tree);
  if (!finding.compiled.config.empty()) {
    absl::StrAppend(&story, ", configuration: ", finding.compiled.config);
  }
  absl::StrAppend(&story, ":\n\n");
  for (const std::string_view line : LinesOf(finding.text)) {
    absl::StrAppend(&story, "    ", Printable(line), "\n");
  }
  if (const std::string author = TellAuthor(finding); !author.empty()) {
    absl::StrAppend(&story, "\n  ", author, "\n");
  }
  if (const std::string release = TellRelease(finding); !release.empty()) {
    absl::StrAppend(&story, "\n  ", release, "\n");
  }
  if (!finding.verdict.same_as.empty()) {
    absl::StrAppend(&story, "\n  The catalogue's ", finding.verdict.same_as,
                    " does the same; the tree's release is not known for it.\n");
  }
  if (!finding.reproduces) {
    absl::StrAppend(&story, "\n  Run alone it breaks nothing: it depends on what ran before.\n");
  }
  for (const std::string& booted : TellBooted(finding, path)) {
    absl::StrAppend(&story, "\n  ", booted, "\n");
  }
  absl::StrAppend(&story, "\n  file:   ", WholePath(path).string(),
                  "\n  replay: ", ReplayCommand(finding, path), "\n");
  if (const std::string report = ReportCommand(finding, path); !report.empty()) {
    absl::StrAppend(&story, "  report: ", report, "\n");
  }
  if (const std::string confirm = ConfirmCommand(finding, path); !confirm.empty()) {
    absl::StrAppend(&story, "  not tried on a booted kernel: ", confirm, "\n");
  }
  return story;
}

}  // namespace khofuzz
