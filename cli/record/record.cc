#include "cli/record/record.h"

#include <ostream>

#include "absl/strings/str_cat.h"
#include "system/process.h"
#include "system/terminal.h"

namespace khofuzz {
namespace {

constexpr double kSeconds = 60;
constexpr int kNothingWritten = 2;

// Its exit status and what it said.
absl::StatusOr<RunOutcome> RunScript(const std::filesystem::path& dir) {
  auto run =
      RunToEnd({"/bin/sh", "-c", std::string(RecordScript()), "record", dir.string()}, kSeconds);
  if (!run.ok()) return run.status();
  if (run->timed_out) {
    return absl::DeadlineExceededError(
        absl::StrCat("the script took longer than ", kSeconds, " s and was ended"));
  }
  if (run->end.signal != 0 || run->end.exit_code > kNothingWritten) {
    return absl::InternalError(
        absl::StrCat("the script ended with ", Describe(run->end), ": ", run->output));
  }
  return run;
}

}  // namespace

absl::StatusOr<TemporaryFolder> RecordToTemporary() {
  auto folder = TemporaryFolder::Make("khofuzz-live");
  if (!folder.ok()) return folder.status();
  const auto run = RunScript(folder->path());
  if (!run.ok()) return run.status();
  if (run->end.exit_code == kNothingWritten) return absl::UnavailableError(run->output);
  return folder;
}

int RecordCommand(const RecordOptions& options, std::ostream& out, std::ostream& err) {
  if (options.script) {
    out << RecordScript();
    return 0;
  }
  const auto run = RunScript(options.out);
  if (!run.ok()) {
    err << "khofuzz record: " << Visible(std::string(run.status().message())) << "\n";
    return kNothingWritten;
  }
  err << Visible(run->output);
  return run->end.exit_code;
}

}  // namespace khofuzz
