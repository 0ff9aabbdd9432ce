// `khofuzz vm` and `khofuzz confirm`: scenarios on a booted kernel.
#ifndef KHOFUZZ_CLI_VM_VM_H_
#define KHOFUZZ_CLI_VM_VM_H_

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <string>

#include "cli/commands/files.h"

namespace CLI {
class App;
}

namespace khofuzz {

struct VmBuildOptions {
  std::filesystem::path tree, config_add, out;
  std::filesystem::path root;  // has vm/
};

// What `vm run` and `confirm` have in common.
struct VmBootOptions {
  std::filesystem::path kernel;      // what `vm build` made; empty: made of the tree
  std::filesystem::path config_add;  // for that
  std::filesystem::path out;         // the run's folder; empty: in the working directory
  std::string accelerator;           // empty: the usual one
  double boot_seconds = 120;
  bool json = false;
};

struct VmRunOptions {
  std::filesystem::path path;  // the scenario
  std::string append;          // to command lines: Append() of script.h
  ScenarioOptions scenario;
  VmBootOptions boot;
};

struct VmRecordOptions {
  uint64_t seed = 1;
  uint64_t first = 0;  // number of the first machine
  uint64_t count = 10;
  bool keep = false;  // what was seen of machines that agree, too
  ScenarioOptions scenario;
  VmBootOptions boot;
};

struct ConfirmOptions {
  std::filesystem::path path;  // the finding
  ScenarioOptions scenario;
  VmBootOptions boot;
  double seconds = 60;  // to look for a machine with x86-64's sizes
};

struct VmCommands {
  VmBuildOptions build;
  VmRunOptions run;
  VmRecordOptions record;
};
void AddVmCommands(CLI::App& app, VmCommands& commands, int& exit);
void AddConfirmOptions(CLI::App& app, ConfirmOptions& options);

// 0: the folder is printed; 2: it could not be built.
int VmBuildCommand(const VmBuildOptions& options, std::ostream& out, std::ostream& err);
// 0: nothing is broken, and what is played beside it agrees; 1: something is, or differs; 2: bad
// input, or a scenario that no kernel can be booted for.
int VmRunCommand(const VmRunOptions& options, std::ostream& out, std::ostream& err);
// 0: all machines agree with what is played beside them, broken or not; 1: some differ; 2: bad
// input, or machines that could not be booted.
int VmRecordCommand(const VmRecordOptions& options, std::ostream& out, std::ostream& err);
// 0: confirmed, or its cause is; 1: not confirmed; 2: cannot be booted, or bad input.
int ConfirmCommand(const ConfirmOptions& options, std::ostream& out, std::ostream& err);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_VM_VM_H_
