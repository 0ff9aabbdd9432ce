#include "cli/linux/diff_result.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/fuzz/result_json.h"
#include "cli/linux/report_parts.h"
#include "scenario/language/limits.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr std::array<Change, 5> kShown = {Change::kBroken, Change::kHandoverForward,
                                          Change::kHandoverBackward, Change::kDifferent,
                                          Change::kFixed};

std::string_view Explanation(Change change) {
  switch (change) {
    case Change::kNone:
      break;
    case Change::kFixed:
      return "BASE breaks it, PATCHED does not";
    case Change::kBroken:
      return "PATCHED breaks it, BASE does not";
    case Change::kDifferent:
      return "both hold or both break something, and the states part";
    case Change::kHandoverForward:
      return "broken where BASE hands over to PATCHED, by neither alone";
    case Change::kHandoverBackward:
      return "broken where PATCHED hands over to BASE, by neither alone";
  }
  return "";
}

// What stands before what shows.
std::string By(const ChangeSeen& seen) {
  if (seen.cause.empty()) return "";
  return absl::StrCat(seen.cause, seen.catalogued ? " (docs/bugs.md), " : ", ");
}

// What is known of its cause beyond the name, a line each.
std::string MoreOfCause(const ChangeSeen& seen) {
  std::string text;
  if (!seen.author.empty()) absl::StrAppend(&text, "    done by ", seen.author, "\n");
  if (!seen.ends_as.empty()) {
    absl::StrAppend(&text, Wrapped(absl::StrCat("here it ends as the catalogue's ", seen.ends_as,
                                                " does, which no tree of the two is measured as "
                                                "having: it may be part of something else"),
                                   4, 6));
  }
  return text;
}

// Indented; which of the allocations that fail on the other tree this one does not make is said.
std::string Played(const std::string& text) {
  std::string told = text;
  const std::string never = absl::StrCat(" k=", PrintNumber(kNoFault, Kind::kCount), "\n");
  for (size_t at = 0; (at = told.find(never, at)) != std::string::npos; at += never.size()) {
    told.insert(at + never.size() - 1, "  # no such allocation here");
  }
  return Indented(told, 8);
}

std::string Section(const DiffResult& result, Change change) {
  std::string text;
  for (const DiffResult::Entry& entry : result.entries) {
    if (entry.seen.change != change) continue;
    absl::StrAppend(&text, "\n",
                    Wrapped(absl::StrCat("- ", By(entry.seen), entry.seen.key, " (",
                                         std::string(entry.on->name), ", ",
                                         entry.shrunk ? "" : "so far ", entry.ops, " op line",
                                         entry.ops == 1 ? "" : "s", "): ", entry.seen.what),
                            2, 4),
                    MoreOfCause(entry.seen), "\n", Played(entry.seen.text()));
    if (entry.seen.on_base != entry.seen.on_patched) {
      const bool fixed = entry.seen.change == Change::kFixed;
      absl::StrAppend(&text, "    the same for ", fixed ? "PATCHED" : "BASE", ":\n",
                      Played(fixed ? entry.seen.on_patched : entry.seen.on_base));
    }
    if (!entry.command.empty()) {
      absl::StrAppend(&text, "\n    see it again:\n      ", entry.command, "\n");
    }
  }
  if (text.empty()) return "";
  return absl::StrCat("\n", std::string(ChangeName(change)), ": ", std::string(Explanation(change)),
                      " (", Counted(result.tally.changes[static_cast<size_t>(change)], "scenario"),
                      ")\n", text);
}

OrderedJson ToJson(const TreeFacts& facts) {
  return {{"path", facts.path},
          {"name", facts.name},
          {"release", OrNull(facts.release)},
          {"commit", OrNull(facts.commit)},
          {"configuration", facts.config.empty() ? "default" : facts.config}};
}

}  // namespace

std::string_view ChangeName(Change change) {
  constexpr std::array<std::string_view, kChanges> kNames = {"no change",
                                                             "fixed",
                                                             "broken",
                                                             "different",
                                                             "handover BASE -> PATCHED",
                                                             "handover PATCHED -> BASE"};
  return kNames[static_cast<size_t>(change)];
}

bool Regrets(Change change) { return change != Change::kNone && change != Change::kFixed; }

std::string DiffResult::Tally::ToLine() const {
  return OrderedJson{{"scenarios", scenarios}, {"ops", ops},         {"refused", refused},
                     {"handovers", handovers}, {"shifted", shifted}, {"of_others", of_others},
                     {"unnamed", unnamed},     {"changes", changes}}
      .dump();
}

