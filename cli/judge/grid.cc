#include "cli/judge/grid.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "cli/map/xml.h"

namespace khofuzz {
namespace {

std::string InMarkdown(const std::string& text) {
  return absl::StrReplaceAll(text, {{"|", "\\|"}, {"\n", " "}});
}

}  // namespace

std::string GridText(const Grid& grid) {
  std::vector<std::vector<std::string>> lines = {grid.head};
  lines.insert(lines.end(), grid.lines.begin(), grid.lines.end());
  std::vector<size_t> widths(grid.head.size());
  for (const auto& line : lines) {
    for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  std::string text;
  for (const auto& line : lines) {
    std::string one;
    for (size_t i = 0; i < line.size(); ++i) {
      absl::StrAppendFormat(&one, "%-*s  ", static_cast<int>(widths[i]), line[i]);
    }
    one.erase(one.find_last_not_of(' ') + 1);
    absl::StrAppend(&text, one, "\n");
  }
  return text;
}

std::string GridMarkdown(const Grid& grid) {
  std::string text;
  const auto line = [&text](const std::vector<std::string>& cells, bool head) {
    for (size_t i = 0; i < cells.size(); ++i) {
      const bool name = i == 0 && !head && !cells[i].empty();
      absl::StrAppend(&text, "| ", name ? "`" : "", InMarkdown(cells[i]), name ? "` " : " ");
    }
    text += "|\n";
  };
  line(grid.head, true);
  for (size_t i = 0; i < grid.head.size(); ++i) text += "|---";
  text += "|\n";
  for (const auto& cells : grid.lines) line(cells, false);
  return text;
}

std::string GridHtml(const Grid& grid) {
  std::string html = "<table>\n<tr>";
  for (const std::string& cell : grid.head)
    absl::StrAppend(&html, "<th>", EscapeXml(cell), "</th>");
  html += "</tr>\n";
  for (const auto& cells : grid.lines) {
    html += "<tr>";
    for (size_t i = 0; i < cells.size(); ++i) {
      absl::StrAppend(&html, i == 0 ? "<th>" : "<td>", EscapeXml(cells[i]),
                      i == 0 ? "</th>" : "</td>");
    }
    html += "</tr>\n";
  }
  return html + "</table>\n";
}

}  // namespace khofuzz
