#include "cli/inspect/inspect.h"

#include <ostream>

#include "cli/capture/capture.h"
#include "cli/commands/commands.h"
#include "cli/commands/exit_code.h"
#include "cli/inspect/report.h"
#include "cli/map/svg.h"
#include "system/terminal.h"

namespace khofuzz {
namespace {

int Bad(std::ostream& err, const absl::Status& status) {
  err << "khofuzz inspect: " << Visible(std::string(status.message())) << "\n";
  return kExitBad;
}

}  // namespace

int InspectCommand(const InspectOptions& options, std::ostream& out, std::ostream& err) {
  const std::string kind = options.map.extension().string();
  if (!options.map.empty() && kind != ".svg" && kind != ".html") {
    return Bad(err, absl::InvalidArgumentError("--map takes a file that ends in .svg or .html"));
  }
  const auto capture = LoadCapture(options.dir);
  if (!capture.ok()) return Bad(err, capture.status());
  const auto report = Inspect(*capture);
  if (!report.ok()) return Bad(err, report.status());
  out << (options.json ? ReportJson(*report) : Visible(ReportText(*report)));
  if (!options.map.empty()) {
    const MemoryMap map = ReportMap(*capture, *report);
    const absl::Status written =
        WriteFileAtomically(options.map, kind == ".svg" ? RenderSvg(map) : RenderHtml(map));
    if (!written.ok()) return Bad(err, written);
  }
  return report->agrees() ? kExitFine : kExitFinding;
}

}  // namespace khofuzz
