// The commands of the program, apart from how their arguments are read.
//
// Each prints to the streams it is given and returns an exit status (exit_code.h).
#ifndef KHOFUZZ_CLI_COMMANDS_COMMANDS_H_
#define KHOFUZZ_CLI_COMMANDS_COMMANDS_H_

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "cli/commands/files.h"

namespace khofuzz {

struct InspectOptions {
  // One of these: a folder (a recorded handover, or what `khofuzz record` made), a memory dump,
  // this machine.
  std::filesystem::path dir;
  std::filesystem::path core;
  bool live = false;
  // Of a dump: where its parts lie, if that is known; empty: look for them.
  std::string fdt, scratch, page_size;
  bool json = false;
  std::filesystem::path map;  // .svg or .html; empty: none
};
int InspectCommand(const InspectOptions& options, std::ostream& out, std::ostream& err);

struct ReplayOptions {
  ScenarioOptions scenario;
  std::vector<std::filesystem::path> paths;  // files, or folders of them
  bool json = false;
};
int ReplayCommand(const ReplayOptions& options, std::ostream& out, std::ostream& err);

struct ExplainOptions {
  ScenarioOptions scenario;
  std::filesystem::path path;
  std::filesystem::path html;  // empty: text to `out`
};
int ExplainCommand(const ExplainOptions& options, std::ostream& out, std::ostream& err);

struct ShrinkFileOptions {
  ScenarioOptions scenario;
  std::filesystem::path path;
  std::filesystem::path output;  // empty: FILE with .min.kho for its ending
  double seconds = 30;
};
int ShrinkCommand(const ShrinkFileOptions& options, std::ostream& out, std::ostream& err);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_COMMANDS_COMMANDS_H_
