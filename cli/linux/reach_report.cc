#include "cli/linux/reach_report.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/linux/report_parts.h"
#include "cli/map/xml.h"
#include "core/lines.h"
#include "system/files.h"

namespace khofuzz {
namespace {

using OrderedJson = nlohmann::ordered_json;

struct ReachCounts {
  size_t functions = 0, called = 0, lines = 0, executed = 0;
};
ReachCounts CountsOf(const ReachedFile& file) {
  ReachCounts counts{.functions = file.functions.size(), .lines = file.lines.size()};
  for (const auto& [line, function] : file.functions) counts.called += function.called;
  for (const auto& [line, executed] : file.lines) counts.executed += executed;
  return counts;
}

// Of headers hundreds of functions come along that nobody would expect to be called.
bool IsSource(const ReachedFile& file) { return file.path.ends_with(".c"); }

std::vector<std::string> NeverCalled(const ReachedFile& file) {
  std::vector<std::string> names;
  for (const auto& [line, function] : file.functions) {
    if (!function.called) names.push_back(function.name);
  }
  return names;
}

// Lines that were not executed, of functions that were called: [first, last].
std::vector<std::pair<unsigned, unsigned>> LeftOut(const ReachedFile& file) {
  std::vector<std::pair<unsigned, unsigned>> ranges;
  bool goes_on = false;
  for (const auto& [line, executed] : file.lines) {
    const ReachedFile::Function* const function = file.FunctionAt(line);
    const bool left_out = !executed && function != nullptr && function->called;
    // A range goes on over lines that have no code.
    if (left_out && goes_on) {
      ranges.back().second = line;
    } else if (left_out) {
      ranges.emplace_back(line, line);
    }
    goes_on = left_out;
  }
  return ranges;
}

std::string RangeText(const std::pair<unsigned, unsigned>& range) {
  return range.first == range.second ? absl::StrCat(range.first)
                                     : absl::StrCat(range.first, "-", range.second);
}

std::string JoinedWords(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) absl::StrAppend(&text, text.empty() ? "" : ", ", word);
  return text;
}

std::string TrimmedLine(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t");
  return begin == std::string::npos ? "" : text.substr(begin);
}

// Whether the statement goes on in the next line.
bool GoesOn(std::string_view text) {
  return !text.empty() && std::string_view(";{}:").find(text.back()) == std::string_view::npos;
}

// A statement of several lines stands in one: "mm/a.c:7-8: pr_warn("...", len);".
std::string LinesOfSeries(const std::vector<SeriesLine>& lines) {
  std::string text;
  for (size_t i = 0; i < lines.size();) {
    std::string whole(TrimmedLine(lines[i].text));
    size_t last = i;
    while (last + 1 < lines.size() && GoesOn(whole) && lines[last + 1].file == lines[i].file &&
           lines[last + 1].line == lines[last].line + 1) {
      absl::StrAppend(&whole, " ", TrimmedLine(lines[++last].text));
    }
    absl::StrAppend(&text, "    ", lines[i].file, ":", lines[i].line,
                    last == i ? "" : absl::StrCat("-", lines[last].line), ": ", whole, "\n");
    i = last + 1;
  }
  return text;
}

std::string FilesOfSeries(const std::vector<SeriesLine>& lines) {
  std::vector<std::string> files;
  for (const SeriesLine& line : lines) {
    if (std::ranges::find(files, line.file) == files.end()) files.push_back(line.file);
  }
  return JoinedWords(files);
}

OrderedJson PlacesJson(const std::vector<SeriesLine>& lines) {
  OrderedJson json = OrderedJson::array();
  for (const SeriesLine& line : lines) {
    json.push_back({{"file", line.file}, {"line", line.line}, {"text", line.text}});
  }
  return json;
}

constexpr const char* kReachStyle =
    "body{font:15px/1.45 system-ui,sans-serif;margin:2em;color:#222;background:#fff}"
    "table.files{border-collapse:collapse;margin:1em 0}"
    ".files td,.files th{padding:.15em .9em .15em 0;text-align:right;border-bottom:1px solid #ddd}"
    ".files td:first-child,.files th:first-child{text-align:left}"
    "pre{font:13px/1.4 ui-monospace,monospace;tab-size:8;margin:0}"
    ".code{border:1px solid #ccc;overflow-x:auto;padding:.4em 0}"
    ".code span{display:block;white-space:pre;padding:0 .6em;border-left:5px solid transparent}"
    ".code i{display:inline-block;width:3.5em;margin-right:1em;text-align:right;color:#777;"
    "font-style:normal}"
    ".y{background:#dff3df}.n{background:#fbd5d5}.s{border-left-color:#2456c4!important}"
    "summary{font-weight:600;padding:.3em 0;cursor:pointer}"
    ".key b{font-weight:400;padding:.1em .5em;margin-right:.6em;border-left:5px solid transparent}";

}  // namespace

