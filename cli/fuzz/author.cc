#include "cli/fuzz/author.h"

#include "absl/strings/str_cat.h"
#include "scenario/explaining/author.h"

namespace khofuzz {

Culprit CulpritOf(const Scenario& scenario, const Target& target, const Player& player) {
  player.set_telling(true);
  const auto stories = StoriesOf(scenario, target, player.subject());
  player.set_telling(false);
  if (!stories.has_value()) return {};
  const Author& author = stories->author;
  if (author.function.empty()) return {};
  return {absl::StrCat(author.function, "()", author.source.empty() ? "" : " ", author.source),
          author.answers};
}

}  // namespace khofuzz
