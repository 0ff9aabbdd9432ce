#include "cli/commands/story_page.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "cli/commands/story_lines.h"
#include "cli/map/layout.h"
#include "cli/map/svg.h"
#include "cli/map/xml.h"
#include "scenario/playing/state.h"

namespace khofuzz {

const char* const kStoryTableStyle = R"(
table.story { border-collapse: collapse; width: 100%; table-layout: fixed; margin: 8px 0; }
table.story th { text-align: left; padding: 6px 8px; border-bottom: 2px solid #888; }
table.story td { padding: 3px 8px; border: 1px solid #e8e8e8; vertical-align: top;
                 overflow-wrap: anywhere; }
table.story .n { width: 2.2em; text-align: right; color: #999; }
table.story tr.chapter td { background: #2f4f6f; color: #fff; font-weight: 600; }
table.story tr.phase td { background: #eef1f4; color: #444; font-size: 12px; }
table.story code { font-weight: 600; }
table.story .within { color: #888; font-size: 12px; }
table.story tr.differs td { background: #fff6d8; }
table.story tr.first td { border-top: 3px solid #d98200; }
table.story td.breaks { text-align: left; background: #fbd5d5 !important; }
table.story .flag { color: #b00020; font-weight: 600; }
table.story .flag.first { color: #a05a00; }
)";

namespace {

constexpr const char* kPageStyle = R"(
body { margin: 24px auto; max-width: 1280px; padding: 0 16px; color: #222; background: #fff;
       font: 14px/1.45 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
h1 { font-size: 22px; } h2 { font-size: 17px; margin: 28px 0 6px; }
pre, code { font: 13px/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
pre { padding: 8px 12px; background: #f4f4f4; border-left: 4px solid #2f6fab; margin: 6px 0;
      white-space: pre-wrap; }
section.broken pre { border-left-color: #e3001b; background: #fdf0f0; }
figure { margin: 20px 0; overflow-x: auto; }
figcaption { font-weight: 600; margin-bottom: 4px; }
svg { width: 100%; min-width: 900px; height: auto; }
svg .layer *:hover { outline: 2px solid #111; }
summary { cursor: pointer; font-weight: 600; }
.tools label { margin-right: 16px; cursor: pointer; }
)";

// `text` is empty where there is nothing to say.
std::string Flag(const std::string& text) {
  return text.empty() ? ""
                      : absl::StrCat("<span class=\"flag first\">", EscapeXml(text), "</span>");
}

// `deciding`: what to say if it is here that it is decided.
std::string Cell(const StoryLine* line, size_t number, const Geometry& geometry,
                 const std::string& deciding, std::string_view broken) {
  if (line == nullptr) {
    return absl::StrCat("<td class=\"n\"></td><td>", Flag(deciding), "</td>");
  }
  const bool breaks = line->breaks;
  std::string html =
      absl::StrCat("<td class=\"n\">", number, "</td><td", breaks ? " class=\"breaks\"" : "", ">");
  if (const std::string function = FunctionText(*line); !function.empty()) {
    absl::StrAppend(&html, "<code>", EscapeXml(function), "</code> ");
  }
  html += EscapeXml(LineText(*line));
  if (const std::string whole = WholeText(*line, geometry); !whole.empty()) {
    absl::StrAppend(&html, " <span class=\"within\">", EscapeXml(whole), "</span>");
  }
  if (!deciding.empty()) {
    absl::StrAppend(&html, "<br>", Flag(deciding));
    // A function by itself is no trace.
    if (line->calls.size() > 1) {
      for (const std::string& call : line->calls) {
        absl::StrAppend(&html, "<br><span class=\"within\">", EscapeXml(call), "</span>");
      }
    }
  }
  if (breaks) {
    absl::StrAppend(&html, "<br><span class=\"flag\">breaks ", EscapeXml(broken), "</span>");
  }
  return html + "</td>";
}

std::string Band(std::string_view style, const std::string& text, int columns) {
  return absl::StrCat("<tr class=\"", std::string(style), "\"><td colspan=\"", columns, "\">",
                      EscapeXml(text), "</td></tr>\n");
}

// Everything there is, then what is beside it, larger: a page of a large machine is a hair's width.
std::string Figure(const Telling::Picture& picture, const std::optional<AddrRange>& window) {
  std::string html = absl::StrCat("<figure><figcaption>", EscapeXml(picture.caption),
                                  "</figcaption>\n", RenderSvg(picture.map));
  if (window.has_value()) {
    html += RenderSvg(CloseUp(picture.map, *window, "The same, around the memory at fault"));
  }
  return html + "</figure>\n";
}

// Some pageblocks around the memory at fault, if that is much less than the machine.
std::optional<AddrRange> Window(const Telling& telling) {
  if (!telling.stories.story.focus.pages.has_value()) return std::nullopt;
  const Geometry& g = telling.played.state->geometry();
  // Whole rows of the drawing.
  const uint64_t unit = std::max(g.pageblock_bytes(), kMinRowPages * g.page_size());
  constexpr uint64_t kAround = 2;
  constexpr uint64_t kMuchLess = 8;
  const AddrRange focus = g.ToAddr(*telling.stories.story.focus.pages);
  const PhysAddr begin = AlignDown(focus.begin, unit);
  const AddrRange window{begin - std::min(begin.value, kAround * unit),
                         AlignUp(focus.end, unit) + kAround * unit};
  const uint64_t memory = telling.played.state->machine.memory_bytes();
  if (window.size() * kMuchLess > memory) return std::nullopt;
  return window;
}

}  // namespace

std::string StoryTable(const Telling& telling, const Scenario& scenario, std::string_view design) {
  const Story& left = telling.stories.story;
  const Story& right = telling.stories.beside;
  if (left.lines.empty()) return "";
  const Geometry& geometry = telling.played.state->geometry();
  const bool two = right.told;
  const int columns = two ? 4 : 2;
  const Invariant invariant = telling.played.state->report.violations().front().invariant;
  const std::string_view broken = Info(invariant).slug;
  std::string html = absl::StrCat("<table class=\"story\">\n<tr><th class=\"n\"></th><th>",
                                  EscapeXml(design), "</th>");
  if (two) {
    absl::StrAppend(&html, "<th class=\"n\"></th><th>", EscapeXml(telling.beside_name), "</th>");
  }
  html += "</tr>\n";
  const std::vector<StoryRow> rows = SideBySide(left, right);
  const StoryRow* const deciding = DecidingRow(rows, invariant);
  const StoryLine* last = nullptr;
  size_t numbers[2] = {};
  const auto tell = [&](const StoryRow& row, std::string& into) {
    const StoryLine* line = row.left != nullptr ? row.left : row.right;
    const Story& story = row.left != nullptr ? left : right;
    const bool chapter = last == nullptr || NewChapter(*last, *line);
    if (chapter) into += Band("chapter", KernelText(*line, story, scenario), columns);
    if (chapter || last->phase != line->phase) into += Band("phase", PhaseText(*line), columns);
    last = line;
    const bool decides = &row == deciding;
    absl::StrAppend(&into, "<tr class=\"", row.differs ? "differs" : "", decides ? " first" : "",
                    "\">",
                    Cell(row.left, numbers[0] += row.left != nullptr ? 1 : 0, geometry,
                         decides ? DecidingText(row, true, telling.beside_name) : "", broken));
    if (two) {
      into += Cell(row.right, numbers[1] += row.right != nullptr ? 1 : 0, geometry,
                   row.left == nullptr && decides ? DecidingText(row, false, design) : "", broken);
    }
    into += "</tr>\n";
  };
  // Sums that are alike say nothing; whoever wants them opens them.
  const bool fold = two && !left.focus.pages.has_value();
  for (size_t i = 0; i < rows.size();) {
    const size_t same = fold ? FoldedRows(rows, i, deciding) : 0;
    if (same == 0) {
      tell(rows[i++], html);
      continue;
    }
    std::string folded;
    for (const size_t end = i + same; i < end; ++i) tell(rows[i], folded);
    absl::StrAppend(&html, "<tr class=\"phase\"><td colspan=\"", columns, "\"><details><summary>",
                    same, " lines alike</summary>\n<table class=\"story\">\n", folded,
                    "</table></details></td></tr>\n");
    last = nullptr;
  }
  return html + "</table>\n";
}

std::string StoryPage(const Telling& telling, const Scenario& scenario, std::string_view title,
                      std::string_view design) {
  std::string page = absl::StrCat(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>",
      EscapeXml(title), "</title>\n<style>", kPageStyle, kStoryTableStyle,
      "</style>\n</head>\n<body>\n<h1>", EscapeXml(title), " on ", EscapeXml(design), "</h1>\n");
  const std::optional<AddrRange> window = Window(telling);
  bool drawn = false;
  const auto draw = [&] {
    if (drawn) return;
    drawn = true;
    for (const Telling::Picture& picture : telling.pictures) page += Figure(picture, window);
  };
  for (const Telling::Section& section : telling.sections) {
    const bool last = &section == &telling.sections.back();
    if (last) draw();
    const bool broken = section.title.starts_with("Broken");
    absl::StrAppend(&page, "<section", broken ? " class=\"broken\"" : "", ">\n<h2>",
                    EscapeXml(section.title), "</h2>\n");
    if (section.of_memory) {
      page += StoryTable(telling, scenario, design);
    } else if (!section.text.empty()) {
      absl::StrAppend(&page, "<pre>", EscapeXml(section.text), "</pre>\n");
    }
    page += "</section>\n";
  }
  return page + "</body>\n</html>\n";
}

}  // namespace khofuzz