std::string SeriesText(const ReachResult& reach) {
  if (!reach.unknown.empty() || !reach.series.has_value()) return "";
  const SeriesReach& series = *reach.series;
  const size_t code = series.executed.size() + series.not_executed.size();
  const size_t all = code + series.no_code.size() + series.not_compiled.size();
  std::string text = "\nThe series: ";
  if (all == 0) {
    absl::StrAppend(&text, "it adds or changes no line of this tree.\n");
  } else if (series.Untested()) {
    absl::StrAppend(&text, "UNTESTED. None of the lines that it adds or changes was executed.\n");
  } else if (code == 0) {
    absl::StrAppend(&text,
                    "none of the lines that it adds or changes has code that is compiled.\n");
  } else if (series.not_executed.empty()) {
    absl::StrAppend(&text, "every line with code that it adds or changes was executed.\n");
  } else {
    absl::StrAppend(&text, "tested in part: ", Grouped(series.not_executed.size()),
                    series.not_executed.size() == 1 ? " line was" : " lines were",
                    " never executed.\n");
  }
  absl::StrAppend(&text, Wrapped(absl::StrCat(Grouped(all), " lines added or changed: ",
                                              Grouped(series.executed.size()), " executed, ",
                                              Grouped(series.not_executed.size()), " not, ",
                                              Grouped(series.no_code.size()),
                                              " without code that is compiled (comments, "
                                              "declarations, other configurations)."),
                                 2, 2));
  if (!series.not_compiled.empty()) {
    absl::StrAppend(&text, Wrapped(absl::StrCat("Not compiled here, and so not tested, ",
                                                Grouped(series.not_compiled.size()),
                                                " lines in: ", FilesOfSeries(series.not_compiled)),
                                   2, 4));
  }
  if (!series.not_executed.empty()) {
    absl::StrAppend(&text, "  Never executed:\n", LinesOfSeries(series.not_executed));
  }
  if (!series.gone.empty()) {
    absl::StrAppend(&text,
                    "  Not in the tree (lines of the patch; a later one may have changed them):\n",
                    LinesOfSeries(series.gone));
  }
  return text;
}

std::string ReachText(const ReachResult& reach) {
  if (!reach.unknown.empty()) {
    return absl::StrCat("\nWhat was reached is not known: ", reach.unknown, "\n");
  }
  ReachCounts all;
  std::string text;
  for (const ReachedFile& file : reach.files) {
    if (!IsSource(file)) continue;
    const ReachCounts counts = CountsOf(file);
    all.functions += counts.functions;
    all.called += counts.called;
    all.lines += counts.lines;
    all.executed += counts.executed;
    absl::StrAppend(&text, "\n  ", file.path, ": ", Grouped(counts.called), " of ",
                    Grouped(counts.functions), " functions, ", Grouped(counts.executed), " of ",
                    Grouped(counts.lines), " lines\n");
    if (const auto names = NeverCalled(file); !names.empty()) {
      absl::StrAppend(&text, Wrapped(absl::StrCat("never called: ", JoinedWords(names)), 4, 6));
    }
    std::vector<std::string> ranges;
    for (const auto& range : LeftOut(file)) ranges.push_back(RangeText(range));
    if (!ranges.empty()) {
      absl::StrAppend(
          &text,
          Wrapped(absl::StrCat("never executed in others, lines ", JoinedWords(ranges)), 4, 6));
    }
  }
  return absl::StrCat("\nReached: ", Grouped(all.called), " of the ", Grouped(all.functions),
                      " functions that were compiled, ", Grouped(all.executed), " of ",
                      Grouped(all.lines), " lines\n", text);
}

