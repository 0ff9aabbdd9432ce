// The report of a finding: what goes into a mail to those whose code it is.
#ifndef KHOFUZZ_CLI_REPORT_REPORT_H_
#define KHOFUZZ_CLI_REPORT_REPORT_H_

#include <string>
#include <utility>
#include <vector>

#include "cli/fuzz/finding.h"
#include "cli/play/player.h"
#include "scenario/language/scenario.h"

namespace khofuzz {

// The scenario on a machine with the sizes of x86-64, where it breaks the same.
struct X86Twin {
  Scenario scenario;  // no ops and no machine: there is none
  size_t tried = 0;   // machines on which it was looked for
  bool out_of_time = false;
  bool on_q35 = false;    // also with what QEMU's firmware keeps: the scenario says so
  std::string why_not{};  // it was not looked for

  bool found() const { return !scenario.machine.empty(); }
};

struct BugReport {
  struct Boot {
    uint64_t kernel = 0;  // of the chain, from 1
    std::string command_line;
    std::vector<std::string> not_said;  // by the command line
  };
  struct Op {
    std::string line;
    std::vector<std::string> results;
  };
  struct Call {
    std::string heading;   // "kernel 2, handover boot, memmap_init", where it changes; else empty
    std::string function;  // "memmap_init_range()"; empty: what is seen there
    std::string source;    // "mm/mm_init.c:908"
    std::string what;
    bool breaks = false;
  };

  Finding finding;
  std::string subject;
  std::string must, impact;
  std::string also{};  // what else breaks in the same play; empty: nothing
  std::string when;    // "after op line 2"
  // What one of the functions has answered wrongly, or why it is this one's doing; or empty.
  std::string answer;
  std::vector<std::string> trace{};   // the call trace at what decides, innermost first
  std::vector<std::string> failed{};  // allocations that failed as asked
  // What the nearest designs that hold, and how those are called, do at the deciding place; empty:
  // not known.
  std::string expected, beside;
  std::vector<std::string> known;  // whether it is, a sentence each
  // What booted kernels have shown, a sentence each; empty: none was asked.
  std::vector<std::string> booted{};
  std::string confirm{};  // the command that asks one; or empty
  std::vector<std::string> machine;
  std::vector<Op> ops;
  std::vector<Boot> boots;  // of the twin, else of the scenario
  std::string focus;        // what the calls are about
  std::vector<Call> calls;
  size_t calls_left_out = 0;
  X86Twin twin;
  std::string qemu;
  std::vector<std::string> qemu_notes;
  std::vector<std::pair<std::string, std::string>> about;  // the tree and how it was found
  std::string replay;
  std::vector<std::string> ways;  // other ways to see it
  std::vector<std::string> not_checked;
};

// Plays the finding in this process, which a tree's code may end, and says what it can: all but
// `booted`, `confirm`, `about`, `replay` and `ways`. finding.verdict says what broke.
BugReport PlayReport(const Finding& finding, const Player& player, const X86Twin& twin);
// The same of what ends the process: nothing is played.
BugReport ReportOfDeath(const Finding& finding, const Player& player);

// As a mail: plain text of at most 76 columns, but for scenarios, commands and file names.
std::string ReportText(const BugReport& report);
std::string ReportMarkdown(const BugReport& report);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_REPORT_REPORT_H_
