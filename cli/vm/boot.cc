#include "cli/vm/boot.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/vm/phase_stops.h"
#include "scenario/language/text.h"
#include "system/clock.h"
#include "system/files.h"
#include "system/shell_word.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

// The table as kernels have it in memory.
std::string TableBytes(const ScratchTable& table) {
  const std::vector<uint8_t> bytes = table.Serialize();
  return {bytes.begin(), bytes.end()};
}

bool TellsOfMachine(const std::string& line) {
  for (const char* const word :
       {"Command line: ", "BIOS-e820", "user-defined", "SRAT: Node", "NODE_DATA", "Zone ranges",
        "  DMA", "  Normal", "  node ", "KHO", "Linux version"}) {
    if (line.find(word) != std::string::npos) return true;
  }
  return false;
}

// The files of corpus/captures/README.md, as far as they were seen: the last kernel that took over,
// and the one before it. The FDT is what makes it a handover.
absl::Status WriteCapture(const VmResult& result, const fs::path& folder) {
  const std::optional<size_t> second = LastHandover(result);
  if (!second.has_value()) return absl::OkStatus();
  const KernelSeen& k1 = result.kernels[*second - 1];
  const KernelSeen& k2 = result.kernels[*second];
  absl::Status status = WriteText(folder / "fdt.dtb", k2.files.find("kho.in.fdt")->second);
  const auto put = [&](const char* name, const std::string& content) {
    if (!content.empty()) status.Update(WriteText(folder / name, content));
  };
  put("scratch.bin", TableBytes(k2.scratch));
  put("scratch.k1.bin", TableBytes(k1.scratch));
  put("scratch.k2.bin", TableBytes(k2.scratch));
  const auto put_file = [&](const char* name, const KernelSeen& kernel, std::string_view file) {
    if (const auto found = kernel.files.find(file); found != kernel.files.end()) {
      put(name, found->second);
    }
  };
  put_file("pagetypeinfo.k1.txt", k1, "pagetypeinfo");
  put_file("pagetypeinfo.k2.txt", k2, "pagetypeinfo");
  for (const PhaseStop& stop : kPhaseStops) {
    const std::string name = absl::StrCat("memblock.", std::string(stop.name));
    put_file(absl::StrCat("memblock.k2.", std::string(stop.name), ".txt").c_str(), k2, name);
    if (stop.extends) continue;
    put_file(absl::StrCat("memblock.k1.", std::string(stop.name), ".txt").c_str(), k1, name);
  }
  if (k2.files.contains("radix.index")) {
    std::error_code error;
    fs::create_directories(folder / "radix", error);
    put_file("radix/index.txt", k2, "radix.index");
    put_file("radix/pages.bin", k2, "radix.pages");
  }
  put_file("iomem.k2.txt", k2, "iomem");
  put_file("zoneinfo.k2.txt", k2, "zoneinfo");
  std::string machine;
  for (const KernelSeen* const kernel : {&k1, &k2}) {
    bool told = false;
    for (const std::string& line : kernel->console) {
      const bool command_line = line.find("] Command line: ") != std::string::npos;
      if (!TellsOfMachine(line) || (command_line && std::exchange(told, true))) continue;
      absl::StrAppend(&machine, line, "\n");
    }
  }
  put("machine.txt", machine);
  return status;
}

void TakeStops(const PhaseStops& stops, VmRun& run) {
  std::vector<KernelSeen>& kernels = run.result.kernels;
  for (const MemblockSeen& seen : stops.memblocks()) {
    if (seen.kernel > kernels.size()) continue;
    kernels[seen.kernel - 1].files.insert_or_assign(absl::StrCat("memblock.", seen.name),
                                                    seen.text);
  }
  for (const TreeSeen& tree : stops.trees()) {
    if (tree.kernel > kernels.size()) continue;
    kernels[tree.kernel - 1].files.insert_or_assign("radix.index", tree.index);
    kernels[tree.kernel - 1].files.insert_or_assign("radix.pages", tree.pages);
  }
  if (!stops.why_no_tree().empty()) {
    run.not_seen.push_back(absl::StrCat("the tree that was handed over: ", stops.why_no_tree()));
  }
}

