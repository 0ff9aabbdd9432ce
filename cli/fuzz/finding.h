// A finding: an input that breaks something, the file that keeps it, and the story of it.
#ifndef KHOFUZZ_CLI_FUZZ_FINDING_H_
#define KHOFUZZ_CLI_FUZZ_FINDING_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/fuzz/verdict.h"
#include "linux/build/configuration.h"
#include "scenario/language/targets.h"

namespace khofuzz {

// When a run first saw something.
struct FirstSight {
  double seconds = 0;  // since the run began
  uint64_t execs = 0;  // of all its targets until then

  friend bool operator==(const FirstSight&, const FirstSight&) = default;
};

struct Finding {
  const Target* target = nullptr;
  std::string design = "intended";   // a release's name, where it is one
  std::vector<std::string> trees{};  // it was found on these, by their folders
  CompiledAs compiled{};             // in this way
  bool warn = false;                 // with --warn
  uint64_t seed = 0;                 // of the search that came upon it
  Verdict verdict;
  std::string text;        // the input; canonical, unless the target plays the language itself
  bool shrunk = false;     // as small as it gets; else the time ran out, or it has just been found
  bool reproduces = true;  // it fails also when it is run alone
  std::string known_as{};  // the quirks that explain it, of those that the tree is known for
  std::string author{};    // the kernel function at work, and its line, where that is known
  bool answers = false;    // what is wrong is not what it does but what it answers
  // The phase of a boot in which it showed, "deferred init"; "running"; empty if unknown.
  std::string phase{};
  FirstSight first{};
  // On trees: the release that they are held against.
  std::string release{};
  // Its quirks with which that release breaks the same invariant at the same op, though it parts
  // from the tree otherwise: a bug that it has may be all there is to this.
  std::string release_breaks{};
  // Of a kernels-agree: what of the state differs, "struct pages". `linux check` shows it again,
  // of two trees `linux diff`.
  std::string aspect{};

  // The release that it is held against has it too.
  bool of_release() const { return !known_as.empty() || !release_breaks.empty(); }
};

// How many op lines the input has; for a target of the language, how many lines.
size_t OpLines(const Finding& finding);

// The author's function alone, "kho_populate()"; empty if nobody is known.
std::string FunctionOf(const Finding& finding);

// What makes two findings one, of whatever target, invariant and run: they are of the same design
// or trees, and have one of these in common. The quirks that explain it. Where it is not known for
// those: the function whose doing it is, whatever came of it. Where nobody knows either, what was
// said apart from figures. Never empty.
std::vector<std::string> CausesOf(const Finding& finding);
bool SameCause(const Finding& one, const Finding& other);
// The first of them.
std::string CauseOf(const Finding& finding);
// The cause for people: "kho-off-still-inherits", or "kho_populate() kernel/liveupdate/...:12
// breaks init-once".
std::string CauseName(const Finding& finding);

// TARGET.INVARIANT.HASH.kho, the hash that of its cause and of what was said apart from figures:
// one way to see a cause, one file, from run to run.
std::string FileName(const Finding& finding);

// How to see it again, as one types it into a shell in whatever folder: by `replay`, or by
// `linux check` what only the comparison with the model shows.
std::string ReplayCommand(const Finding& finding, const std::filesystem::path& path);
// The command that writes the report of it.
std::string ReportCommand(const Finding& finding, const std::filesystem::path& path);

// The content of the file at `path`: what is known, each on a comment line, then the input. Reads
// as a scenario.
std::string FormatFinding(const Finding& finding, const std::filesystem::path& path);
// Reads it back. Nullopt if it does not begin as such a file does, or names an unknown target.
std::optional<Finding> ParseFinding(std::string_view text);
// What to save where people look: FormatFinding(), but the bare input if the target plays its bytes
// (comments would change them).
std::string SavedForm(const Finding& finding, const std::filesystem::path& path);

// `a` is easier to understand: fewer op lines, else a shorter text.
bool Simpler(const Finding& a, const Finding& b);

// For people: "linux-7.3 has it too, as QUIRK"; empty if it has not, or nobody knows.
std::string TellRelease(const Finding& finding);
// For people: "done by kho_populate() kernel/liveupdate/...:12, shows in: deferred init"; empty if
// nobody is known.
std::string TellAuthor(const Finding& finding);
// For people: what is broken, the input, the file, how to see it again.
std::string TellFinding(const Finding& finding, const std::filesystem::path& path);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_FUZZ_FINDING_H_
