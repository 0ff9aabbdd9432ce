// Whether KHO is on on a machine that was recorded (cli/record), and why not.
#ifndef KHOFUZZ_CLI_PLAN_KHO_STATE_H_
#define KHOFUZZ_CLI_PLAN_KHO_STATE_H_

#include <filesystem>
#include <optional>
#include <string>

namespace khofuzz {

// Of the kernel's configuration: whether it has KHO, turns it on by itself, and shows it in
// debugfs.
struct KhoConfig {
  bool kho = false, by_default = false, debugfs = false;
};

struct KhoState {
  bool shown = false;               // debugfs has kho/
  bool debugfs = false;             // debugfs could be read
  std::optional<bool> asked;        // kho= on the command line
  std::optional<KhoConfig> config;  // unset: not read
};

// Of a folder that `khofuzz record` made; what is not there is not known.
KhoState ReadKhoState(const std::filesystem::path& dir);
// "KHO is off: this kernel has it, but turns it on only where its command line says kho=on."
std::string WhyNotOn(const KhoState& state);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_PLAN_KHO_STATE_H_
