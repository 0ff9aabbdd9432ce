#include "cli/inspect/inspect.h"

#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/capture/capture.h"
#include "cli/capture/text.h"
#include "cli/commands/commands.h"
#include "cli/commands/exit_code.h"
#include "cli/dump/handover_in_dump.h"
#include "cli/inspect/live.h"
#include "cli/inspect/report.h"
#include "cli/map/svg.h"
#include "cli/record/record.h"
#include "system/files.h"
#include "system/terminal.h"

namespace khofuzz {
namespace {

absl::Status Misused(std::string_view what) {
  return absl::InvalidArgumentError(std::string(what));
}

// "0x3f865000", in hexadecimal or decimal.
absl::StatusOr<PhysAddr> Address(const char* option, const std::string& text) {
  const auto number = ParseNumber(text);
  if (number) return PhysAddr{*number};
  return Misused(absl::StrCat(option, " ", Quoted(text), ": expected an address like 0x3f865000"));
}

absl::StatusOr<DumpOptions> DumpOptionsOf(const InspectOptions& options) {
  DumpOptions dump{.file = options.core};
  if (!options.fdt.empty()) {
    const auto at = Address("--fdt", options.fdt);
    if (!at.ok()) return at.status();
    dump.fdt = *at;
  }
  if (!options.scratch.empty()) {
    const size_t comma = options.scratch.find(',');
    const auto at = Address("--scratch", options.scratch.substr(0, comma));
    if (!at.ok()) return at.status();
    const auto bytes = comma == std::string::npos
                           ? std::nullopt
                           : ParseNumber(std::string_view(options.scratch).substr(comma + 1));
    if (!bytes) return Misused("--scratch: expected ADDRESS,BYTES, like 0x3f865000,48");
    dump.scratch = {*at, *bytes};
  }
  if (options.page_size == "16K") {
    dump.page_shift = 14;
  } else if (options.page_size == "64K") {
    dump.page_shift = 16;
  } else if (!options.page_size.empty() && options.page_size != "4K") {
    return Misused("--page-size: expected 4K, 16K or 64K");
  }
  return dump;
}

int InspectLive(const InspectOptions& options, const std::filesystem::path& dir, std::ostream& out,
                std::ostream& err) {
  if (!options.map.empty()) {
    return TellBad(err, "inspect",
                   Misused("--map has nothing to draw: a running kernel does not show what is "
                           "preserved; a memory dump does (--core)"));
  }
  const auto report = ReadLiveRecord(dir);
  if (!report.ok()) return TellBad(err, "inspect", report.status());
  out << (options.json ? LiveJson(*report) : Visible(LiveText(*report)));
  return report->agrees() ? kExitFine : kExitFinding;
}

}  // namespace

int InspectCommand(const InspectOptions& options, std::ostream& out, std::ostream& err) {
  const std::string kind = options.map.extension().string();
  if (!options.map.empty() && kind != ".svg" && kind != ".html") {
    return TellBad(err, "inspect", Misused("--map takes a file that ends in .svg or .html"));
  }
  const int given = int{!options.dir.empty()} + int{!options.core.empty()} + int{options.live};
  if (given != 1) {
    return TellBad(err, "inspect",
                   Misused("expected one of: a recorded handover's folder, --core FILE, --live"));
  }
  if (options.core.empty() &&
      !(options.fdt.empty() && options.scratch.empty() && options.page_size.empty())) {
    return TellBad(err, "inspect",
                   Misused("--fdt, --scratch and --page-size are of a dump: give --core FILE"));
  }
  if (options.live) {
    const auto record = RecordToTemporary();
    if (!record.ok()) return TellBad(err, "inspect", record.status());
    return InspectLive(options, record->path(), out, err);
  }
  if (IsLiveRecord(options.dir)) return InspectLive(options, options.dir, out, err);
  std::vector<std::string> notes;
  absl::StatusOr<Capture> capture = absl::UnknownError("");
  if (options.core.empty()) {
    capture = LoadCapture(options.dir);
  } else {
    const auto where = DumpOptionsOf(options);
    if (!where.ok()) return TellBad(err, "inspect", where.status());
    auto found = FindHandover(*where);
    if (!found.ok()) return TellBad(err, "inspect", found.status());
    notes = std::move(found->notes);
    capture = std::move(found->capture);
  }
  if (!capture.ok()) return TellBad(err, "inspect", capture.status());
  const auto report = Inspect(*capture);
  // What was found beside it matters most where it cannot be read.
  if (!report.ok() || options.json) {
    for (const std::string& note : notes) err << "note: " << Visible(note) << "\n";
  }
  if (!report.ok()) return TellBad(err, "inspect", report.status());
  out << (options.json ? ReportJson(*report) : Visible(ReportText(*report)));
  if (!options.json) {
    for (const std::string& note : notes) out << "note: " << Visible(note) << "\n";
  }
  if (!options.map.empty()) {
    const MemoryMap map = ReportMap(*capture, *report);
    const absl::Status written =
        WriteFileAtomically(options.map, kind == ".svg" ? RenderSvg(map) : RenderHtml(map));
    if (!written.ok()) return TellBad(err, "inspect", written);
  }
  return report->fine() ? kExitFine : kExitFinding;
}

}  // namespace khofuzz
