// What `khofuzz linux check` has found out.
#ifndef KHOFUZZ_CLI_LINUX_CHECK_RESULT_H_
#define KHOFUZZ_CLI_LINUX_CHECK_RESULT_H_

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/fuzz/finding_log.h"
#include "cli/linux/corpus_files.h"
#include "cli/linux/reach_report.h"
#include "cli/linux/tree_facts.h"
#include "cli/linux/tree_judge.h"
#include "oracle/invariant.h"

namespace khofuzz {

// What can be summed up, of one process or of all.
struct CheckTally {
  struct Played {
    uint64_t scenarios = 0, ops = 0, boots = 0;
  };
  struct Known {
    std::string what;  // of the smallest
    std::string text;  // scenario
    uint64_t times = 0;
  };

  std::map<std::string, Played> targets;  // scenarios by chance, by target
  Played corpus;
  // Scenarios whose machine no kernel runs on, which are not among the others; by why that is, of
  // some.
  uint64_t refused = 0;
  std::map<std::string, uint64_t> why_refused;
  uint64_t known = 0;  // plays that broke something known
  uint64_t fixed = 0;  // plays in which the tree is without a quirk of its release
  uint64_t news = 0;   // plays that broke something new
  std::array<uint64_t, kInvariantCount> premises{};
  // By quirk and invariant; where the quirk was looked for.
  std::map<std::pair<std::string, std::string>, Known> known_as;
  std::map<std::string, uint64_t> fixed_quirks;
  std::map<std::string, uint64_t> of_base;  // plays in which the base does the same, by invariant

  void Count(const TreeOpinion& opinion, const std::string& text);
  void Add(const CheckTally& other);
  Played all() const;

  // One line, and back. False if it is none.
  std::string ToLine() const;
  bool AddLine(const std::string& line);
};

struct CheckResult {
  // A scenario of the corpus.
  struct Regression {
    std::string name;  // below corpus/
    std::string target;
    Standing standing = Standing::kRefused;
    Verdict verdict{};  // refused: what is said in it is why
    std::string quirk{};
    bool played = false;
  };

  // What the tree's series is based on, where it is told.
  struct Base {
    std::string said;                              // as the command line says it
    std::string measured{};                        // as what, in words
    std::string not_built{};                       // why nothing was played on it; empty: it was
    std::vector<std::string> brought{}, mended{};  // quirks that the series brings, takes away
  };

  TreeFacts tree;
  std::optional<Base> base{};
  std::string not_built{};     // why nothing was played: the tree does not build
  std::string design;          // it is compared with
  std::string measured{};      // as what it was measured, in words; empty if --known said it
  bool nothing_known = false;  // --known none
  uint64_t seed = 0;
  unsigned jobs = 1;
  double seconds = 0;              // it took in all, building included
  std::vector<std::string> cut{};  // what there was no time for, a sentence each
  std::vector<GivenScenarios::NotPlayed> skipped{};
  std::vector<GivenScenarios::NotPlayed> unreadable{};
  bool interrupted = false;
  std::vector<Regression> regressions;
  std::vector<std::string> targets;  // played by chance
  CheckTally tally;
  std::vector<FindingLog::Entry> news;  // by cause
  ReachResult reach{};

  // Whether it is a quirk that the series brings.
  bool Brings(std::string_view quirk) const;
};

// What a quirk does, in a sentence; for several joined by '+' what is to be said of them.
std::string WhatQuirkDoes(std::string_view quirk);

// The reports.
std::string CheckText(const CheckResult& result);  // for people, and cover letters
std::string CheckJson(const CheckResult& result);
// Of several configurations of one tree: {"configurations": [as above]}, and a line of text each.
std::string CheckJson(const std::vector<CheckResult>& results);
std::string CheckSummary(const std::vector<CheckResult>& results);
std::string CheckJunit(const CheckResult& result);  // JUnit's XML
std::string CheckKtap(const CheckResult& result);   // the kernel's test protocol, version 1

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_LINUX_CHECK_RESULT_H_
