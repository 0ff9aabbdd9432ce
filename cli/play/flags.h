// The command line options that say what scenarios are played on.
#ifndef KHOFUZZ_CLI_PLAY_FLAGS_H_
#define KHOFUZZ_CLI_PLAY_FLAGS_H_

#include "cli/play/player.h"

namespace CLI {
class App;
}

namespace khofuzz {

// --prelude alone.
void AddPrelude(CLI::App& command, std::string& prelude);
// --prelude, --config.
void AddCompiledAs(CLI::App& command, CompiledAs& compiled);
// --design, --linux (any number), --known, --prelude, --config, --warn.
void AddPlayedOn(CLI::App& command, PlayedOn& on);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_PLAY_FLAGS_H_
