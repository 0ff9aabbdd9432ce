// khofuzz: reads the command line and hands over to a command.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "cli/commands/commands.h"
#include "cli/commands/exit_code.h"
#include "cli/fuzz/fuzz.h"
#include "cli/judge/judge.h"
#include "cli/linux/linux.h"
#include "cli/places.h"
#include "cli/plan/plan.h"
#include "cli/play/flags.h"
#include "cli/record/record.h"
#include "cli/report/command.h"
#include "cli/suggest.h"
#include "cli/vm/vm.h"
#include "scenario/language/reference.h"
#include "system/heap.h"
#include "system/output.h"
#include "system/terminal.h"

namespace {

// The benchmarks, and the search for what is planted, are programs of their own; each gets all that
// follows.
int Bench(std::vector<std::string> arguments) {
  const bool find = std::erase(arguments, "--find") != 0;
  const std::string program =
      khofuzz::OwnPlaces().bin_dir / "bench" / (find ? "khofuzz_find" : "khofuzz_bench");
  std::vector<char*> argv = {const_cast<char*>(program.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  execv(program.c_str(), argv.data());
  std::cerr << "khofuzz bench: " << program << ": " << std::strerror(errno) << "\n";
  return khofuzz::kExitBad;
}

void AddScenarioOptions(CLI::App& command, const khofuzz::ProgramPlaces& places,
                        khofuzz::ScenarioOptions& options) {
  command.add_option("--target", options.target,
                     "the fuzz target to run it as (default: by the file's folder or name)");
  khofuzz::AddPlayedOn(command, options.on);
  options.root = places.root;
  options.bin_dir = places.bin_dir;
  command.add_flag("--lenient", options.lenient,
                   "take the file as fuzz input: skip lines that make no sense");
  command.add_option(
      "--time-limit", options.time_limit,
      "seconds that a scenario may take before it is ended, which is reported (default: 5; 30 "
      "on a tree)");
  command.add_option("--memory-limit", options.memory_limit_mb,
                     "MiB that it may take (default: 1024; 4096 on a tree)");
}

// Whether another option than this one was given, or an argument.
bool HasMoreThan(const CLI::App& command, const std::string& name) {
  for (const CLI::Option* const option : command.get_options()) {
    if (option->count() > 0 && option->get_name() != name) return true;
  }
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  khofuzz::KeepStandardStreams();
  khofuzz::KeepHeap();
  CLI::App app("khofuzz finds bugs in Kexec HandOver (KHO): fuzzing, properties, real handovers.",
               "khofuzz");
  app.require_subcommand(1);
  app.footer(
      "Exit status: 0 fine, 1 a finding, 2 bad usage, bad input, or output that could not be "
      "written;\n"
      "130 interrupted (Ctrl-C) before anything was found, 143 likewise by SIGTERM.\n"
      "`khofuzz test` builds everything and runs all tests.");
  int exit = khofuzz::kExitFine;
  const khofuzz::ProgramPlaces places = khofuzz::OwnPlaces();

  khofuzz::InspectOptions inspect;
  CLI::App* command = app.add_subcommand(
      "inspect", "say what a recorded handover, a memory dump or this machine holds");
  command
      ->add_option("dir", inspect.dir,
                   "a folder: a recorded handover (see corpus/captures), or what `khofuzz "
                   "record` made")
      ->type_name("FOLDER");
  command
      ->add_option(
          "--core", inspect.core,
          "a memory dump instead: an ELF core or a compressed kdump (dump-guest-memory, vmcore)")
      ->type_name("FILE");
  command
      ->add_option("--fdt", inspect.fdt,
                   "where the handover's FDT lies in the dump, like 0x3f865000 (default: it is "
                   "looked for)")
      ->type_name("ADDRESS");
  command
      ->add_option("--scratch", inspect.scratch,
                   "where the scratch table lies in the dump, and how long it is, like "
                   "0x3f865000,48 (default: it is looked for)")
      ->type_name("ADDRESS,BYTES");
  command
      ->add_option("--page-size", inspect.page_size,
                   "of the dumped kernel: 4K (default), 16K or 64K")
      ->type_name("SIZE");
  command->add_flag("--live", inspect.live, "this machine instead, as far as its kernel shows it");
  command->add_flag("--json", inspect.json, "print JSON");
  command
      ->add_option("--map", inspect.map,
                   "draw physical memory into this .svg or .html file; folders that it lies in "
                   "are made")
      ->type_name("FILE");
  command->footer(
      "Examples:\n"
      "  What is preserved in this dump, and where?\n"
      "    khofuzz inspect --core vmcore --map map.html\n"
      "  Is KHO on here, what does it hold, and if it is off, why?\n"
      "    khofuzz inspect --live\n"
      "  Did the kernel do with this recorded handover what it should?\n"
      "    khofuzz inspect corpus/captures/e_2node_2Gx2_2x256M_testkho\n"
      "Exit status: 0 all that could be compared agrees; 1 something differs; 2 bad usage or "
      "input.");
  command->callback([&] { exit = khofuzz::InspectCommand(inspect, std::cout, std::cerr); });

  khofuzz::PlanOptions plan;
  plan.root = places.root;
  plan.bin_dir = places.bin_dir;
  command = app.add_subcommand(
      "plan", "what KHO takes on a machine, whether it stays on, whether the next kernel fits");
  khofuzz::AddPlanOptions(*command, plan);
  command->callback([&] { exit = khofuzz::PlanCommand(plan, std::cout, std::cerr); });

  khofuzz::RecordOptions record;
  command = app.add_subcommand("record", "collect what this machine's kernel shows of KHO");
  command->add_option("--out", record.out, "the folder to write; it is made")
      ->type_name("FOLDER")
      ->capture_default_str();
  command->add_flag("--script", record.script,
                    "print the script that does it, for a machine without khofuzz");
  command->footer(
      "Examples:\n"
      "  What does the kernel here show of KHO?\n"
      "    khofuzz record --out kho-record && khofuzz inspect kho-record\n"
      "  The same on a machine without khofuzz: take the script there, and its folder back\n"
      "    khofuzz record --script >record.sh       (there, as root: sh record.sh kho-record)\n"
      "The folder holds the kernel's log and command line, which may name hosts.\n"
      "Exit status: 0 all that there is was read; 1 something could not be read (recorded.txt says "
      "what and\nwhy); 2 nothing could be written.");
  command->callback([&] { exit = khofuzz::RecordCommand(record, std::cout, std::cerr); });

  khofuzz::FuzzOptions fuzz;
  fuzz.bin_dir = places.bin_dir;
  fuzz.root = places.root;
  command = app.add_subcommand("fuzz", "run the fuzz targets; shrink and explain what they find");
  khofuzz::AddFuzzOptions(*command, fuzz);
  command->callback([&] { exit = khofuzz::RunFuzz(fuzz); });

  khofuzz::JudgeOptions judge;
  command = app.add_subcommand(
      "judge", "hold every design against every invariant: which break, how, how soon");
  khofuzz::AddJudgeOptions(*command, judge);
  command->callback([&] { exit = khofuzz::RunJudge(judge); });

  khofuzz::ReplayOptions replay;
  command = app.add_subcommand("replay", "run scenario files once more");
  command->add_option("files", replay.paths, "files, or folders of them")->required();
  command->add_flag("--json", replay.json, "print JSON");
  AddScenarioOptions(*command, places, replay.scenario);
  command->callback([&] { exit = khofuzz::ReplayCommand(replay, std::cout, std::cerr); });

  khofuzz::ExplainOptions explain;
  bool language = false;
  command = app.add_subcommand("explain", "tell a scenario's story: machine, ops, what is broken");
  CLI::App* const explain_command = command;
  command->add_option("file", explain.path, "a scenario");
  command->add_option("--html", explain.html, "write the story and the drawn machine to this file");
  command->add_flag("--language", language, "print the reference of the scenario language instead");
  AddScenarioOptions(*command, places, explain.scenario);
  command->callback([&] {
    if (language && HasMoreThan(*explain_command, "--language")) {
      throw CLI::ExcludesError("--language", "everything else");
    } else if (language) {
      std::cout << khofuzz::ReferencePage();
    } else if (explain.path.empty()) {
      throw CLI::RequiredError("file");
    } else {
      exit = khofuzz::ExplainCommand(explain, std::cout, std::cerr);
    }
  });

  khofuzz::ShrinkFileOptions shrink;
  command =
      app.add_subcommand("shrink", "make a scenario that breaks something as small as it gets");
  command->add_option("file", shrink.path, "the scenario")->required();
  command->add_option("-o,--output", shrink.output,
                      "where to (default: FILE with .min.kho for its ending)");
  command->add_option("--seconds", shrink.seconds, "how long at most")->capture_default_str();
  AddScenarioOptions(*command, places, shrink.scenario);
  command->callback([&] { exit = khofuzz::ShrinkCommand(shrink, std::cout, std::cerr); });

  khofuzz::ReportOptions report;
  command = app.add_subcommand(
      "report", "write what goes into a mail about a finding: text, and Markdown with --out DIR");
  command->add_option("finding", report.path, "the file that fuzz or check wrote, or a scenario")
      ->required();
  command->add_option("--out", report.out, "the folder for NAME.txt and NAME.md; -: print the text")
      ->capture_default_str();
  command
      ->add_option("--seconds", report.seconds,
                   "how long to look for it on a machine with x86-64's sizes; 0: not at all")
      ->capture_default_str();
  AddScenarioOptions(*command, places, report.scenario);
  command->callback([&] { exit = khofuzz::ReportCommand(report, std::cout, std::cerr); });

  khofuzz::VmCommands vm;
  vm.build.root = places.root;
  vm.run.scenario.root = places.root;
  vm.run.scenario.bin_dir = places.bin_dir;
  vm.record.scenario.root = places.root;
  vm.record.scenario.bin_dir = places.bin_dir;
  command = app.add_subcommand("vm", "build a kernel that can be booted; boot scenarios in QEMU");
  khofuzz::AddVmCommands(*command, vm, exit);

  khofuzz::ConfirmOptions confirm;
  confirm.scenario.root = places.root;
  confirm.scenario.bin_dir = places.bin_dir;
  command = app.add_subcommand("confirm", "show a finding on a booted kernel, or say why not");
  khofuzz::AddConfirmOptions(*command, confirm);
  command->callback([&] { exit = khofuzz::ConfirmCommand(confirm, std::cout, std::cerr); });

  khofuzz::LinuxCommands linux_commands;
  linux_commands.build.root = places.root;
  linux_commands.build.bin_dir = places.bin_dir;
  command = app.add_subcommand("linux", "fetch Linux trees, build them to be run");
  khofuzz::AddLinuxCommands(*command, linux_commands, exit);

  command =
      app.add_subcommand("bench", "measure: extension, radix tree, memblock (see bench --help)");
  command->prefix_command();
  command->set_help_flag();
  command->callback([command, &exit] { exit = Bench(command->remaining()); });

  app.add_subcommand("test", "build everything and run all tests")->callback([&exit] {
    std::cerr << "khofuzz test: run it as ./khofuzz test at the project's root\n";
    exit = khofuzz::kExitBad;
  });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream out, err;
    exit = app.exit(error, out, err) == 0 ? khofuzz::kExitFine : khofuzz::kExitBad;
    std::cout << out.str();
    // It quotes arguments.
    std::cerr << khofuzz::Visible(err.str());
    const std::string meant = exit == khofuzz::kExitFine ? "" : khofuzz::SuggestionFor(app);
    if (!meant.empty()) std::cerr << "khofuzz: " << meant << "\n";
  }
  if (const absl::Status written = khofuzz::FlushStandardOutput(); !written.ok()) {
    std::cerr << "khofuzz: " << written.message() << "\n";
    return khofuzz::kExitBad;
  }
  return exit;
}