OrderedJson ReachJson(const ReachResult& reach) {
  if (!reach.unknown.empty()) return {{"unknown", reach.unknown}};
  OrderedJson json;
  json["unknown"] = nullptr;
  json["files"] = OrderedJson::array();
  for (const ReachedFile& file : reach.files) {
    const ReachCounts counts = CountsOf(file);
    OrderedJson never = OrderedJson::array();
    for (const auto& [line, executed] : file.lines) {
      if (!executed) never.push_back(line);
    }
    json["files"].push_back({{"file", file.path},
                             {"functions", counts.functions},
                             {"called", counts.called},
                             {"never_called", NeverCalled(file)},
                             {"lines", counts.lines},
                             {"executed", counts.executed},
                             {"never_executed", std::move(never)}});
  }
  json["series"] = nullptr;
  if (reach.series.has_value()) {
    const SeriesReach& series = *reach.series;
    json["series"] = {{"untested", series.Untested()},
                      {"executed", PlacesJson(series.executed)},
                      {"not_executed", PlacesJson(series.not_executed)},
                      {"no_code", PlacesJson(series.no_code)},
                      {"not_compiled", PlacesJson(series.not_compiled)},
                      {"gone", PlacesJson(series.gone)}};
  }
  return json;
}

absl::StatusOr<std::string> ReachHtml(const ReachResult& reach, const std::filesystem::path& tree,
                                      const std::string& title) {
  std::set<std::pair<std::string, unsigned>> changed;
  std::set<std::string> changed_files;
  if (reach.series.has_value()) {
    for (const auto* const lines :
         {&reach.series->executed, &reach.series->not_executed, &reach.series->no_code}) {
      for (const SeriesLine& line : *lines) {
        changed.emplace(line.file, line.line);
        changed_files.insert(line.file);
      }
    }
  }
  std::string html = absl::StrCat(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>What was "
      "reached: ",
      EscapeXml(title), "</title>\n<style>", kReachStyle, "</style>\n</head>\n<body>\n<h1>",
      EscapeXml(title), ": what was reached</h1>\n");
  if (reach.series.has_value()) {
    absl::StrAppend(&html, "<pre>", EscapeXml(SeriesText(reach)), "</pre>\n");
  }
  if (!reach.unknown.empty()) {
    return absl::StrCat(html, "<p>Not known: ", EscapeXml(reach.unknown),
                        "</p>\n</body>\n</html>\n");
  }
  absl::StrAppend(&html,
                  "<p class=\"key\"><b class=\"y\">executed</b><b class=\"n\">never executed</b>"
                  "<b>no code that is compiled</b>",
                  changed.empty() ? "" : "<b class=\"s\">added or changed by the series</b>",
                  "</p>\n<table class=\"files\">\n<tr><th>file</th><th>functions called</th>"
                  "<th>lines executed</th></tr>\n");
  std::string sources;
  for (const ReachedFile& file : reach.files) {
    if (!IsSource(file) && !changed_files.contains(file.path)) continue;
    const ReachCounts counts = CountsOf(file);
    const std::string name = EscapeXml(file.path);
    absl::StrAppend(&html, "<tr><td><a href=\"#", name, "\">", name, "</a></td><td>", counts.called,
                    " of ", counts.functions, "</td><td>", counts.executed, " of ", counts.lines,
                    "</td></tr>\n");
    const auto text = ReadText(tree / file.path);
    if (!text.ok()) return text.status();
    absl::StrAppend(&sources, "<details id=\"", name, "\"",
                    changed.empty() || changed_files.contains(file.path) ? " open" : "",
                    "><summary>", name, "</summary>\n<pre class=\"code\">");
    unsigned number = 0;
    for (const std::string_view line : LinesOf(*text)) {
      const auto at = file.lines.find(++number);
      absl::StrAppend(&sources, "<span class=\"",
                      at == file.lines.end() ? ""
                      : at->second           ? "y"
                                             : "n",
                      changed.contains({file.path, number}) ? " s" : "", "\"><i>", number, "</i>",
                      EscapeXml(line), "</span>");
    }
    absl::StrAppend(&sources, "</pre></details>\n");
  }
  return absl::StrCat(html, "</table>\n", sources, "</body>\n</html>\n");
}

}  // namespace khofuzz
