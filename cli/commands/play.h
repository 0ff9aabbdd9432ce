// Playing a scenario file the way its target does.
#ifndef KHOFUZZ_CLI_COMMANDS_PLAY_H_
#define KHOFUZZ_CLI_COMMANDS_PLAY_H_

#include <ostream>

#include "cli/commands/files.h"
#include "cli/play/player.h"
#include "oracle/report.h"

namespace khofuzz {

// The report of the file's target: its ops, or for the target of the language, its bytes.
Report PlayFile(const ScenarioFile& file, const Subject& subject);

// What `options` say files are played on; trees that have changed are built, with a line each to
// `err`.
absl::StatusOr<Player> PlayerFor(const ScenarioOptions& options, std::ostream& err);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_COMMANDS_PLAY_H_
