// khofuzz linux design: what a tree is measured as.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <functional>
#include <map>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/commands/exit_code.h"
#include "cli/fuzz/verdict.h"
#include "cli/linux/linux.h"
#include "cli/linux/report_parts.h"
#include "cli/linux/tree_facts.h"
#include "cli/play/flags.h"
#include "cli/play/tree_design.h"
#include "core/designs/named.h"
#include "scenario/language/text.h"
#include "scenario/measuring/probes.h"
#include "system/terminal.h"

namespace khofuzz {
namespace {

// Where they part, the most frequent first: many probes come upon one cause.
std::string NotExplained(const TreeDesign& measured) {
  constexpr size_t kNamed = 3;
  // What a probe says begins with the moment, "after scratch extension of kernel 2: ...".
  std::map<std::string, std::vector<TreeDesign::Unexplained>> by_moment;
  for (const TreeDesign::Unexplained& one : measured.unexplained) {
    by_moment[WithoutNumbers(one.what.substr(0, one.what.find(": ")))].push_back(one);
  }
  std::vector<std::vector<TreeDesign::Unexplained>> kinds;
  for (auto& [moment, probes] : by_moment) {
    // The shortest is the easiest to read.
    std::ranges::sort(probes, {},
                      [](const auto& one) { return std::pair(one.what.size(), one.probe); });
    kinds.push_back(std::move(probes));
  }
  std::ranges::sort(kinds, std::greater<>(),
                    [](const auto& probes) { return std::pair(probes.size(), probes[0].what); });
  std::string text;
  for (const auto& probes : kinds) {
    std::vector<std::string> names;
    for (const auto& one : probes) {
      if (names.size() < kNamed) names.push_back(one.probe);
    }
    if (probes.size() > kNamed) {
      names.push_back(absl::StrCat(probes.size() - kNamed, " more (--json has all)"));
    }
    absl::StrAppend(&text, Wrapped(absl::StrCat("- ", Counted(probes.size(), "probe"),
                                                ", such as: ", probes[0].what),
                                   2, 4));
    for (const std::string& name : names) absl::StrAppend(&text, "      ", name, "\n");
  }
  if (text.empty()) return "";
  return absl::StrCat("Not explained, by where tree and model part first:\n", text,
                      "To look at one: --probe '", kinds[0][0].probe, "' prints its scenario.\n");
}

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
  return text + NotExplained(measured);
}

// The scenario of a probe.
absl::StatusOr<std::string> ProbeText(const std::string& name, const std::filesystem::path& root) {
  const auto probes = AllDesignProbes(root / "corpus");
  if (!probes.ok()) return probes.status();
  const auto probe = std::ranges::find(*probes, name, &DesignProbe::name);
  if (probe == probes->end()) {
    return absl::NotFoundError(
        absl::StrCat("no probe is called '", name, "'; --json tells those that are not explained"));
  }
  return absl::StrCat("# ", name, ", played by ", std::string(probe->target->name), "\n",
                      Print(probe->scenario));
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
  if (!options.probe.empty()) {
    const auto text = ProbeText(options.probe, options.root);
    if (!text.ok()) return bad(text.status());
    out << *text;
    out.flush();
    return out.good() ? kExitFine : kExitBad;
  }
  const auto tree = BuildAndMeasure({.path = options.tree,
                                     .compiled = options.compiled,
                                     .root = options.root,
                                     .bin_dir = options.bin_dir,
                                     .progress = progress});
  if (!tree.ok()) return bad(tree.status());
  const TreeDesign& measured = tree->measured;
  if (options.row) {
    out << DesignRow(measured);
  } else if (options.json) {
    out << DesignJson(measured);
  } else {
    out << Visible(DesignForPeople(measured, Title(FactsOf(options.tree, options.compiled))));
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
  command.add_option("--probe", options.probe,
                     "print the scenario of this probe, and measure nothing");
  AddCompiledAs(command, options.compiled);
  command.footer("Exit status: 0, or 2 if the tree cannot be built or played.");
}

}  // namespace khofuzz
