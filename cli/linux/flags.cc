#include "cli/play/flags.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/linux/linux.h"
#include "linux/build/toolchain.h"
#include "linux/build/tree_builder.h"

namespace khofuzz {

void AddLinuxCommands(CLI::App& app, LinuxCommands& commands, int& exit) {
  app.require_subcommand(1);

  CLI::App* get = app.add_subcommand(
      "get", "fetch a Linux tree that Debian has (linux-source-X.Y); prints its path");
  get->add_option("version", commands.get.version, "the release, such as 7.3")->required();
  get->add_option("--suite", commands.get.suites,
                  "the Debian suite to look in (default: those that may have it, in turn)");
  get->add_flag("--whole", commands.get.whole,
                "all of the source, of which `khofuzz vm build` can make a kernel (1.8 GB); else "
                "only what is compiled into khofuzz");
  get->add_flag("--again", commands.get.again, "fetch it even if it is there");
  get->footer(
      "It comes from the Debian mirror that this machine's package sources name, some 165 MB, and\n"
      "is kept in $KHOFUZZ_CACHE, else $XDG_CACHE_HOME/khofuzz, else ~/.cache/khofuzz.");
  get->callback([&] { exit = LinuxGetCommand(commands.get, std::cout, std::cerr); });

  CLI::App* build = app.add_subcommand(
      "build", "compile a tree into a shared object that khofuzz can run; prints its path");
  build->add_option("dir", commands.build.tree, "the tree; it is only read")->required();
  std::vector<std::string> variants;
  for (const TreeVariant variant : kTreeVariants) variants.emplace_back(Name(variant));
  build->add_option("--variant", commands.build.variant, "what for")
      ->capture_default_str()
      ->check(CLI::IsMember(variants));
  std::vector<std::string> pages;
  for (const unsigned page_shift : kTreePageShifts) pages.push_back(PageSizeName(page_shift));
  build->add_option("--page", commands.build.page, "the page size of the machines it is for")
      ->capture_default_str()
      ->check(CLI::IsMember(pages));
  AddCompiledAs(*build, commands.build.compiled);
  build->callback([&] { exit = LinuxBuildCommand(commands.build, std::cout, std::cerr); });

  CLI::App* design = app.add_subcommand(
      "design", "measure which quirks of the catalogue a tree has, by playing it beside the model");
  commands.design.root = commands.build.root;
  commands.design.bin_dir = commands.build.bin_dir;
  AddLinuxDesignOptions(*design, commands.design);
  design->callback([&] { exit = LinuxDesignCommand(commands.design, std::cout, std::cerr); });

  CLI::App* check = app.add_subcommand(
      "check", "play the corpus and scenarios by chance on a tree; report, for a cover letter");
  commands.check.root = commands.build.root;
  commands.check.bin_dir = commands.build.bin_dir;
  AddLinuxCheckOptions(*check, commands.check);
  check->callback([&] { exit = LinuxCheckCommand(commands.check); });

  CLI::App* diff = app.add_subcommand(
      "diff", "play the same on two trees, and handovers between them: what behaves differently");
  commands.diff.root = commands.build.root;
  commands.diff.bin_dir = commands.build.bin_dir;
  AddLinuxDiffOptions(*diff, commands.diff);
  diff->callback([&] { exit = LinuxDiffCommand(commands.diff); });
}

}  // namespace khofuzz
