// The command line options that say what scenarios are played on.
#ifndef KHOFUZZ_CLI_PLAY_FLAGS_H_
#define KHOFUZZ_CLI_PLAY_FLAGS_H_

#include "cli/play/player.h"

namespace CLI {
class App;
}

namespace khofuzz {

// --design, --linux (any number), --known.
void AddPlayedOn(CLI::App& command, PlayedOn& on);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_PLAY_FLAGS_H_
