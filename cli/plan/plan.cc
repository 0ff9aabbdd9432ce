#include "cli/plan/plan.h"

#include <nlohmann/json.hpp>
#include <ostream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "cli/capture/read_file.h"
#include "cli/commands/exit_code.h"
#include "cli/map/svg.h"
#include "cli/plan/answer.h"
#include "cli/plan/input.h"
#include "cli/plan/report.h"
#include "cli/play/player.h"
#include "system/contained.h"
#include "system/files.h"
#include "system/terminal.h"

namespace khofuzz {
namespace {

constexpr double kSeconds = 300;
constexpr uint64_t kMegabytes = 4096;

}  // namespace

int PlanCommand(const PlanOptions& options, std::ostream& out, std::ostream& err) {
  const std::string kind = options.html.extension().string();
  if (!options.html.empty() && kind != ".svg" && kind != ".html") {
    return TellBad(err, "plan",
                   absl::InvalidArgumentError("--html takes a file that ends in .html or .svg"));
  }
  const absl::Status release = CheckRelease(options.release);
  if (!release.ok()) return TellBad(err, "plan", release);
  auto input = ReadPlanInput(options);
  if (!input.ok()) return TellBad(err, "plan", input.status());
  PlayedOn on;
  if (options.linux_tree.empty()) {
    on.design = options.release;
    on.design_given = true;
  } else {
    on.trees = {options.linux_tree};
  }
  on.compiled = options.compiled;
  const auto player = Player::Make(
      on, {.root = options.root, .bin_dir = options.bin_dir, .progress = [&err](const auto& line) {
             err << Visible(line) << "\n";
           }});
  if (!player.ok()) return TellBad(err, "plan", player.status());
  input->subject = player->subject();
  input->release = player->on_trees() ? absl::StrCat("the tree ", player->name()) : options.release;

  // A tree's code may do anything to the process that runs it.
  const auto contained = RunContained(
      [&]() -> std::string {
        nlohmann::json result;
        const auto answer = MakePlan(*input);
        if (!answer.ok()) {
          result["error"] = std::string(answer.status().message());
        } else {
          result["well"] = PlanIsWell(*answer);
          result["text"] = options.json ? PlanJson(*answer) : PlanText(*answer);
          if (!options.html.empty()) {
            const MemoryMap map = PlanMap(*answer);
            result["drawing"] = kind == ".svg" ? RenderSvg(map) : RenderHtml(map);
          }
        }
        return result.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
      },
      {.seconds = kSeconds, .memory_mb = kMegabytes});
  if (!contained.ok()) return TellBad(err, "plan", contained.status());
  if (!contained->loss.ok()) {
    return TellBad(err, "plan",
                   absl::InternalError(absl::StrCat("the machine could not be played: ",
                                                    Describe(contained->loss))));
  }
  const nlohmann::json result = nlohmann::json::parse(contained->result, nullptr, false);
  if (result.is_discarded())
    return TellBad(err, "plan", absl::InternalError("the play's result is cut short"));
  if (result.contains("error")) {
    return TellBad(err, "plan", absl::InvalidArgumentError(result["error"].get<std::string>()));
  }
  const std::string text = result["text"].get<std::string>();
  out << (options.json ? text : Visible(text));
  if (!options.html.empty()) {
    const absl::Status written =
        WriteFileAtomically(options.html, result["drawing"].get<std::string>());
    if (!written.ok()) return TellBad(err, "plan", written);
    // JSON is all that there is on its stream.
    (options.json ? err : out) << "wrote " << Visible(options.html.string()) << "\n";
  }
  return result["well"].get<bool>() ? kExitFine : kExitFinding;
}

}  // namespace khofuzz
