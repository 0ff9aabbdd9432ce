// The story of a scenario on a design, as `explain` and the judge's page tell it.
#ifndef KHOFUZZ_CLI_COMMANDS_STORY_H_
#define KHOFUZZ_CLI_COMMANDS_STORY_H_

#include <string>
#include <string_view>

#include "core/designs/design.h"
#include "scenario/run.h"
#include "scenario/scenario.h"
#include "scenario/targets.h"

namespace khofuzz {

struct Telling {
  std::string text;  // for people, several lines
  Played played;     // what is told of
};

// Plays the scenario and tells it: the machine, the ops and what came of each, what is broken and
// what should have been, how often premises held; for a design with quirks also what they are and
// how intended fares. `design_name` is how the design is called.
Telling TellStory(const Scenario& scenario, const Target& target, const Design& design,
                  std::string_view design_name);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_COMMANDS_STORY_H_
