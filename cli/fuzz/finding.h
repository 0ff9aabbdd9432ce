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
#include "scenario/language/targets.h"

namespace khofuzz {

struct Finding {
  const Target* target = nullptr;
  std::string design = "intended";
  std::vector<std::string> trees{};  // it was found on these, by their folders
  std::string prelude{};             // and with this C file, if any (PlayedOn)
  uint64_t seed = 0;                 // of the search that came upon it
  Verdict verdict;
  std::string text;        // the input; canonical, unless the target plays the language itself
  bool shrunk = false;     // as small as it gets; else the time ran out, or it has just been found
  bool reproduces = true;  // it fails also when it is run alone
  std::string known_as{};  // the quirks that explain it, of those that the tree is known for
  std::string author{};    // the kernel function at work, and its line, where that is known
};

// How many op lines the input has; for a target of the language, how many lines.
size_t OpLines(const Finding& finding);

// What makes two findings one: target, design, invariant, the quirk that explains it if one does,
// the kinds of op in the input, and what was said apart from its figures.
std::string Signature(const Finding& finding);

// `a` is all there is to `b`: the same but for further kinds of op in b, which it may well do
// without.
bool Explains(const Finding& a, const Finding& b);

// TARGET.INVARIANT.HASH.kho, the hash that of the signature: one finding, one file, from run to
// run.
std::string FileName(const Finding& finding);

// ./khofuzz replay --target T [--design D] FILE, as one types it into a shell.
std::string ReplayCommand(const Finding& finding, const std::filesystem::path& path);

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

// For people: what is broken, the input, the file, how to see it again.
std::string TellFinding(const Finding& finding, const std::filesystem::path& path);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_FUZZ_FINDING_H_
