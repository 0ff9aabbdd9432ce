#include "cli/linux/tree_facts.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <system_error>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "system/files.h"
#include "system/process.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

constexpr double kGitSeconds = 20;  // --dirty looks at every file of the tree

// VERSION, PATCHLEVEL, SUBLEVEL and EXTRAVERSION, as the top Makefile begins with them.
std::string ReleaseOf(const fs::path& tree) {
  const auto makefile = ReadText(tree / "Makefile");
  if (!makefile.ok()) return "";
  constexpr std::array<std::string_view, 4> kNames = {"VERSION", "PATCHLEVEL", "SUBLEVEL",
                                                      "EXTRAVERSION"};
  std::array<std::string, 4> values;
  std::istringstream lines(*makefile);
  for (std::string line; std::getline(lines, line);) {
    const size_t equals = line.find('=');
    if (equals == std::string::npos) continue;
    const std::string name(absl::StripAsciiWhitespace(line.substr(0, equals)));
    const auto at = std::ranges::find(kNames, name);
    if (at == kNames.end()) continue;
    std::string& value = values[static_cast<size_t>(at - kNames.begin())];
    if (value.empty()) value = std::string(absl::StripAsciiWhitespace(line.substr(equals + 1)));
  }
  if (values[0].empty() || values[1].empty()) return "";
  return absl::StrCat(values[0], ".", values[1], values[2].empty() ? "" : ".", values[2],
                      values[3]);
}

// What git says of the tree, without blanks around it; empty if it is none of its own.
std::string AskGit(const fs::path& tree, const std::vector<std::string>& question) {
  std::error_code error;
  // A file where it is a worktree. A tree in some folder of another checkout is not that commit's.
  if (!fs::exists(tree / ".git", error)) return "";
  std::vector<std::string> command = {"/usr/bin/env", "git", "-C", tree.string(),
                                      "--no-optional-locks"};
  command.insert(command.end(), question.begin(), question.end());
  const auto run = RunToEnd(command, kGitSeconds);
  if (!run.ok() || run->timed_out || !run->end.ok()) return "";
  return std::string(absl::StripAsciiWhitespace(run->output));
}

std::string CommitOf(const fs::path& tree) {
  return AskGit(tree, {"describe", "--always", "--dirty"});
}

}  // namespace

TreeFacts FactsOf(const fs::path& tree, const CompiledAs& compiled) {
  std::error_code error;
  fs::path path = fs::absolute(tree, error).lexically_normal();
  if (path.filename().empty()) path = path.parent_path();
  return {.path = path.string(),
          .name = path.filename().string(),
          .release = ReleaseOf(path),
          .config = NameUnlessDefault(compiled.config),
          .commit = CommitOf(path)};
}

std::string CommitIdOf(const fs::path& tree) { return AskGit(tree, {"rev-parse", "HEAD"}); }

std::string Sha256Of(const fs::path& file) {
  const auto run = RunToEnd({"/usr/bin/env", "sha256sum", "--", file.string()}, kGitSeconds);
  if (!run.ok() || run->timed_out || !run->end.ok()) return "";
  constexpr size_t kDigits = 64;
  return run->output.substr(0, std::min(kDigits, run->output.size()));
}

std::string Title(const TreeFacts& facts) {
  std::string more = facts.release;
  if (!facts.commit.empty()) absl::StrAppend(&more, more.empty() ? "" : ", ", facts.commit);
  if (!facts.config.empty()) {
    absl::StrAppend(&more, more.empty() ? "" : ", ", "configuration: ", facts.config);
  }
  return more.empty() ? facts.name : absl::StrCat(facts.name, " (", more, ")");
}

}  // namespace khofuzz
