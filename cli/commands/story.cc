#include "cli/commands/story.h"

#include <ostream>
#include <sstream>

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

void TellVerdict(const Report& report, const Scenario& scenario, std::string_view design,
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

void TellDesign(const Scenario& scenario, const Target& target, const Design& design,
                std::ostream& out) {
  const Report intended = RunScenario(scenario, target);
  out << "\nThe intended design " << (intended.ok() ? "holds" : "breaks too")
      << " on the same scenario.\n";
  for (const QuirkInfo& quirk : QuirkCatalogue()) {
    if (design.Has(quirk.quirk)) {
      out << "\n" << quirk.name << ": " << quirk.what << "\n  source: " << quirk.source << "\n";
    }
  }
}

}  // namespace

Telling TellStory(const Scenario& scenario, const Target& target, const Design& design,
                  std::string_view design_name) {
  Telling telling{.played = Play(scenario, target, design)};
  std::ostringstream story;
  TellOps(scenario, telling.played, story);
  TellVerdict(telling.played.state->report, scenario, design_name, story);
  if (!design.intended()) TellDesign(scenario, target, design, story);
  telling.text = story.str();
  return telling;
}

}  // namespace khofuzz
