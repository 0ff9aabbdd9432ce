#include <nlohmann/json.hpp>
#include <ostream>

#include "cli/commands/commands.h"
#include "cli/commands/exit_code.h"
#include "cli/commands/play.h"
#include "scenario/language.h"
#include "scenario/run.h"
#include "scenario/text.h"

namespace khofuzz {
namespace {

nlohmann::json ToJson(const ScenarioFile& file, const std::string& design, const Report& report) {
  nlohmann::json json = {{"file", file.path.string()},
                         {"target", std::string(file.target->name)},
                         {"design", design},
                         {"ops", file.scenario.ops.size()},
                         {"holds", report.ok()}};
  nlohmann::json premises = nlohmann::json::object();
  for (const InvariantInfo& info : InvariantCatalogue()) {
    if (const uint64_t n = report.premises(info.invariant); n != 0) {
      premises[std::string(info.slug)] = n;
    }
  }
  json["premises"] = premises;
  if (!report.ok()) {
    const Violation& violation = report.violations().front();
    json["invariant"] = std::string(Info(violation.invariant).slug);
    json["op_line"] = violation.op + 1;
    json["what"] = violation.what;
  }
  return json;
}

}  // namespace

absl::StatusOr<Player> PlayerFor(const ScenarioOptions& options, std::ostream& err) {
  return Player::Make(options.on,
                      {.root = options.root,
                       .bin_dir = options.bin_dir,
                       .progress = [&err](const std::string& line) { err << line << std::endl; }});
}

Report PlayFile(const ScenarioFile& file, const Subject& subject) {
  if (!file.target->language) return RunScenario(file.scenario, *file.target, subject);
  Report report;
  CheckLanguage(file.text, report);
  return report;
}

int ReplayCommand(const ReplayOptions& options, std::ostream& out, std::ostream& err) {
  const auto player = PlayerFor(options.scenario, err);
  if (!player.ok()) {
    err << "khofuzz replay: " << player.status().message() << "\n";
    return kExitBad;
  }
  int exit = kExitFine;
  size_t played = 0;
  size_t broken = 0;
  nlohmann::json all = nlohmann::json::array();
  for (const std::filesystem::path& path : options.paths) {
    const auto files = FilesBelow(path);
    if (!files.ok()) {
      err << "khofuzz replay: " << files.status().message() << "\n";
      return kExitBad;
    }
    for (const std::filesystem::path& one : *files) {
      const auto file = LoadScenario(one, options.scenario);
      if (!file.ok()) {
        err << "khofuzz replay: " << file.status().message() << "\n";
        exit = kExitBad;
        continue;
      }
      const Report report = PlayFile(*file, player->subject());
      ++played;
      broken += report.ok() ? 0 : 1;
      if (options.json) {
        all.push_back(ToJson(*file, player->name(), report));
      } else if (report.ok()) {
        out << one.string() << ": holds\n";
      } else {
        const Violation& violation = report.violations().front();
        out << one.string() << ": breaks " << Info(violation.invariant).slug << " "
            << WhenBroken(violation, file->scenario) << "\n  " << violation.what << "\n";
      }
    }
  }
  if (options.json) {
    out << all.dump(2) << "\n";
  } else {
    out << played << " replayed on " << player->name() << ", " << broken << " broken\n";
  }
  return exit == kExitBad ? kExitBad : broken != 0 ? kExitFinding : kExitFine;
}

}  // namespace khofuzz
