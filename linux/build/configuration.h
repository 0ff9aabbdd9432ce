// The kernel configurations that a tree is compiled in: of Kconfig's options those that change
// KHO's code and have no place in a scenario. linux/shim/kernel/config.h has what each of them
// sets.
#ifndef KHOFUZZ_LINUX_BUILD_CONFIGURATION_H_
#define KHOFUZZ_LINUX_BUILD_CONFIGURATION_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace khofuzz {

struct TreeConfig {
  std::string_view name;  // as --config has it
  std::string_view what;  // for people: the option that differs, as .config has it
};

// The first, "default", is the one that trees are compiled in if nobody asks for another.
std::span<const TreeConfig> TreeConfigs();

// How trees are compiled, as a command line says it.
struct CompiledAs {
  std::string prelude{};  // a C file of the user's, after the shim's; or empty
  std::string config{};   // a TreeConfig's name; empty: the default

  friend bool operator==(const CompiledAs&, const CompiledAs&) = default;
};

// A configuration by its name, "" being the default. InvalidArgument, with the names that there
// are.
absl::StatusOr<TreeConfig> FindTreeConfig(std::string_view name);

// What tells a compiler of it: {"-DKF_CONFIG_no_deferred"} of "no-deferred", nothing of the
// default.
std::vector<std::string> FlagsOf(const TreeConfig& config);

// "debug (CONFIG_KEXEC_HANDOVER_DEBUG=y)", for people; the name alone where there is no such.
std::string ConfigText(std::string_view name);

// "" of the default, so that a name is given only where one was asked for.
std::string NameUnlessDefault(std::string_view name);

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_BUILD_CONFIGURATION_H_
