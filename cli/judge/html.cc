#include "cli/judge/html.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/commands/story.h"
#include "cli/commands/story_page.h"
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

std::string CellHtml(const Contender& contender, Invariant invariant, const Cell& cell) {
  if (!cell.broken()) {
    if (cell.scenarios == 0) return "<td class=\"none\" title=\"not exercised\">&middot;</td>";
    return absl::StrCat("<td class=\"holds\" title=\"held in ", FormatCount(cell.scenarios),
                        " scenarios, its premise ", FormatCount(cell.premises), " times\">",
                        "holds</td>");
  }
  return absl::StrCat("<td class=\"", contender.expected_to_hold() ? "finding" : "breaks",
                      "\" title=\"after ", FormatCount(cell.first->executions),
                      " runs\"><button data-show=\"", DetailId(contender, invariant), "\">",
                      cell.shortest->scenario.op_count(), "</button></td>");
}

std::string RowHtml(const Judgement::Row& row, const std::vector<Invariant>& columns,
                    const std::vector<Cost>& costs) {
  const Contender& contender = row.contender;
  std::string html = absl::StrCat(
      "<tr data-outcome=\"", std::string(OutcomeName(OutcomeOf(row))), "\"><th title=\"",
      EscapeXml(contender.what), "\n", EscapeXml(contender.source), "\">",
      EscapeXml(contender.name), "</th><td>", std::string(KindName(contender.kind)), "</td><td>",
      std::string(OutcomeName(OutcomeOf(row))), "</td><td class=\"number\">");
  if (row.standing.broken()) {
    const auto median = MedianExecutions(row);
    html += median.has_value() ? FormatCount(*median) : "rarely";
  } else {
    html += FormatCount(row.standing.executions);
  }
  html += "</td>";
  for (const Invariant invariant : columns) {
    html += CellHtml(contender, invariant, row.standing.cells[static_cast<size_t>(invariant)]);
  }
  for (const Cost cost : costs) {
    absl::StrAppend(&html, "<td class=\"number\">", MeanCostText(row, cost), "</td>");
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
  const std::vector<Cost> costs = CostsPresent(judgement);
  std::string page =
      absl::StrCat(kJudgePageHead, "<style>", kStoryTableStyle,
                   "</style>\n<h1>Designs and invariants</h1>\n<pre>",
                   EscapeXml(JudgementSummary(judgement)), "</pre>\n", kJudgePageLegend,
                   "<table>\n<tr><th>design</th><td>kind</td>", "<td>outcome</td><td>runs</td>");
  for (const Invariant invariant : columns) {
    const InvariantInfo& info = Info(invariant);
    absl::StrAppend(&page, "<th class=\"invariant\" title=\"", EscapeXml(info.statement),
                    "\"><span>", EscapeXml(info.slug), "</span></th>");
  }
  for (const Cost cost : costs) {
    const CostInfo& info = CostCatalogue()[static_cast<size_t>(cost)];
    absl::StrAppend(&page, "<th class=\"invariant\" title=\"", EscapeXml(info.what),
                    "; the mean of the runs that held, and in parentheses that of intended in the "
                    "same scenarios\"><span>",
                    EscapeXml(info.name), "</span></th>");
  }
  page += "</tr>\n";
  for (const Judgement::Row& row : judgement.rows) page += RowHtml(row, columns, costs);
  page += "</table>\n<div id=\"detail\"></div>\n";
  for (const Judgement::Row& row : judgement.rows) {
    for (const Cell& cell : row.standing.cells) {
      if (cell.broken()) page += Detail(row.contender, cell);
    }
  }
  page += kJudgePageTail;
  return page;
}

}  // namespace khofuzz
