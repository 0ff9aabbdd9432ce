#include "cli/inspect/inspect.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <ostream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/capture/capture.h"
#include "cli/capture/text.h"
#include "cli/commands/commands.h"
#include "cli/commands/exit_code.h"
#include "cli/dump/handover_in_dump.h"
#include "cli/inspect/live.h"
#include "cli/inspect/report.h"
#include "cli/map/svg.h"
#include "cli/plan/machine.h"
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

// What in the folder could be inspected: as deep as the corpus is, and not all of a disk.
std::vector<std::string> ReadableIn(const std::filesystem::path& dir) {
  constexpr int kDeepest = 2;
  constexpr size_t kMostLooked = 10000;
  std::vector<std::string> found;
  std::error_code error;
  size_t looked = 0;
  std::filesystem::recursive_directory_iterator at(
      dir, std::filesystem::directory_options::skip_permission_denied, error);
  for (; !error && at != std::filesystem::recursive_directory_iterator() && looked < kMostLooked;
       at.increment(error), ++looked) {
    std::error_code not_told;
    if (!at->is_directory(not_told)) continue;
    const bool readable = IsCapture(at->path()) || IsLiveRecord(at->path());
    if (readable) found.push_back(at->path().string());
    if (readable || at.depth() + 1 >= kDeepest) at.disable_recursion_pending();
  }
  std::ranges::sort(found);
  return found;
}

// Whether there is anything to inspect in `dir`; if not, where there is.
absl::Status CheckReadable(const std::filesystem::path& dir) {
  constexpr size_t kMostNamed = 20;
  const absl::Status folder = CheckFolder(dir);
  if (!folder.ok()) {
    return absl::IsInvalidArgument(folder)
               ? Misused(absl::StrCat(dir.string(),
                                      ": is no folder; a memory dump is read with --core ",
                                      dir.string()))
               : folder;
  }
  if (IsCapture(dir)) return absl::OkStatus();
  std::vector<std::string> found = ReadableIn(dir);
  std::string where;
  if (!found.empty()) {
    const size_t more = found.size() - std::min(found.size(), kMostNamed);
    found.resize(found.size() - more);
    where =
        absl::StrCat("; these folders in it can be inspected:\n  ", absl::StrJoin(found, "\n  "),
                     more == 0 ? "" : absl::StrCat("\n  and ", more, " more"));
  }
  return absl::NotFoundError(
      absl::StrCat(dir.string(),
                   ": neither a recorded handover (fdt.page.bin or fdt.dtb) nor what `khofuzz "
                   "record` makes (recorded.txt)",
                   where));
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
    if (!bytes) {
      return Misused(absl::StrCat("--scratch ", Quoted(options.scratch),
                                  ": expected ADDRESS,BYTES, like 0x3f865000,48"));
    }
    dump.scratch = {*at, *bytes};
  }
  const auto geometry = GeometryOfPageSize(options.page_size);
  if (!geometry.ok()) return geometry.status();
  dump.page_shift = geometry->page_shift;
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
    const absl::Status readable = CheckReadable(options.dir);
    if (!readable.ok()) return TellBad(err, "inspect", readable);
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
  if (options.json && !capture->dump_not_whole.empty()) {
    err << "warning: " << Visible(capture->dump_not_whole) << "\n";
  }
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
    // JSON is all that there is on its stream.
    (options.json ? err : out) << "wrote " << Visible(options.map.string()) << "\n";
  }
  return report->fine() ? kExitFine : kExitFinding;
}

}  // namespace khofuzz
