#include <ostream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "cli/commands/commands.h"
#include "cli/commands/exit_code.h"
#include "cli/commands/play.h"
#include "cli/commands/scenario_map.h"
#include "cli/map/svg.h"
#include "scenario/run.h"
#include "scenario/text.h"

namespace khofuzz {
namespace {

// The lines of the scenario, each op with what came of it.
void TellOps(const Scenario& scenario, const Played& played, std::ostream& out) {
  out << "The machine\n";
  if (scenario.machine.empty()) out << "  (the default: 16M on one node, tiny geometry)\n";
  for (const MachineLine& line : scenario.machine) out << "  " << Print(line) << "\n";
  out << "\nWhat happened\n";
  for (size_t i = 0; i < played.lines.size(); ++i) {
    out << "  " << i + 1 << ". " << Print(scenario.ops[i]) << "\n";
    if (!played.lines[i].empty()) out << "       -> " << played.lines[i] << "\n";
  }
  if (played.lines.size() < scenario.ops.size()) {
    out << "  (" << scenario.ops.size() - played.lines.size()
        << " more op lines were not reached)\n";
  }
}

void TellVerdict(const Report& report, const Scenario& scenario, const std::string& design,
                 std::ostream& out) {
  if (report.ok()) {
    out << "\nNothing is broken on design " << design << ".\n";
  } else {
    out << "\nBroken on design " << design << "\n";
  }
  for (const Violation& violation : report.violations()) {
    const InvariantInfo& info = Info(violation.invariant);
    out << "  " << info.slug << ", " << WhenBroken(violation, scenario)
        << "\n    should be: " << info.statement << "\n    is: " << violation.what << "\n";
  }
  out << "\nPremises that held\n";
  for (const InvariantInfo& info : InvariantCatalogue()) {
    if (const uint64_t n = report.premises(info.invariant); n != 0) {
      out << "  " << info.slug << ": " << n << " times\n";
    }
  }
}

}  // namespace

int ExplainCommand(const ExplainOptions& options, std::ostream& out, std::ostream& err) {
  const auto bad = [&err](const absl::Status& status) {
    err << "khofuzz explain: " << status.message() << "\n";
    return kExitBad;
  };
  const auto design = Design::Parse(options.scenario.design);
  if (!design.ok()) return bad(design.status());
  const auto file = LoadScenario(options.path, options.scenario);
  if (!file.ok()) return bad(file.status());

  const Played played = Play(file->scenario, *file->target, *design);
  const Report& report = played.state->report;
  std::ostringstream story;
  story << options.path.string() << ", as " << file->target->name << "\n\n";
  TellOps(file->scenario, played, story);
  TellVerdict(report, file->scenario, options.scenario.design, story);
  if (!design->intended()) {
    const Report intended = RunScenario(file->scenario, *file->target);
    story << "\nThe intended design " << (intended.ok() ? "holds" : "breaks too")
          << " on the same scenario.\n";
    for (const QuirkInfo& quirk : QuirkCatalogue()) {
      if (design->Has(quirk.quirk)) {
        story << "\n" << quirk.name << ": " << quirk.what << "\n  source: " << quirk.source << "\n";
      }
    }
  }
  if (options.html.empty()) {
    out << story.str();
  } else {
    MemoryMap map = MapOf(*played.state, options.path.filename().string());
    map.facts.push_back({"story", story.str()});
    const absl::Status written = WriteFileAtomically(options.html, RenderHtml(map));
    if (!written.ok()) return bad(written);
    out << "wrote " << options.html.string() << "\n";
  }
  return report.ok() ? kExitFine : kExitFinding;
}

}  // namespace khofuzz
