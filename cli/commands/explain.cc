#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/commands/commands.h"
#include "cli/commands/contained_file.h"
#include "cli/commands/exit_code.h"
#include "cli/commands/play.h"
#include "cli/commands/story.h"
#include "cli/commands/story_page.h"
#include "cli/map/xml.h"
#include "core/designs/named.h"
#include "scenario/playing/state.h"
#include "system/files.h"
#include "system/terminal.h"

namespace khofuzz {
namespace {

// What each of them is: of several names joined all, since all are needed.
std::string TellQuirks(const std::string& quirks) {
  std::string text;
  const std::vector<std::string> names = absl::StrSplit(quirks, absl::ByAnyChar("+,"));
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

// Whether the model does the same with quirks switched on.
std::string KnownText(const Naming& naming, const Player& player) {
  if (!naming.trouble.empty()) {
    return absl::StrCat("Whether it is known could not be found out: ", naming.trouble, "\n");
  }
  const auto& explained = naming.explained;
  if (!naming.release_breaks.empty()) {
    return absl::StrCat("Not known as it is. ", TellReleaseToo(naming, player), ".\n",
                        TellQuirks(naming.release_breaks));
  }
  if (!explained.has_value()) {
    return "Not known: with no quirk of the catalogue does the model end in these states.\n";
  }
  std::string text =
      absl::StrCat(explained->known ? "Known" : "Not known of this tree, but catalogued",
                   ": the model comes to the same states as ", explained->quirks, "\n");
  return text + TellQuirks(explained->quirks);
}

}  // namespace

int ExplainCommand(const ExplainOptions& options, std::ostream& out, std::ostream& err) {
  const auto bad = [&err](const absl::Status& status) { return TellBad(err, "explain", status); };
  const absl::Status sound = CheckScenarioOptions(options.scenario);
  if (!sound.ok()) return bad(sound);
  const auto player = PlayerFor(options.scenario, err);
  if (!player.ok()) return bad(player.status());
  player->set_telling(true);
  const auto file = LoadScenario(options.path, options.scenario);
  if (!file.ok()) return bad(file.status());
  if (!file->renamed.empty()) err << "note: " << file->renamed << "\n";
  const absl::Status playable = CheckPlayable(*file, *player);
  if (!playable.ok()) return bad(playable);

  const Limits limits = LimitsFor(options.scenario);
  const bool page = !options.html.empty();
  // "holds" or "broken", then the story.
  const auto told = RunContained(
      [&] {
        const Telling telling = TellStory(file->scenario, *file->target, SubjectOf(*file, *player),
                                          DesignOf(*file, *player));
        const Answer answer = AnswerOf(telling.played);
        const std::string preface = Preface(*file, telling.played.state->life().boots());
        return absl::StrCat(
            answer.kind == Answer::Kind::kBreaks    ? "broken"
            : answer.kind == Answer::Kind::kNothing ? "nothing"
                                                    : "holds",
            "\n",
            page ? StoryPage(telling, file->scenario, options.path.filename().string(),
                             player->name())
                 : absl::StrCat(preface.empty() ? "" : preface + "\n\n", telling.text));
      },
      limits);
  if (!told.ok()) return bad(told.status());
  if (!told->loss.ok()) {
    out << Visible(options.path.string()) << ", as " << file->target->name << " on "
        << Visible(player->name()) << ": " << Name(told->loss.kind) << "\n  "
        << TellLoss(told->loss) << "\n";
    return kExitFinding;
  }
  const size_t head = told->result.find('\n');
  const bool broken = told->result.substr(0, head) == "broken";
  const bool nothing = told->result.substr(0, head) == "nothing";
  const std::string story = told->result.substr(head + 1);
  // What is known is no news, as everywhere; with --known none all is.
  const bool naming = broken && player->on_trees() && player->passes_known();
  const Naming named = naming ? NameFailure(*file, *player, limits) : Naming{};
  if (page) {
    std::string html = story;
    if (naming) {
      const size_t end = html.rfind("</body>");
      html.insert(end == std::string::npos ? html.size() : end,
                  absl::StrCat("<h2>Is it known?</h2>\n<pre>", EscapeXml(KnownText(named, *player)),
                               "</pre>\n"));
    }
    const absl::Status written = WriteFileAtomically(options.html, html);
    if (!written.ok()) return bad(written);
    out << "wrote " << Visible(options.html.string()) << "\n";
  } else {
    out << Visible(absl::StrCat(options.path.string(), ", as ", std::string(file->target->name),
                                "\n\n", story));
    if (naming) out << "\n" << KnownText(named, *player);
  }
  const bool known = named.explained.has_value() && named.explained->known;
  if (nothing) return kExitBad;
  return broken && !known ? kExitFinding : kExitFine;
}

}  // namespace khofuzz
