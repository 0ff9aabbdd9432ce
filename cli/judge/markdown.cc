#include "cli/judge/markdown.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "cli/judge/table.h"

namespace khofuzz {
namespace {

struct Section {
  Contender::Kind kind;
  std::string_view title;
  std::string_view about;
};
constexpr std::array<Section, 3> kSections = {{
    {Contender::Kind::kNamed, "Named designs", "Kernel releases, and positions taken in mails."},
    {Contender::Kind::kQuirk, "Quirks",
     "What upstream did, proposed or rejected, one deviation each."},
    {Contender::Kind::kJoined, "Others", "Joined by hand."},
}};

// Text inside a cell of a table.
std::string Escape(std::string_view text) {
  return absl::StrReplaceAll(absl::string_view(text.data(), text.size()),
                             {{"|", "\\|"}, {"\n", " "}});
}

std::string Slugs(const std::vector<std::string_view>& slugs) {
  std::vector<std::string> names;
  for (const std::string_view slug : slugs) names.emplace_back(slug);
  return names.empty() ? "nothing" : absl::StrJoin(names, ", ");
}

std::string Broken(const Judgement::Row& row) {
  std::vector<std::string> broken;
  for (const Invariant invariant : BrokenInvariants(row)) {
    const Cell& cell = row.standing.cells[static_cast<size_t>(invariant)];
    broken.push_back(absl::StrCat(std::string(Info(invariant).slug), " (",
                                  cell.shortest->scenario.op_count(), ")"));
  }
  return broken.empty() ? "" : absl::StrJoin(broken, ", ");
}

std::string MarkdownRow(const Judgement::Row& row) {
  std::string executions = "";
  if (row.standing.broken()) {
    const auto median = MedianExecutions(row);
    executions = median.has_value() ? absl::StrCat(*median) : "rarely";
  }
  return absl::StrCat("| `", row.contender.name, "` | ", Slugs(row.contender.breaks), " | ",
                      std::string(OutcomeName(OutcomeOf(row))), " | ", Broken(row), " | ",
                      executions, " |\n");
}

void AddSection(const Judgement& judgement, const Section& section, std::string& page) {
  const auto in_section = [&section](const Judgement::Row& row) {
    return row.contender.kind == section.kind;
  };
  if (std::ranges::none_of(judgement.rows, in_section)) return;
  absl::StrAppend(&page, "\n## ", std::string(section.title), "\n\n", std::string(section.about),
                  "\n\n| design | expected to break | outcome | breaks (op lines) | runs |\n"
                  "|---|---|---|---|---|\n");
  for (const Judgement::Row& row : judgement.rows) {
    if (in_section(row)) page += MarkdownRow(row);
  }
  page += "\n";
  for (const Judgement::Row& row : judgement.rows) {
    if (!in_section(row)) continue;
    absl::StrAppend(&page, "- **`", row.contender.name, "`** ", Escape(row.contender.what), " *",
                    Escape(row.contender.source), "*\n");
  }
}

}  // namespace

std::string JudgementMarkdown(const Judgement& judgement) {
  std::string page = absl::StrCat(
      "# Designs\n\n"
      "`intended` is the algorithms as they should be; every other design departs from it at one "
      "or more\ndecision points. This page is written by `khofuzz judge --markdown` and says, for "
      "each, what it is\nexpected to break and what it was seen to break: in how many op lines the "
      "shortest counterexample\nshows it, and after how many runs of that design a search that "
      "starts from nothing came upon it",
      judgement.rounds > 1 ? absl::StrCat(" (the\nmedian of ", judgement.rounds, " searches)") : "",
      ".\nThe counterexamples are in corpus/regressions/designs.\n\n```\n",
      JudgementSummary(judgement), "```\n");
  for (const Section& section : kSections) AddSection(judgement, section, page);
  return page;
}

}  // namespace khofuzz
