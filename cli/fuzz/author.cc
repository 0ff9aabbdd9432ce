#include "cli/fuzz/author.h"

#include "scenario/explaining/author.h"

namespace khofuzz {

Culprit CulpritOf(const Scenario& scenario, const Target& target, const Player& player) {
  player.set_telling(true);
  const auto stories = StoriesOf(scenario, target, player.subject());
  player.set_telling(false);
  if (!stories.has_value()) return {};
  return {Describe(stories->author), stories->author.answers};
}

}  // namespace khofuzz
