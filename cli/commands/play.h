// Playing a scenario file the way its target does.
#ifndef KHOFUZZ_CLI_COMMANDS_PLAY_H_
#define KHOFUZZ_CLI_COMMANDS_PLAY_H_

#include "cli/commands/files.h"
#include "core/designs/design.h"
#include "oracle/report.h"

namespace khofuzz {

// The report of the file's target: its ops, or for the target of the language, its bytes.
Report PlayFile(const ScenarioFile& file, const Design& design);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_COMMANDS_PLAY_H_