absl::StatusOr<VmRun> BootOnce(const Scenario& scenario, const VmScript& script,
                               const VmBoot& boot) {
  std::error_code error;
  fs::create_directories(boot.folder, error);
  if (error) {
    return absl::UnavailableError(
        absl::StrCat(boot.folder.string(), ": cannot be made: ", error.message()));
  }
  RemoveSeen(boot.folder);
  const fs::path folder = WholePath(boot.folder);
  absl::Status written = WriteText(folder / "scenario.kho", Print(scenario));
  std::string command;
  for (const std::string& word :
       QemuArguments(script, boot.image, boot.accelerator, folder, "PORT", "STUB")) {
    absl::StrAppend(&command, command.empty() ? "" : " ", ShellQuoted(word));
  }
  if (written.ok()) written = WriteText(folder / "qemu-command.txt", command + "\n");
  if (!written.ok()) return written;

  const Clock::time_point begin = Clock::now();
  VmRun run;
  {
    auto qemu = QemuGuest::Start(script, boot.image, boot.accelerator, folder);
    if (!qemu.ok()) return qemu.status();
    std::ofstream exchange(folder / "exchange.txt", std::ios::trunc | std::ios::binary);
    Guest guest(qemu->get(), [&exchange](std::string_view said) { exchange << said; });
    run.result = PlayScript(scenario, script, guest, kGuestCommandLine, boot.limits, boot.progress);
    // A panic's last lines still come.
    if (run.result.end != VmResult::End::kSilent) (*qemu)->AwaitEnd(10);
    if ((*qemu)->stops() != nullptr) TakeStops(*(*qemu)->stops(), run);
    if (!(*qemu)->why_no_stops().empty()) {
      run.not_seen.push_back(absl::StrCat("memblock at the phases of the boots, or not of all: ",
                                          (*qemu)->why_no_stops()));
    }
  }
  run.seconds = SecondsBetween(begin, Clock::now());
  fs::remove(folder / "next.img", error);
  const auto console = ReadText(folder / "console.txt");
  if (!console.ok()) return console.status();
  TakeConsole(*console, script, run.result);
  const absl::Status seen = WriteSeen(run.result, folder);
  if (!seen.ok()) return seen;
  return run;
}

// One of the script's kernels, from 1, by itself: booted cold, with kho=off, and nothing played.
VmScript ControlOf(const VmScript& script, size_t kernel) {
  VmScript control = script;
  VmKernel alone = script.kernels[kernel - 1];
  alone.plan.kho = false;
  alone.ops.clear();
  alone.kexec = false;
  control.kernels = {std::move(alone)};
  return control;
}

// Of a kernel that does not come up: is that KHO's doing? Where the machine does not boot without
// it either nothing is broken, and the run has ended in trouble.
absl::Status Control(const Scenario& scenario, const VmScript& script, const VmBoot& boot,
                     VmRun& run) {
  VmResult& result = run.result;
  const auto violation =
      std::ranges::find(result.violations, Invariant::kBootCompletes, &VmViolation::invariant);
  if (violation == result.violations.end()) return absl::OkStatus();
  VmBoot again = boot;
  again.folder = boot.folder / "control";
  again.progress = [&boot](const std::string& what) {
    if (boot.progress) boot.progress(absl::StrCat(what, " again, cold and with kho=off"));
  };
  const VmScript alone = ControlOf(script, violation->kernel);
  const auto control = BootOnce(scenario, alone, again);
  if (!control.ok()) return control.status();
  const KernelSeen& seen = control->result.kernels.front();
  if (seen.up) {
    violation->evidence.push_back(
        "booted cold and with kho=off the same machine comes up (folder control)");
    return absl::OkStatus();
  }
  result.end = VmResult::End::kTrouble;
  result.why = absl::StrCat("booted cold and with kho=off the machine does not come up either: ",
                            DeathIn(seen.console).value_or("the machine went off"));
  result.violations.erase(violation);
  return absl::OkStatus();
}

}  // namespace

absl::Status WriteSeen(const VmResult& result, const fs::path& folder) {
  absl::Status status;
  std::error_code error;
  for (size_t i = 0; i < result.kernels.size(); ++i) {
    const fs::path own = folder / absl::StrCat("kernel", i + 1);
    fs::create_directories(own, error);
    for (const auto& [name, content] : result.kernels[i].files) {
      status.Update(WriteText(own / absl::StrCat(name, name.ends_with("fdt")     ? ".dtb"
                                                       : name.ends_with("pages") ? ".bin"
                                                                                 : ".txt"),
                              content));
    }
    status.Update(
        WriteText(own / "log.txt", absl::StrJoin(result.kernels[i].console, "\n") + "\n"));
  }
  status.Update(WriteCapture(result, folder));
  return status;
}

void RemoveSeen(const fs::path& folder) {
  std::error_code error;
  for (size_t i = 1; fs::remove_all(folder / absl::StrCat("kernel", i), error) > 0; ++i) {
  }
  for (const char* const name : {"control", "radix", "fdt.dtb", "scratch.bin", "scratch.k1.bin",
                                 "scratch.k2.bin", "pagetypeinfo.k1.txt", "pagetypeinfo.k2.txt",
                                 "iomem.k2.txt", "zoneinfo.k2.txt", "machine.txt"}) {
    fs::remove_all(folder / name, error);
  }
  for (const PhaseStop& stop : kPhaseStops) {
    for (const char* const kernel : {"k1", "k2"}) {
      fs::remove(folder / absl::StrCat("memblock.", kernel, ".", std::string(stop.name), ".txt"),
                 error);
    }
  }
}

absl::StatusOr<VmRun> BootScenario(const Scenario& scenario, const VmScript& script,
                                   const VmBoot& boot) {
  auto run = BootOnce(scenario, script, boot);
  if (!run.ok()) return run.status();
  if (const absl::Status status = Control(scenario, script, boot, *run); !status.ok())
    return status;
  return run;
}

}  // namespace khofuzz
