#include <ostream>

#include "absl/strings/str_cat.h"
#include "cli/commands/commands.h"
#include "cli/commands/exit_code.h"
#include "cli/commands/story.h"
#include "cli/commands/story_page.h"

namespace khofuzz {

int ExplainCommand(const ExplainOptions& options, std::ostream& out, std::ostream& err) {
  const auto bad = [&err](const absl::Status& status) {
    err << "khofuzz explain: " << status.message() << "\n";
    return kExitBad;
  };
  const auto design = Design::Parse(options.scenario.design);
  if (!design.ok()) return bad(design.status());
  const auto file = LoadScenario(options.path, options.scenario);
  if (!file.ok()) return bad(file.status());

  const Telling telling =
      TellStory(file->scenario, *file->target, *design, options.scenario.design);
  const std::string story = absl::StrCat(options.path.string(), ", as ",
                                         std::string(file->target->name), "\n\n", telling.text);
  if (options.html.empty()) {
    out << story;
  } else {
    const absl::Status written = WriteFileAtomically(
        options.html, StoryPage(telling, file->scenario, options.path.filename().string(),
                                options.scenario.design));
    if (!written.ok()) return bad(written);
    out << "wrote " << options.html.string() << "\n";
  }
  return telling.played.state->report.ok() ? kExitFine : kExitFinding;
}

}  // namespace khofuzz
