#include "bench/find/trial.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace khofuzz {
namespace {

using nlohmann::ordered_json;

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr std::array kKinds = {MistakeKind::kModel, MistakeKind::kTree, MistakeKind::kDesign};

double SecondsOf(const FindTrial& trial) { return trial.found ? trial.cpu_seconds : kNever; }
double RunsOf(const FindTrial& trial) {
  return trial.found ? static_cast<double>(trial.runs) : kNever;
}

// The smallest value that at least this share of them does not exceed.
double Quantile(std::vector<double> values, double share) {
  if (values.empty()) return kNever;
  std::ranges::sort(values);
  const double rank = std::ceil(share * static_cast<double>(values.size()));
  return values[static_cast<size_t>(std::max(rank, 1.0)) - 1];
}

std::vector<FindTrial> OfKind(const std::vector<FindTrial>& trials, MistakeKind kind) {
  std::vector<FindTrial> some;
  std::ranges::copy_if(trials, std::back_inserter(some),
                       [kind](const FindTrial& trial) { return trial.kind == kind; });
  return some;
}

std::vector<double> Values(const std::vector<FindTrial>& trials,
                           double (*of)(const FindTrial& trial)) {
  std::vector<double> values;
  std::ranges::transform(trials, std::back_inserter(values), of);
  return values;
}

std::map<std::string, std::vector<FindTrial>> ByName(const std::vector<FindTrial>& trials) {
  std::map<std::string, std::vector<FindTrial>> by_name;
  for (const FindTrial& trial : trials) by_name[trial.name].push_back(trial);
  return by_name;
}

std::string SecondsText(double seconds) {
  return std::isinf(seconds) ? "never" : absl::StrFormat("%.3f s", seconds);
}
std::string RunsText(double runs) {
  return std::isinf(runs) ? "never" : absl::StrFormat("%.0f", runs);
}
ordered_json NumberOrNull(double value) {
  return std::isinf(value) ? ordered_json() : ordered_json(value);
}

}  // namespace

std::string_view KindName(MistakeKind kind) {
  switch (kind) {
    case MistakeKind::kModel:
      return "model fault";
    case MistakeKind::kTree:
      return "tree fault";
    case MistakeKind::kDesign:
      return "design";
  }
  return "";
}

FindSummary Summarise(const std::vector<FindTrial>& trials, MistakeKind kind) {
  const std::vector<FindTrial> some = OfKind(trials, kind);
  FindSummary summary{.trials = some.size()};
  for (const auto& [name, of_one] : ByName(some)) {
    ++summary.mistakes;
    if (std::ranges::none_of(of_one, &FindTrial::found)) ++summary.never;
  }
  summary.lost = static_cast<size_t>(
      std::ranges::count_if(some, [](const FindTrial& trial) { return !trial.found; }));
  summary.median_seconds = Quantile(Values(some, SecondsOf), 0.5);
  summary.p90_seconds = Quantile(Values(some, SecondsOf), 0.9);
  summary.median_runs = Quantile(Values(some, RunsOf), 0.5);
  summary.p90_runs = Quantile(Values(some, RunsOf), 0.9);
  return summary;
}

std::string FindTable(const std::vector<FindTrial>& trials, size_t most) {
  std::string table = absl::StrFormat(
      "From nothing to the first sight. Seconds are the processor's, building left out.\n"
      "%-12s %8s %6s %5s %5s  %12s %12s  %8s %8s\n",
      "", "mistakes", "trials", "lost", "never", "median", "90th pct", "runs", "90th pct");
  for (const MistakeKind kind : kKinds) {
    const FindSummary sum = Summarise(trials, kind);
    if (sum.trials == 0) continue;
    absl::StrAppendFormat(&table, "%-12s %8d %6d %5d %5d  %12s %12s  %8s %8s\n", KindName(kind),
                          sum.mistakes, sum.trials, sum.lost, sum.never,
                          SecondsText(sum.median_seconds), SecondsText(sum.p90_seconds),
                          RunsText(sum.median_runs), RunsText(sum.p90_runs));
  }
  for (const MistakeKind kind : kKinds) {
    struct Row {
      double seconds, runs;
      std::string name, by;
    };
    std::vector<Row> rows;
    for (const auto& [name, of_one] : ByName(OfKind(trials, kind))) {
      rows.push_back({Quantile(Values(of_one, SecondsOf), 0.5),
                      Quantile(Values(of_one, RunsOf), 0.5), name, of_one.front().by});
    }
    if (rows.empty()) continue;
    std::ranges::sort(rows, std::greater(),
                      [](const Row& row) { return std::pair(row.seconds, row.name); });
    rows.resize(std::min(rows.size(), most));
    absl::StrAppendFormat(&table, "\nThe %ss that took longest, medians over their seeds\n",
                          KindName(kind));
    for (const Row& row : rows) {
      absl::StrAppendFormat(&table, "  %-44s %12s %8s runs  %s\n", row.name,
                            SecondsText(row.seconds), RunsText(row.runs), row.by);
    }
  }
  return table;
}