bool DiffResult::Tally::AddLine(const std::string& line) {
  try {
    const OrderedJson json = OrderedJson::parse(line);
    const auto more = json.at("changes").get<std::array<uint64_t, kChanges>>();
    scenarios += json.at("scenarios").get<uint64_t>();
    ops += json.at("ops").get<uint64_t>();
    refused += json.at("refused").get<uint64_t>();
    handovers += json.at("handovers").get<uint64_t>();
    shifted += json.at("shifted").get<uint64_t>();
    of_others += json.at("of_others").get<uint64_t>();
    unnamed += json.at("unnamed").get<uint64_t>();
    for (size_t i = 0; i < kChanges; ++i) changes[i] += more[i];
  } catch (const OrderedJson::exception&) {
    return false;
  }
  return true;
}

bool DiffResult::Regrettable() const {
  return std::ranges::any_of(entries,
                             [](const Entry& entry) { return Regrets(entry.seen.change); });
}

std::string DiffText(const DiffResult& result) {
  std::string text = absl::StrCat("KHO compared by khofuzz: ", Title(result.base), " -> ",
                                  Title(result.patched), "\n\n");
  const auto line = [&text](const char* key, const std::string& value) {
    absl::StrAppend(&text, absl::StrFormat("  %-14s%s\n", key, value));
  };
  line("BASE", result.base.path);
  line("PATCHED", result.patched.path);
  line("played", absl::StrCat(Counted(result.tally.scenarios, "scenario"), " on both, ",
                              Grouped(result.tally.ops), " ops"));
  line("handovers",
       result.no_handovers.empty()
           ? absl::StrCat(Grouped(result.tally.handovers),
                          result.tally.handovers == 1 ? " life" : " lives", " of both in turn")
           : result.no_handovers);
  const auto not_told = [&](uint64_t n, const char* why) {
    if (n > 0) line("not told", absl::StrCat(Counted(n, "scenario"), why));
  };
  not_told(result.tally.shifted,
           ": they part only where the k-th allocation fails and is another one on each");
  not_told(result.tally.of_others,
           ": a bug breaks that those have as well which do not come to it there");
  not_told(result.tally.unnamed, " of kinds that were seen often, without looking for the cause");
  line("time", absl::StrFormat("%.0f s, %d process%s", result.seconds, result.jobs,
                               result.jobs == 1 ? "" : "es"));
  line("seed", absl::StrCat(result.seed));
  if (result.interrupted) line("interrupted", "yes");
  for (const std::string& cut : result.cut) line("cut", cut);
  for (const auto& one : result.skipped) line("skipped", absl::StrCat(one.name, ": ", one.why));
  text += SeriesText(result.reach);
  if (!result.reach.unknown.empty()) text += ReachText(result.reach);
  if (result.entries.empty()) return text + "\nNo change in behaviour.\n";
  for (const Change change : kShown) text += Section(result, change);
  return text;
}

std::string DiffJson(const DiffResult& result) {
  OrderedJson json;
  json["base"] = ToJson(result.base);
  json["patched"] = ToJson(result.patched);
  json["error"] = OrNull(result.not_built);
  json["seed"] = result.seed;
  json["seconds"] = result.seconds;
  json["jobs"] = result.jobs;
  json["interrupted"] = result.interrupted;
  json["cut"] = result.cut;
  json["skipped"] = OrderedJson::array();
  for (const auto& one : result.skipped) {
    json["skipped"].push_back({{"name", one.name}, {"why", one.why}});
  }
  json["scenarios"] = result.tally.scenarios;
  json["ops"] = result.tally.ops;
  json["refused"] = result.tally.refused;
  json["handovers"] = result.tally.handovers;
  json["shifted"] = result.tally.shifted;
  json["of_others"] = result.tally.of_others;
  json["unnamed"] = result.tally.unnamed;
  json["no_handovers"] = OrNull(result.no_handovers);
  json["counts"] = OrderedJson::object();
  for (const Change change : kShown) {
    json["counts"][std::string(ChangeName(change))] =
        result.tally.changes[static_cast<size_t>(change)];
  }
  json["changes"] = OrderedJson::array();
  for (const DiffResult::Entry& entry : result.entries) {
    json["changes"].push_back({{"change", std::string(ChangeName(entry.seen.change))},
                               {"key", entry.seen.key},
                               {"cause", OrNull(entry.seen.cause)},
                               {"catalogued", entry.seen.catalogued},
                               {"ends_as", OrNull(entry.seen.ends_as)},
                               {"function", OrNull(entry.seen.author)},
                               {"what", entry.seen.what},
                               {"target", std::string(entry.on->name)},
                               {"ops", entry.ops},
                               {"scenario", entry.seen.text()},
                               {"on_base", entry.seen.on_base},
                               {"on_patched", entry.seen.on_patched},
                               {"shrunk", entry.shrunk},
                               {"command", OrNull(entry.command)},
                               {"times", entry.times}});
  }
  json["reach"] = ReachJson(result.reach);
  return json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

}  // namespace khofuzz
