#include "cli/play/flags.h"

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "linux/build/configuration.h"

namespace khofuzz {

void AddPrelude(CLI::App& command, std::string& prelude) {
  command
      .add_option("--prelude", prelude,
                  "a C file that is included before the tree's: declares what the tree uses and "
                  "khofuzz does not know")
      ->type_name("FILE");
}

void AddCompiledAs(CLI::App& command, CompiledAs& compiled) {
  AddPrelude(command, compiled.prelude);
  std::vector<std::string> names;
  std::string what;
  for (const TreeConfig& config : TreeConfigs()) {
    names.emplace_back(config.name);
    if (config.what.empty()) continue;
    absl::StrAppend(&what, what.empty() ? "" : ", ", std::string(config.name), " (",
                    std::string(config.what), ")");
  }
  command
      .add_option(
          "--config", compiled.config,
          absl::StrCat("the configuration that the tree is compiled in: default, or ", what))
      ->type_name("NAME")
      ->check(CLI::IsMember(names).description(""));
}

void AddPlayedOn(CLI::App& command, PlayedOn& on) {
  CLI::Option* const design =
      command
          .add_option("--design", on.design,
                      "intended, or quirks joined by '+'; several of these with commas between: "
                      "of each kernel of a chain in turn")
          ->capture_default_str()
          ->each([&on](const std::string&) { on.design_given = true; });
  CLI::Option* const trees =
      command
          .add_option(
              "--linux", on.trees,
              "play on the Linux tree in this folder; given twice, the first kernel of a chain "
              "is of the one, its successor of the other")
          ->allow_extra_args(false)
          ->type_name("DIR");
  // A tree plays itself, also where the design that is given is the usual one.
  design->excludes(trees);
  command.add_option(
      "--known", on.known,
      "the design that the tree is known to match, whose findings are not news, or one "
      "for each tree with commas between; none: everything is news (default: what the "
      "trees are measured as)");
  AddCompiledAs(command, on.compiled);
  command.add_flag("--warn", on.warn,
                   "a WARN of the tree's is a finding, for kernels that run with panic_on_warn");
}

}  // namespace khofuzz
