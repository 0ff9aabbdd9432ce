// khofuzz report: what goes into a mail about a finding.
#ifndef KHOFUZZ_CLI_REPORT_COMMAND_H_
#define KHOFUZZ_CLI_REPORT_COMMAND_H_

#include <filesystem>
#include <iosfwd>
#include <string>

#include "cli/commands/files.h"

namespace khofuzz {

struct ReportOptions {
  ScenarioOptions scenario;
  std::filesystem::path path;  // what `fuzz` or `linux check` wrote, or any scenario
  std::string out = "-";       // a folder for NAME.txt and NAME.md; "-": the text to `out`
  double seconds = 30;         // for finding it on a machine with x86-64's sizes
};

// Plays the scenario once more and reports it. Returns the exit status: 0 a report was written; 2
// nothing is broken, or bad usage or input.
int ReportCommand(const ReportOptions& options, std::ostream& out, std::ostream& err);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_REPORT_COMMAND_H_
