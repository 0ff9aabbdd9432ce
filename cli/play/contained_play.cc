#include "cli/play/contained_play.h"

#include "scenario/playing/run.h"

namespace khofuzz {

ProcessLoss PlayAside(const Scenario& scenario, const Target& target, const Subject& subject,
                      double seconds) {
  const auto done = RunContained(
      [&] {
        (void)RunScenario(scenario, target, subject);
        return std::string();
      },
      {.seconds = seconds});
  return done.ok() ? done->loss : ProcessLoss{};
}

}  // namespace khofuzz
