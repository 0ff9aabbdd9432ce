// Scenario files.
#ifndef KHOFUZZ_CLI_COMMANDS_FILES_H_
#define KHOFUZZ_CLI_COMMANDS_FILES_H_

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/play/player.h"
#include "core/designs/lineage.h"
#include "oracle/invariant.h"
#include "scenario/language/scenario.h"
#include "scenario/language/targets.h"

namespace khofuzz {

// The regular files at or below `path`, and links that lead nowhere, sorted; `path` itself if it is
// a regular file. NotFound.
absl::StatusOr<std::vector<std::filesystem::path>> FilesBelow(const std::filesystem::path& path);

// What a scenario file is run as.
struct ScenarioFile {
  std::filesystem::path path;
  std::string text;
  Scenario scenario;
  const Target* target = nullptr;
  // What the file says of itself in its first comments: "# design: NAME", played where no other is
  // asked for, and "# breaks: INVARIANT", which it is then expected to do.
  std::optional<Lineage> design{};
  std::optional<Invariant> breaks{};
  // That its "# design:" has a former name (RenamingHint()), to be said; empty: it has not.
  std::string renamed{};
  size_t skipped = 0;  // lines that made no sense, read leniently
};

// How commands take scenario files.
struct ScenarioOptions {
  std::string target;  // empty: told by the file's place or name, see TargetOf()
  PlayedOn on{};
  // For building trees.
  std::string root{};
  std::string bin_dir{};
  bool lenient = false;  // as fuzz input: lines that make no sense are skipped
  // What a scenario may take; unset: see LimitsFor().
  std::optional<double> time_limit{};  // seconds
  std::optional<uint64_t> memory_limit_mb{};
};

// The target that a path names: its folder is one (corpus/seeds/fuzz_extend/x.kho), or a part of
// its name between dots is (a-quirk.undo.fuzz_radix_tree.kho, fuzz_extend.undo.1234.kho); else all
// ops.
const Target& TargetOf(const std::filesystem::path& path);

// Reads one file. Errors name the file, then line and column.
absl::StatusOr<ScenarioFile> LoadScenario(const std::filesystem::path& path,
                                          const ScenarioOptions& options);
// Of the files of a folder: one that is no scenario and need not be, since its name does not end in
// .kho and LoadScenario() refused it, or found neither a machine line nor an op.
bool IsStray(const std::filesystem::path& path, const absl::StatusOr<ScenarioFile>& loaded);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_COMMANDS_FILES_H_
