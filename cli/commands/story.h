// The story of a scenario on a design, as `explain` and the judge's page tell it.
#ifndef KHOFUZZ_CLI_COMMANDS_STORY_H_
#define KHOFUZZ_CLI_COMMANDS_STORY_H_

#include <string>
#include <string_view>
#include <vector>

#include "cli/map/memory_map.h"
#include "scenario/explaining/author.h"
#include "scenario/language/scenario.h"
#include "scenario/language/targets.h"
#include "scenario/playing/run.h"
#include "scenario/playing/subject.h"

namespace khofuzz {

struct Telling {
  // A part of the text under its title; ends with a newline.
  struct Section {
    std::string title;
    std::string text;
    bool of_memory = false;  // what happened to the memory at fault
  };
  // The machine at a moment.
  struct Picture {
    std::string caption;
    MemoryMap map;
  };

  std::string text;  // for people: all sections
  Played played;     // what is told of, to its end
  std::vector<Section> sections;
  // Before the op that breaks something, when it is broken, and beside it at that moment; if
  // nothing is, after the last op.
  std::vector<Picture> pictures;
  // What happened to the memory at fault, on what was played and, unless that is intended, on the
  // nearest designs that hold; empty where no whole kernels run, or nothing is broken.
  Stories stories;
  std::string beside_name;  // of those designs
};

// Plays the scenario and tells it: the machine, the ops and what came of each, what is broken and
// what should have been, all that was done to the memory at fault, how often premises held; for a
// design with quirks also what they are and how intended fares. `design_name` is how the design is
// called.
Telling TellStory(const Scenario& scenario, const Target& target, const Subject& subject,
                  std::string_view design_name);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_COMMANDS_STORY_H_
