#include "cli/play/flags.h"

#include <CLI/CLI.hpp>

namespace khofuzz {

void AddPrelude(CLI::App& command, std::string& prelude) {
  command
      .add_option("--prelude", prelude,
                  "a C file that is included before the tree's: declares what the tree uses and "
                  "khofuzz does not know")
      ->type_name("FILE");
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
  AddPrelude(command, on.prelude);
}

}  // namespace khofuzz
