#include <algorithm>
#include <map>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/fuzz/list_findings.h"
#include "cli/linux/check_result.h"
#include "cli/linux/report_parts.h"

namespace khofuzz {
namespace {

std::string HeldAgainst(const CheckResult& result) {
  return result.measured.empty() ? absl::StrCat("the model's ", result.design)
                                 : "the model of just that";
}

// What the series does to the catalogue's quirks.
std::string BaseText(const CheckResult& result) {
  const CheckResult::Base& base = *result.base;
  if (!base.not_built.empty()) {
    return Wrapped(absl::StrCat("Its base, ", base.said,
                                ", could not be played, so what breaks is "
                                "not held against it: ",
                                base.not_built),
                   2, 2);
  }
  const auto list = [](const std::vector<std::string>& quirks) {
    return quirks.empty() ? "none" : absl::StrJoin(quirks, ", ");
  };
  // The design is then what --known says, and not what was measured.
  const char* const by_known = result.measured.empty() ? ", by what --known says of it" : "";
  return Wrapped(
      absl::StrCat("Its base, ", base.said, ", is ", base.measured,
                   ". Quirks that the series brings", by_known, ": ", list(base.brought),
                   "; that it mends: ", list(base.mended), ".",
                   result.nothing_known
                       ? " With --known none all that breaks is news, the base's own as well."
                       : ""),
      2, 2);
}

std::string Heading(const CheckResult& result) {
  const CheckTally::Played all = result.tally.all();
  std::string text = absl::StrCat("KHO checked by khofuzz: ", Title(result.tree), "\n\n");
  if (!result.measured.empty()) {
    absl::StrAppend(&text, Wrapped(absl::StrCat("This tree is ", result.measured, "."), 2, 2),
                    "\n");
  }
  if (result.base.has_value()) absl::StrAppend(&text, BaseText(result), "\n");
  const auto line = [&text](const char* key, const std::string& value) {
    absl::StrAppend(&text, absl::StrFormat("  %-14s %s\n", key, value));
  };
  line("tree", result.tree.path);
  if (!result.tree.release.empty()) line("release", result.tree.release);
  if (!result.tree.commit.empty()) line("commit", result.tree.commit);
  if (!result.tree.config.empty()) line("configuration", ConfigText(result.tree.config));
  line("compared with",
       absl::StrCat(HeldAgainst(result), result.nothing_known ? ", all findings as new" : ""));
  line("played",
       absl::StrCat(Counted(all.scenarios, "scenario"), " (", result.regressions.size(),
                    " of the corpus), ", Grouped(all.ops), " ops, ", Grouped(all.boots), " boots"));
  line("time", absl::StrFormat("%.0f s, %d process%s", result.seconds, result.jobs,
                               result.jobs == 1 ? "" : "es"));
  line("seed", absl::StrCat(result.seed));
  if (result.interrupted) line("interrupted", "yes");
  if (result.tally.refused != 0) {
    line("refused",
         absl::StrCat(Counted(result.tally.refused, "scenario"), ": no machine for this kernel"));
    uint64_t others = result.tally.refused;
    for (const auto& [why, times] : result.tally.why_refused) {
      line("", absl::StrCat(Grouped(times), ": ", why));
      others -= std::min(others, times);
    }
    if (others != 0) line("", absl::StrCat(Grouped(others), ": for other reasons"));
    for (const auto& one : result.regressions) {
      if (one.standing == Standing::kRefused) {
        line("", absl::StrCat(one.name, ": ", one.verdict.what));
      }
    }
  }
  for (const std::string& cut : result.cut) line("cut", cut);
  for (const auto& unreadable : result.unreadable) {
    line("cannot be read", absl::StrCat(unreadable.name, ": ", unreadable.why));
  }
  for (const auto& skipped : result.skipped) {
    line("skipped", absl::StrCat(skipped.name, ": ", skipped.why));
  }
  return text;
}

std::string Premises(const CheckResult& result) {
  std::string text = "\nInvariants, and how often each could have been broken:\n";
  for (const InvariantInfo& info : InvariantCatalogue()) {
    const uint64_t n = result.tally.premises[static_cast<size_t>(info.invariant)];
    if (n == 0) continue;
    absl::StrAppend(&text, absl::StrFormat("  %-22s%15s\n", std::string(info.slug), Grouped(n)));
  }
  return text;
}

std::string OfBase(const CheckResult& result) {
  uint64_t all = 0;
  std::string text;
  for (const auto& [invariant, times] : result.tally.of_base) {
    all += times;
    absl::StrAppend(&text, absl::StrFormat("  %-22s%15s\n", invariant, Grouped(times)));
  }
  if (all == 0) return "";
  return absl::StrCat(
      "\nNot news: in ", Counted(all, "scenario"),
      " its base does the same, or breaks the same nearby\n", text,
      "  (of what shows alike and breaks nearby three are looked at by each process)\n");
}

std::string News(const CheckResult& result) {
  const std::string of_base = OfBase(result);
  if (result.news.empty()) return absl::StrCat("\nNew findings: none\n", of_base);
  std::string text =
      absl::StrCat("\nNew findings: ", result.news.size(), OfWhichOld(result.news), "\n");
  for (size_t i = 0; i < result.news.size(); ++i) {
    const FindingLog::Entry& entry = result.news[i];
    const Finding& finding = entry.finding();
    absl::StrAppend(
        &text, "\n",
        Wrapped(absl::StrCat(i + 1, ". ", finding.verdict.invariant, " (",
                             std::string(finding.target->name), "): ", finding.verdict.what),
                2, 5));
    if (entry.seen_before) absl::StrAppend(&text, "     seen before, in an earlier run\n");
    if (const std::string author = TellAuthor(finding); !author.empty()) {
      absl::StrAppend(&text, "     ", author, "\n");
    }
    const std::string& same_as = finding.verdict.same_as;
    if (result.Brings(same_as)) {
      absl::StrAppend(
          &text, Wrapped(absl::StrCat("the series brings it: the catalogue's ", same_as,
                                      ", which its base does not have: ", WhatQuirkDoes(same_as)),
                         5, 7));
    } else if (!same_as.empty()) {
      absl::StrAppend(&text, Wrapped(absl::StrCat("here it ends as the catalogue's ", same_as,
                                                  " does: ", WhatQuirkDoes(same_as)),
                                     5, 7));
    }
    if (const std::string release = TellRelease(finding); !release.empty()) {
      absl::StrAppend(&text, Wrapped(release, 5, 7));
    }
    absl::StrAppend(&text, "\n", Indented(finding.text, 8), "\n     see it again:\n       ",
                    ReplayCommand(finding, entry.path()), "\n");
    if (const std::string report = ReportCommand(finding, entry.path()); !report.empty()) {
      absl::StrAppend(&text, "     for a report to send:\n       ", report, "\n");
    }
    absl::StrAppend(&text, ListBooted(entry, "     "));
    absl::StrAppend(&text, ListWays(entry, "     "));
  }
  return text + of_base;
}

std::string Known(const CheckResult& result) {
  const CheckTally& tally = result.tally;
  if (tally.known_as.empty()) return "\nKnown findings: none\n";
  struct Bug {
    std::string breaks;
    const CheckTally::Known* smallest = nullptr;
  };
  std::map<std::string, Bug> bugs;  // by quirk
  for (const auto& [key, one] : tally.known_as) {
    Bug& bug = bugs[key.first];
    absl::StrAppend(&bug.breaks, bug.breaks.empty() ? "" : ", ", key.second);
    if (bug.smallest == nullptr || one.text.size() < bug.smallest->text.size()) {
      bug.smallest = &one;
    }
  }
  std::string text =
      absl::StrCat("\nKnown findings: ", bugs.size(), ", in ", Counted(tally.known, "scenario"),
                   "; of each the smallest that was seen\n");
  for (const auto& [quirk, bug] : bugs) {
    absl::StrAppend(
        &text,
        Wrapped(absl::StrCat("- ", quirk, " breaks ", bug.breaks, ": ", WhatQuirkDoes(quirk)), 2,
                4),
        Indented(bug.smallest->text, 8));
  }
  return text;
}

std::string Fixed(const CheckResult& result) {
  if (result.tally.fixed == 0) return "";
  std::string text =
      result.measured.empty()
          ? absl::StrCat("\nQuirks of ", result.design, " that this tree was without, in ",
                         Counted(result.tally.fixed, "scenario"), ":\n")
          : absl::StrCat("\nIn ", Counted(result.tally.fixed, "scenario"),
                         " it ended as without one "
                         "of the quirks that it is measured as having:\n");
  for (const auto& [quirk, times] : result.tally.fixed_quirks) {
    absl::StrAppend(&text, Wrapped(absl::StrCat("- ", quirk, ": ", WhatQuirkDoes(quirk)), 2, 4));
  }
  return text;
}

}  // namespace

std::string CheckText(const CheckResult& result) {
  return absl::StrCat(Heading(result), SeriesText(result.reach), Premises(result), News(result),
                      Known(result), Fixed(result), ReachText(result.reach));
}

std::string CheckSummary(const std::vector<CheckResult>& results) {
  std::string text = "\nConfigurations:\n";
  for (const CheckResult& result : results) {
    const std::string& config = result.tree.config;
    absl::StrAppend(&text, absl::StrFormat("  %-14s ", config.empty() ? "default" : config));
    if (!result.not_built.empty()) {
      absl::StrAppend(&text, "does not build\n");
      continue;
    }
    absl::StrAppend(&text,
                    result.news.empty() ? "nothing new" : absl::StrCat(result.news.size(), " new"),
                    ", ", Grouped(result.tally.known), " plays of what is known, in ",
                    Grouped(result.tally.all().scenarios), " scenarios\n");
  }
  return text;
}

}  // namespace khofuzz
