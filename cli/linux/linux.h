// khofuzz linux: Linux trees to run, fetched and built.
#ifndef KHOFUZZ_CLI_LINUX_LINUX_H_
#define KHOFUZZ_CLI_LINUX_LINUX_H_

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "cli/linux/check.h"
#include "cli/linux/diff.h"
#include "linux/build/configuration.h"

namespace CLI {
class App;
}

namespace khofuzz {

struct LinuxGetOptions {
  std::string version;              // "7.3"
  std::vector<std::string> suites;  // of Debian's, to look in; none: those that may have it
  bool whole = false;               // all of it, of which a kernel can be made
  bool again = false;               // even if it is there: the suite may have a newer one
};
// Fetches Debian's linux-source-X.Y from the mirror this machine is configured for, unless it is in
// the cache (tree_cache.h). Prints the tree's path to `out`, what it does to `err`. Returns the
// exit status: 0; 2; 128 + the signal if interrupted.
int LinuxGetCommand(const LinuxGetOptions& options, std::ostream& out, std::ostream& err);

struct LinuxBuildOptions {
  std::filesystem::path tree;
  std::string variant = "plain";
  std::string page = "4K";
  CompiledAs compiled{};
  std::filesystem::path root;     // this project's
  std::filesystem::path bin_dir;  // of the build that is running
};
// Builds a tree (linux/build/tree_builder.h) and prints the shared object's path to `out`, what it
// does to `err`. Returns the exit status: 0 or 2.
int LinuxBuildCommand(const LinuxBuildOptions& options, std::ostream& out, std::ostream& err);

struct LinuxDesignOptions {
  std::filesystem::path tree;
  bool json = false;
  bool row = false;     // as core/designs has a release's
  std::string probe{};  // whose scenario is to be printed, instead
  CompiledAs compiled{};
  std::filesystem::path root;     // this project's
  std::filesystem::path bin_dir;  // of the build that is running
};
// Builds a tree and prints which design it is measured as (cli/play/tree_design.h) to `out`, what
// it does to `err`. Returns the exit status: 0 or 2.
int LinuxDesignCommand(const LinuxDesignOptions& options, std::ostream& out, std::ostream& err);
void AddLinuxDesignOptions(CLI::App& command, LinuxDesignOptions& options);

// The options of all, which must live until `app` has parsed; `exit` gets the exit status.
struct LinuxCommands {
  LinuxGetOptions get;
  LinuxBuildOptions build;
  LinuxDesignOptions design;
  LinuxCheckOptions check;
  LinuxDiffOptions diff;
};
void AddLinuxCommands(CLI::App& app, LinuxCommands& commands, int& exit);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_LINUX_LINUX_H_
