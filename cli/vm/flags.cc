#include "cli/play/flags.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/vm/vm.h"

namespace khofuzz {
namespace {

void AddBootOptions(CLI::App& command, ScenarioOptions& scenario, VmBootOptions& boot) {
  command
      .add_option("--linux", scenario.on.trees,
                  "the whole kernel tree that is booted, and played beside it")
      ->expected(1);
  AddPrelude(command, scenario.on.compiled.prelude);
  command.add_option("--kernel", boot.kernel,
                     "a folder that `khofuzz vm build` made; without --linux the model of --design "
                     "is played beside it");
  command.add_option("--config-add", boot.config_add,
                     "more options for the kernel, as merge_config.sh reads them");
  command.add_option("--out", boot.out,
                     "the folder of the run, which `khofuzz inspect` reads (default: NAME.vm)");
  command.add_option("--accel", boot.accelerator, "kvm or tcg (default: kvm where it works)")
      ->check(CLI::IsMember({"kvm", "tcg"}));
  command.add_option("--boot-seconds", boot.boot_seconds, "how long a kernel may take to boot")
      ->capture_default_str();
  command.add_flag("--json", boot.json, "print JSON");
  command.add_option("--target", scenario.target,
                     "the fuzz target to play it as (default: by the file's folder or name)");
  command.add_option("--time-limit", scenario.time_limit,
                     "seconds that the play beside it may take");
}

}  // namespace

void AddVmCommands(CLI::App& app, VmCommands& commands, int& exit) {
  app.require_subcommand(1);

  CLI::App* build = app.add_subcommand(
      "build", "compile a kernel that can be booted, of a whole tree; prints its folder");
  build->add_option("tree", commands.build.tree, "the tree; it is only read")->required();
  build->add_option("--config-add", commands.build.config_add,
                    "more options, as the tree's merge_config.sh reads them");
  build->add_option("--out", commands.build.out,
                    "the folder to build in (default: one in khofuzz's cache)");
  build->footer(
      "tinyconfig and vm/kernel.config, out of tree: 4 to 15 minutes on 2 processors the first\n"
      "time. What it needs is in tools/packages-vm.txt: tools/install-packages packages-vm.txt.");
  build->callback([&] { exit = VmBuildCommand(commands.build, std::cout, std::cerr); });

  CLI::App* run = app.add_subcommand(
      "run", "boot a scenario's machine in QEMU, do its ops there, judge what is seen");
  run->add_option("scenario", commands.run.path, "the scenario")->required();
  AddBootOptions(*run, commands.run.scenario, commands.run.boot);
  run->add_option("--design", commands.run.scenario.on.design,
                  "the design of the model to play beside it, without --linux (default: linux-7.3)")
      ->each([&commands](const std::string&) { commands.run.scenario.on.design_given = true; })
      ->excludes("--linux");
  run->add_option("--append", commands.run.append,
                  "parameters for the command line of each kernel, kernelcore=500M, or of one, "
                  "2:debugfs=off; what is played beside it knows nothing of them");
  run->footer(
      "Exit status: 0 nothing is broken, and what is played beside it agrees; 1 something is\n"
      "broken, or differs; 2 bad input, or an op that no booted kernel can do.");
  run->callback([&] { exit = VmRunCommand(commands.run, std::cout, std::cerr); });

  CLI::App* record = app.add_subcommand(
      "record", "boot random machines and hold each against the tree compiled in");
  record->add_option("--seed", commands.record.seed, "of all that is random")
      ->capture_default_str();
  record->add_option("--count", commands.record.count, "how many machines")->capture_default_str();
  record->add_option("--first", commands.record.first, "the number of the first machine")
      ->capture_default_str();
  record->add_flag("--keep", commands.record.keep,
                   "keep what was seen of machines that agree, too");
  commands.record.boot.out = "record.vm";
  AddBootOptions(*record, commands.record.scenario, commands.record.boot);
  record->footer(
      "Machine N of a seed is the same each time. Exit status: 0 all agree; 1 some differ; 2 bad\n"
      "input, or machines that could not be booted.");
  record->callback([&] { exit = VmRecordCommand(commands.record, std::cout, std::cerr); });
}

void AddConfirmOptions(CLI::App& app, ConfirmOptions& options) {
  app.add_option("finding", options.path, "the file that fuzz or check wrote, or a scenario")
      ->required();
  AddBootOptions(app, options.scenario, options.boot);
  app.add_option("--seconds", options.seconds,
                 "how long to look for a machine with x86-64's sizes that breaks the same")
      ->capture_default_str();
  app.footer(
      "Exit status: 0 confirmed, or its cause is; 1 not confirmed; 2 it cannot be booted, or bad "
      "input.");
}

}  // namespace khofuzz