std::string FindJson(const std::vector<FindTrial>& trials) {
  std::set<uint64_t> seeds;
  for (const FindTrial& trial : trials) seeds.insert(trial.seed);
  ordered_json json = {{"seeds", seeds.size()}, {"summary", ordered_json::object()}};
  for (const MistakeKind kind : kKinds) {
    const FindSummary sum = Summarise(trials, kind);
    if (sum.trials == 0) continue;
    json["summary"][std::string(KindName(kind))] = {
        {"mistakes", sum.mistakes},
        {"trials", sum.trials},
        {"lost", sum.lost},
        {"never", sum.never},
        {"median_seconds", NumberOrNull(sum.median_seconds)},
        {"p90_seconds", NumberOrNull(sum.p90_seconds)},
        {"median_runs", NumberOrNull(sum.median_runs)},
        {"p90_runs", NumberOrNull(sum.p90_runs)}};
  }
  json["trials"] = ordered_json::array();
  for (const FindTrial& trial : trials) {
    json["trials"].push_back({{"kind", KindName(trial.kind)},
                              {"name", trial.name},
                              {"seed", trial.seed},
                              {"found", trial.found},
                              {"runs", trial.runs},
                              {"seconds", trial.cpu_seconds},
                              {"by", trial.by}});
  }
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace);
}

std::string FindCurve(const std::vector<FindTrial>& trials) {
  constexpr double kLeft = 60, kTop = 30, kWidth = 640, kHeight = 280;
  constexpr double kFirst = -3, kLast = 3;  // decades of seconds
  constexpr std::array<std::string_view, 3> kColours = {"#1b6ca8", "#b8402f", "#3f7d3a"};
  const auto x = [&](double seconds) {
    const double decade = std::clamp(std::log10(std::max(seconds, 1e-9)), kFirst, kLast);
    return kLeft + kWidth * (decade - kFirst) / (kLast - kFirst);
  };
  const auto y = [&](double share) { return kTop + kHeight * (1 - share); };
  std::string svg = absl::StrFormat(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 860 360\" "
      "font-family=\"sans-serif\" font-size=\"12\">\n"
      "<rect width=\"860\" height=\"360\" fill=\"white\"/>\n"
      "<text x=\"%g\" y=\"18\">Not found yet, by seconds of the processor</text>\n",
      kLeft);
  for (int tenth = 0; tenth <= 10; tenth += 2) {
    const double at = y(tenth / 10.0);
    absl::StrAppendFormat(&svg,
                          "<path d=\"M%g %gh%g\" stroke=\"#ddd\"/><text x=\"%g\" y=\"%g\" "
                          "text-anchor=\"end\">%d %%</text>\n",
                          kLeft, at, kWidth, kLeft - 6, at + 4, tenth * 10);
  }
  for (double decade = kFirst; decade <= kLast; ++decade) {
    const double at = x(std::pow(10, decade));
    absl::StrAppendFormat(&svg,
                          "<path d=\"M%g %gv%g\" stroke=\"#ddd\"/><text x=\"%g\" y=\"%g\" "
                          "text-anchor=\"middle\">%g s</text>\n",
                          at, kTop, kHeight, at, kTop + kHeight + 18, std::pow(10, decade));
  }
  double legend = kTop + 12;
  for (size_t i = 0; i < kKinds.size(); ++i) {
    std::vector<double> seconds = Values(OfKind(trials, kKinds[i]), SecondsOf);
    if (seconds.empty()) continue;
    std::ranges::sort(seconds);
    const auto count = static_cast<double>(seconds.size());
    std::string path = absl::StrFormat("M%.1f %.1f", kLeft, y(1));
    for (size_t n = 0; n < seconds.size() && !std::isinf(seconds[n]); ++n) {
      absl::StrAppendFormat(&path, "H%.1fV%.1f", x(seconds[n]),
                            y(1 - static_cast<double>(n + 1) / count));
    }
    absl::StrAppendFormat(&path, "H%.1f", kLeft + kWidth);
    absl::StrAppendFormat(&svg,
                          "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>"
                          "<text x=\"%g\" y=\"%g\" fill=\"%s\">%s, %d trials</text>\n",
                          path, kColours[i], kLeft + kWidth + 10, legend, kColours[i],
                          absl::StrCat(std::string(KindName(kKinds[i])), "s"), seconds.size());
    legend += 18;
  }
  return svg + "</svg>\n";
}

}  // namespace khofuzz
