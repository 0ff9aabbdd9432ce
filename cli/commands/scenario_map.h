// A scenario's machine as it stood at the end, for drawing.
#ifndef KHOFUZZ_CLI_COMMANDS_SCENARIO_MAP_H_
#define KHOFUZZ_CLI_COMMANDS_SCENARIO_MAP_H_

#include <string>

#include "cli/map/memory_map.h"
#include "scenario/playing/state.h"

namespace khofuzz {

MemoryMap MapOf(const State& state, std::string title);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_COMMANDS_SCENARIO_MAP_H_
