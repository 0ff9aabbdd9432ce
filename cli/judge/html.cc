#include "cli/judge/html.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/commands/story.h"
#include "cli/commands/story_page.h"
#include "cli/fuzz/table.h"
#include "cli/judge/html_parts.h"
#include "cli/judge/table.h"
#include "cli/map/svg.h"
#include "cli/map/units.h"
#include "cli/map/xml.h"

namespace khofuzz {
namespace {

std::vector<Invariant> Columns(const Judgement& judgement) {
  std::vector<Invariant> columns;
  for (const InvariantInfo& info : InvariantCatalogue()) {
    const auto exercised = [&info](const Judgement::Row& row) {
      const Cell& cell = row.standing.cells[static_cast<size_t>(info.invariant)];
      return cell.broken() || cell.scenarios != 0;
    };
    if (std::ranges::any_of(judgement.rows, exercised)) columns.push_back(info.invariant);
  }
  return columns;
}

// What a cell's detail is called, also in links: page.html#linux-7.3.undo.
std::string DetailId(const Contender& contender, Invariant invariant) {
  return absl::StrCat(contender.name, ".", std::string(Info(invariant).slug));
}

std::string CellHtml(const Judgement::Row& row, Invariant invariant, const Cell& cell) {
  const Contender& contender = row.contender;
  if (!cell.broken()) {
    const std::string name(CellName(row, cell));
    if (cell.scenarios == 0) {
      return absl::StrCat("<td class=\"none\" title=\"", name, "\">&middot;</td>");
    }
    return absl::StrCat("<td class=\"", row.standing.broken() ? "unseen" : "holds", "\" title=\"",
                        name, ": came up ", FormatCount(cell.premises), " times in ",
                        FormatCount(cell.scenarios), " scenarios\">", ShortNumber(cell.premises),
                        "</td>");
  }
  return absl::StrCat("<td class=\"", contender.expected_to_hold() ? "finding" : "breaks",
                      "\" title=\"after ", FormatCount(cell.first->executions),
                      " runs\"><button data-show=\"", DetailId(contender, invariant), "\">",
                      cell.shortest->scenario.op_count(), "</button></td>");
}

std::string RowHtml(const Judgement::Row& row, const std::vector<Invariant>& columns) {
  const Contender& contender = row.contender;
  std::string html = absl::StrCat("<tr data-outcome=\"", std::string(OutcomeName(OutcomeOf(row))),
                                  "\"><th title=\"", EscapeXml(contender.what), "\n",
                                  EscapeXml(contender.source), "\">", EscapeXml(contender.name),
                                  "</th><td>", std::string(OutcomeName(OutcomeOf(row))), "</td>");
  for (const Invariant invariant : columns) {
    html += CellHtml(row, invariant, row.standing.cells[static_cast<size_t>(invariant)]);
  }
  return html + "</tr>\n";
}

// What a click on a broken cell shows.
std::string Detail(const Contender& contender, const Cell& cell) {
  const Counterexample& shown = *cell.shortest;
  const Telling telling =
      TellStory(shown.scenario, *shown.target, contender.design, contender.name);
  const std::string file = CounterexampleName(contender, shown);
  std::string html = absl::StrCat(
      "<template id=\"", DetailId(contender, shown.violation.invariant), "\">\n<h2>",
      EscapeXml(contender.name), " breaks ", EscapeXml(Info(shown.violation.invariant).slug),
      "</h2>\n<p>First seen after ", FormatCount(cell.first->executions),
      " runs of this design. <code>./khofuzz explain ", EscapeXml(file), " --design ",
      EscapeXml(contender.name), "</code></p>\n<pre>",
      EscapeXml(CounterexampleText(contender, shown)), "</pre>\n");
  for (const Telling::Section& section : telling.sections) {
    absl::StrAppend(&html, "<h3>", EscapeXml(section.title), "</h3>\n");
    if (section.of_memory) {
      html += StoryTable(telling, shown.scenario, contender.name);
    } else if (!section.text.empty()) {
      absl::StrAppend(&html, "<pre>", EscapeXml(section.text), "</pre>\n");
    }
  }
  for (const Telling::Picture& picture : telling.pictures) {
    absl::StrAppend(&html, "<figure><figcaption>", EscapeXml(picture.caption), "</figcaption>\n",
                    RenderSvg(picture.map), "</figure>\n");
  }
  return html + "</template>\n";
}

}  // namespace

std::string JudgementHtml(const Judgement& judgement) {
  const std::vector<Invariant> columns = Columns(judgement);
  std::string page = absl::StrCat(kJudgePageHead, "<style>", kStoryTableStyle,
                                  "</style>\n<h1>Designs and invariants</h1>\n<pre>",
                                  EscapeXml(JudgementSummary(judgement)),
                                  "Counterexamples: ", EscapeXml(judgement.folder), "</pre>\n",
                                  kJudgePageLegend, "<table>\n<tr><th>design</th><td>outcome</td>");
  for (const Invariant invariant : columns) {
    const InvariantInfo& info = Info(invariant);
    absl::StrAppend(&page, "<th class=\"invariant\" title=\"", EscapeXml(info.statement),
                    "\"><span>", EscapeXml(info.slug), "</span></th>");
  }
  page += "</tr>\n";
  for (const Judgement::Row& row : judgement.rows) page += RowHtml(row, columns);
  page += "</table>\n<div id=\"detail\"></div>\n";
  if (const Grid besides = SideBySideGrid(judgement); !besides.empty()) {
    absl::StrAppend(&page, "<h2>Side by side</h2>\n", GridHtml(besides), "<pre>",
                    EscapeXml(SideBySideLegend()), "</pre>\n");
  }
  if (const Grid costs = CostGrid(judgement); !costs.empty()) {
    absl::StrAppend(&page, "<h2>Costs</h2>\n", GridHtml(costs), "<pre>",
                    EscapeXml(CostLegend(judgement)), "</pre>\n");
  }
  absl::StrAppend(&page, "<h2>Outcome of each design</h2>\n", GridHtml(OutcomeGrid(judgement)));
  for (const Judgement::Row& row : judgement.rows) {
    for (const Cell& cell : row.standing.cells) {
      if (cell.broken()) page += Detail(row.contender, cell);
    }
  }
  page += kJudgePageTail;
  return page;
}

}  // namespace khofuzz
