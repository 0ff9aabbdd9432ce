// Playing scenarios in processes of their own: a compiled tree may crash, hang or eat memory, and a
// scenario may ask for more than anybody wants to wait for.
#ifndef KHOFUZZ_CLI_PLAY_CONTAINED_PLAY_H_
#define KHOFUZZ_CLI_PLAY_CONTAINED_PLAY_H_

#include "scenario/language/scenario.h"
#include "scenario/language/targets.h"
#include "scenario/playing/subject.h"
#include "system/contained.h"

namespace khofuzz {

// Plays it for what it does to a process. A loss of no kind if it comes to its end, or if there is
// no process to be had.
ProcessLoss PlayAside(const Scenario& scenario, const Target& target, const Subject& subject,
                      double seconds);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_PLAY_CONTAINED_PLAY_H_
