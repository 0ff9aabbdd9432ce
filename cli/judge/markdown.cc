#include "cli/judge/markdown.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "cli/judge/table.h"

namespace khofuzz {
namespace {

struct Section {
  Contender::Kind kind;
  std::string_view title;
  std::string_view about;
};
constexpr std::array<Section, 4> kSections = {{
    {Contender::Kind::kIntended, "Intended", "The algorithms as they should be."},
    {Contender::Kind::kNamed, "Named designs", "Kernel releases, and positions taken in mails."},
    {Contender::Kind::kQuirk, "Quirks",
     "What upstream did, proposed or rejected, one deviation each."},
    {Contender::Kind::kJoined, "Others", "Joined by hand."},
}};

std::string OnOneLine(std::string_view text) {
  return absl::StrReplaceAll(absl::string_view(text.data(), text.size()), {{"\n", " "}});
}

// Each line of it a paragraph's line of its own.
std::string AsList(const std::string& text) {
  std::string list;
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    absl::StrAppend(&list, "> ", line, "  \n");
  }
  return list;
}

void AddSection(const Judgement& judgement, const Section& section, std::string& page) {
  const Grid grid = OutcomeGrid(judgement, section.kind);
  if (grid.empty()) return;
  absl::StrAppend(&page, "\n## ", std::string(section.title), "\n\n", std::string(section.about),
                  "\n\n", GridMarkdown(grid), "\n");
  if (section.kind == Contender::Kind::kIntended) return;
  for (const Judgement::Row& row : judgement.rows) {
    if (row.contender.kind != section.kind) continue;
    absl::StrAppend(&page, "- **`", row.contender.name, "`** ", OnOneLine(row.contender.what), " *",
                    OnOneLine(row.contender.source), "*\n");
  }
}

}  // namespace

std::string JudgementMarkdown(const Judgement& judgement) {
  std::string page = absl::StrCat(
      "# Designs\n\n"
      "`intended` is the algorithms as they should be; every other design departs from it at one "
      "or more\ndecision points. This page is written by `khofuzz judge --markdown`. For each "
      "design it says what\na search that starts from nothing has seen:\n\n"
      "* runs: of that design, until it first broke something, else in all",
      judgement.rounds > 1 ? absl::StrCat(" (the median of ", judgement.rounds, " searches)") : "",
      ";\n* invariants put to the test: on how many of them its runs could tell anything, and how "
      "often. A design\n  that holds has been shown to hold so much and no more; one that broke in "
      "its second run has not been\n  shown to hold anything;\n"
      "* breaks: each invariant, with the op lines of the shortest counterexample;\n"
      "* expected to break: what the catalogue says.\n\n"
      "The counterexamples are in ",
      judgement.folder, ".\n\n```\n", JudgementSummary(judgement), "```\n");
  for (const Section& section : kSections) AddSection(judgement, section, page);
  if (const Grid besides = SideBySideGrid(judgement); !besides.empty()) {
    absl::StrAppend(&page, "\n## Side by side\n\n", GridMarkdown(besides), "\n",
                    AsList(SideBySideLegend()));
  }
  if (const Grid costs = CostGrid(judgement); !costs.empty()) {
    absl::StrAppend(&page, "\n## Costs\n\n", GridMarkdown(costs), "\n",
                    AsList(CostLegend(judgement)));
  }
  return page;
}

}  // namespace khofuzz
