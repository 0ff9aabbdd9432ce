#include <ostream>

#include "absl/status/status.h"
#include "cli/commands/exit_code.h"
#include "cli/linux/linux.h"
#include "linux/build/tree_builder.h"
#include "system/terminal.h"

namespace khofuzz {

int LinuxBuildCommand(const LinuxBuildOptions& options, std::ostream& out, std::ostream& err) {
  const auto variant = FindTreeVariant(options.variant);
  if (!variant.has_value()) {
    err << "khofuzz linux build: no variant is called '" << options.variant << "'\n";
    return kExitBad;
  }
  const auto page_shift = FindTreePageShift(options.page);
  if (!page_shift.has_value()) {
    err << "khofuzz linux build: no machine has pages of '" << options.page << "'\n";
    return kExitBad;
  }
  const TreeBuild build{
      .tree = options.tree,
      .variant = *variant,
      .page_shift = *page_shift,
      .shim = ShimFolder(options.root),
      .folder = TreesFolder(options.bin_dir),
      .compiled = options.compiled,
      .progress = [&err](const std::string& line) { err << "khofuzz: " << line << std::endl; }};
  const auto object = BuildTree(build, ConfiguredToolchain(options.root));
  if (!object.ok()) return TellBad(err, "linux build", object.status());
  out << object->string() << "\n";
  return kExitFine;
}

}  // namespace khofuzz
