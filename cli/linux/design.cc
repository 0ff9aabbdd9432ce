// khofuzz linux design: what a tree is measured as.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "cli/commands/exit_code.h"
#include "cli/linux/linux.h"
#include "cli/linux/report_parts.h"
#include "cli/linux/tree_facts.h"
#include "cli/play/flags.h"
#include "cli/play/tree_design.h"
#include "core/designs/named.h"
#include "linux/build/tree_builder.h"
#include "system/terminal.h"

namespace khofuzz {
namespace {

std::string DesignForPeople(const TreeDesign& measured, const std::string& title) {
  std::string text = absl::StrCat(title, " is ", DesignText(measured), "\n");
  for (const QuirkInfo& info : QuirkCatalogue()) {
    if (!measured.design.Has(info.quirk)) continue;
    absl::StrAppend(
        &text,
        Wrapped(absl::StrCat("- ", std::string(info.name), ": ", std::string(info.what)), 2, 4));
  }
  for (const std::string& quirk : measured.untold) {
    absl::StrAppend(&text, Wrapped(absl::StrCat("No probe tells whether it has ", quirk,
                                                ": taken from the nearest release."),
                                   2, 4));
  }
  if (!measured.unexplained.empty()) absl::StrAppend(&text, "Not explained:\n");
  for (const TreeDesign::Unexplained& one : measured.unexplained) {
    absl::StrAppend(&text, Wrapped(absl::StrCat("- ", one.probe, ": ", one.what), 2, 4));
  }
  return text;
}

// "Quirk::kNeverExtends," of never-extends, a line each: a release's row in core/designs.
std::string DesignRow(const TreeDesign& measured) {
  std::string text;
  for (const QuirkInfo& info : QuirkCatalogue()) {
    if (!measured.design.Has(info.quirk)) continue;
    absl::StrAppend(&text, "Quirk::k");
    bool upper = true;
    for (const char c : info.name) {
      if (c != '-') {
        text += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
      }
      upper = c == '-';
    }
    const bool told = std::ranges::find(measured.untold, info.name) == measured.untold.end();
    absl::StrAppend(&text, told ? ",\n" : ",  // no probe tells\n");
  }
  return text;
}

}  // namespace

int LinuxDesignCommand(const LinuxDesignOptions& options, std::ostream& out, std::ostream& err) {
  const auto progress = [&err](const std::string& line) {
    err << "khofuzz: " << Visible(line) << std::endl;
  };
  const auto bad = [&err](const absl::Status& status) {
    return TellBad(err, "linux design", status);
  };
  const auto objects = BuildTreeForAllPages({.tree = options.tree,
                                             .variant = OwnTreeVariant(),
                                             .shim = ShimFolder(options.root),
                                             .folder = TreesFolder(options.bin_dir),
                                             .compiled = options.compiled,
                                             .progress = progress},
                                            ConfiguredToolchain(options.root));
  if (!objects.ok()) return bad(objects.status());
  const auto measured =
      MeasureTree(*objects, {.corpus = options.root / "corpus", .progress = progress});
  if (!measured.ok()) return bad(measured.status());
  if (options.row) {
    out << DesignRow(*measured);
  } else if (options.json) {
    out << DesignJson(*measured);
  } else {
    out << Visible(DesignForPeople(*measured, Title(FactsOf(options.tree, options.compiled))));
  }
  out.flush();
  return out.good() ? kExitFine : kExitBad;
}

void AddLinuxDesignOptions(CLI::App& command, LinuxDesignOptions& options) {
  command.add_option("dir", options.tree, "the tree; it is only read")->required();
  CLI::Option* const json = command.add_flag("--json", options.json, "print it as JSON");
  command
      .add_flag("--row", options.row,
                "print the quirks as core/designs/linux-X.Y.inc has those of a release")
      ->excludes(json);
  AddCompiledAs(command, options.compiled);
  command.footer("Exit status: 0, or 2 if the tree cannot be built or played.");
}

}  // namespace khofuzz
