// `khofuzz plan`: what KHO will take on a machine, whether it stays on, whether the next kernel
// fits.
#ifndef KHOFUZZ_CLI_PLAN_PLAN_H_
#define KHOFUZZ_CLI_PLAN_PLAN_H_

#include <filesystem>
#include <iosfwd>
#include <string>

#include "linux/build/configuration.h"

namespace CLI {
class App;
}

namespace khofuzz {

// As the command line has it; empty: not given.
struct PlanOptions {
  std::string memory;
  std::string nodes;
  std::string low_memory;
  std::string page_size;
  std::string cmdline;
  bool cmdline_given = false;
  std::string release = "linux-7.3";
  std::string linux_tree;
  CompiledAs compiled{};
  std::filesystem::path from;
  bool live = false;
  std::string log_kho;  // "on", "off"
  std::string preserve;
  std::string kernel, initrd, swiotlb, other;
  bool json = false;
  bool no_search = false;
  std::filesystem::path html;
  // For building trees.
  std::filesystem::path root, bin_dir;
};
void AddPlanOptions(CLI::App& command, PlanOptions& options);

// 0: KHO stays on and the next kernel fits; 1: it may not; 2: bad usage or input.
int PlanCommand(const PlanOptions& options, std::ostream& out, std::ostream& err);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_PLAN_PLAN_H_
