#include "cli/play/flags.h"

#include <CLI/CLI.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "cli/plan/command_line.h"
#include "cli/plan/plan.h"

namespace khofuzz {

void AddPlanOptions(CLI::App& command, PlanOptions& options) {
  command.add_option("--memory", options.memory, "how much there is: 16G, 800M")->type_name("SIZE");
  command.add_option("--nodes", options.nodes, "NUMA nodes, of like size: 1 (default) to 64")
      ->type_name("COUNT");
  command
      .add_option("--low-memory", options.low_memory,
                  "how much of it lies below 4 GiB at the most (default: 3G)")
      ->type_name("SIZE");
  command.add_option("--page-size", options.page_size, "4K (default), 16K or 64K")
      ->type_name("SIZE");
  command
      .add_option("--cmdline", options.cmdline,
                  absl::StrCat("the kernel's command line, in quotes; what is read of it: ",
                               std::string(kPlannedParameters)))
      ->type_name("TEXT")
      ->each([&options](const std::string&) { options.cmdline_given = true; });
  command
      .add_option("--release", options.release, "linux-7.3, linux-7.2, or a design of the model")
      ->type_name("NAME")
      ->capture_default_str();
  command
      .add_option("--linux", options.linux_tree,
                  "play on this kernel tree's own code instead of the model")
      ->type_name("TREE");
  AddCompiledAs(command, options.compiled);
  command
      .add_option("--from", options.from,
                  "a boot log (dmesg), a memblock dump, a recorded handover, or a folder that "
                  "`khofuzz record` has made")
      ->type_name("FILE");
  command.add_flag("--live", options.live, "this machine, as `khofuzz record` collects it");
  command
      .add_option("--log-kho", options.log_kho,
                  "whether KHO was on in the boot that the log is of, if it does not say: on, off")
      ->type_name("WORD");
  command
      .add_option("--preserve", options.preserve,
                  "how much memory is preserved: 50%, 8G; both scattered and in one run, or with "
                  ":scattered or :run after it only so")
      ->type_name("AMOUNT");
  command
      .add_option("--kernel", options.kernel,
                  "the kernel's size in memory: code, data and bss of the log's line 'Memory: '")
      ->type_name("SIZE");
  command.add_option("--initrd", options.initrd, "the initrd's size, as it is on disk")
      ->type_name("SIZE");
  command
      .add_option("--swiotlb", options.swiotlb,
                  "the bounce buffer's size (default: 64M with memory above 4 GiB)")
      ->type_name("SIZE");
  command
      .add_option("--other", options.other,
                  "all else that early boot takes: page tables, log buffer, CPUs' areas")
      ->type_name("SIZE");
  command.add_flag("--json", options.json, "print JSON");
  command.add_flag("--no-search", options.no_search, "do not look for the smallest kho_scratch=");
  command
      .add_option(
          "--html", options.html,
          "draw physical memory into this .html (or .svg) file; folders that it lies in are "
          "made")
      ->type_name("FILE");
  command.footer(
      "Examples:\n"
      "  How much does KHO take on my 16 GiB laptop, and is it really gone?\n"
      "    khofuzz plan --memory 16G\n"
      "    dmesg >log; khofuzz plan --from log       (closer: from the machine's own boot log)\n"
      "  KHO turns itself off on a server with a crash kernel: why, and what would fit?\n"
      "    khofuzz plan --memory 64G --cmdline \"crashkernel=1G\"\n"
      "  Will 8 gigantic pages fit after a live update with half of memory preserved?\n"
      "    khofuzz plan --memory 64G --nodes 2 --cmdline \"hugepagesz=1G hugepages=8\" \\\n"
      "      --preserve 50%\n"
      "Exit status: 0 KHO stays on and the next kernel fits; 1 it may not; 2 bad usage or input.");
}

}  // namespace khofuzz
