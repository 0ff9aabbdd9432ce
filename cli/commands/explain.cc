#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/commands/commands.h"
#include "cli/commands/exit_code.h"
#include "cli/commands/play.h"
#include "cli/commands/story.h"
#include "cli/commands/story_page.h"
#include "core/designs/named.h"

namespace khofuzz {
namespace {

// Whether the model does the same with quirks switched on.
std::string KnownText(const Player& player, const Scenario& scenario, const Target& target) {
  const auto explained = player.Explain(scenario, target);
  if (!explained.has_value()) return "Not known: the model does this with no catalogued quirk.\n";
  std::string text =
      absl::StrCat(explained->known ? "Known" : "Not known of this tree, but catalogued",
                   ": the model comes to the same states as ", explained->quirks, "\n");
  const std::vector<std::string> names = absl::StrSplit(explained->quirks, absl::ByAnyChar("+,"));
  const auto tell = [&](const auto& row) {
    absl::StrAppend(&text, "  ", names.size() == 1 ? "" : absl::StrCat(std::string(row.name), ": "),
                    std::string(row.what), "\n    source: ", std::string(row.source), "\n");
  };
  for (const std::string& name : names) {
    if (const QuirkInfo* const quirk = FindQuirk(name)) tell(*quirk);
    if (const NamedDesign* const named = FindNamedDesign(name)) tell(*named);
  }
  return text;
}

}  // namespace

int ExplainCommand(const ExplainOptions& options, std::ostream& out, std::ostream& err) {
  const auto bad = [&err](const absl::Status& status) {
    err << "khofuzz explain: " << status.message() << "\n";
    return kExitBad;
  };
  const auto player = PlayerFor(options.scenario, err);
  if (!player.ok()) return bad(player.status());
  player->set_telling(true);
  const auto file = LoadScenario(options.path, options.scenario);
  if (!file.ok()) return bad(file.status());

  const Telling telling =
      TellStory(file->scenario, *file->target, player->subject(), player->name());
  std::string story = absl::StrCat(options.path.string(), ", as ", std::string(file->target->name),
                                   "\n\n", telling.text);
  if (player->on_trees() && !telling.played.state->report.ok()) {
    absl::StrAppend(&story, "\n", KnownText(*player, file->scenario, *file->target));
  }
  if (options.html.empty()) {
    out << story;
  } else {
    const absl::Status written = WriteFileAtomically(
        options.html,
        StoryPage(telling, file->scenario, options.path.filename().string(), player->name()));
    if (!written.ok()) return bad(written);
    out << "wrote " << options.html.string() << "\n";
  }
  return telling.played.state->report.ok() ? kExitFine : kExitFinding;
}

}  // namespace khofuzz
