// The reports that machines take for tests: a test each for every scenario of the corpus and for
// every target played by chance.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "cli/linux/check_result.h"
#include "cli/linux/report_parts.h"
#include "cli/map/xml.h"
#include "system/terminal.h"

namespace khofuzz {
namespace {

struct TestCase {
  enum class End : uint8_t { kPassed, kKnown, kFailed, kSkipped };
  std::string name;
  End end = End::kPassed;
  std::string brief{};   // why it did not pass, in a line
  std::string detail{};  // more of it
};

struct Suite {
  std::string name;
  std::vector<TestCase> cases;

  size_t Count(TestCase::End end) const {
    return static_cast<size_t>(std::ranges::count(cases, end, &TestCase::end));
  }
};

TestCase CaseOf(const CheckResult::Regression& one) {
  TestCase test{.name = one.name};
  if (!one.played) {
    return {one.name, TestCase::End::kSkipped, "not played"};
  }
  switch (one.standing) {
    case Standing::kHolds:
    case Standing::kFixed:
      return test;
    case Standing::kRefused:
      return {one.name, TestCase::End::kSkipped,
              absl::StrCat("no machine for this kernel: ", one.verdict.what)};
    case Standing::kKnown:
      return {one.name, TestCase::End::kKnown,
              one.quirk.empty() ? "of the release" : absl::StrCat("known as ", one.quirk),
              one.verdict.what};
    case Standing::kOfBase:
      return {one.name, TestCase::End::kKnown, "the series' base does the same", one.verdict.what};
    case Standing::kNew:
      return {one.name, TestCase::End::kFailed, absl::StrCat("breaks ", one.verdict.invariant),
              one.verdict.what};
  }
  return test;
}

TestCase CaseOf(const std::string& target, const CheckResult& result) {
  TestCase test{.name = target};
  const auto played = result.tally.targets.find(target);
  if (played == result.tally.targets.end() || played->second.scenarios == 0) {
    test = {target, TestCase::End::kSkipped, "not played"};
  } else if (result.interrupted) {
    test = {target, TestCase::End::kSkipped,
            absl::StrCat("interrupted after ", played->second.scenarios, " scenarios")};
  }
  for (const FindingLog::Entry& entry : result.news) {
    const auto found = std::ranges::find_if(
        entry.variants, [&](const auto& one) { return one.finding.target->name == target; });
    if (found == entry.variants.end()) continue;
    const Finding& finding = found->finding;
    const Verdict& verdict = finding.verdict;
    if (test.end != TestCase::End::kFailed) test = {target, TestCase::End::kFailed};
    absl::StrAppend(&test.brief, test.brief.empty() ? "breaks " : ", ", verdict.invariant);
    absl::StrAppend(
        &test.detail, test.detail.empty() ? "" : "\n", verdict.what, "\n",
        verdict.same_as.empty() ? "" : absl::StrCat("the same as ", verdict.same_as, "\n"), "\n",
        finding.text, "\n", ReplayCommand(finding, found->path), "\n");
  }
  return test;
}

std::vector<Suite> SuitesOf(const CheckResult& result) {
  std::vector<Suite> suites;
  if (!result.not_built.empty()) {
    suites.push_back({"build",
                      {{.name = "build",
                        .end = TestCase::End::kFailed,
                        .brief = "the tree does not build",
                        .detail = result.not_built}}});
  }
  if (!result.regressions.empty() || !result.skipped.empty() || !result.unreadable.empty()) {
    Suite& corpus = suites.emplace_back(Suite{"corpus", {}});
    for (const auto& one : result.regressions) corpus.cases.push_back(CaseOf(one));
    for (const auto& one : result.unreadable) {
      corpus.cases.push_back({one.name, TestCase::End::kFailed, "cannot be read", one.why});
    }
    for (const auto& one : result.skipped) {
      corpus.cases.push_back({one.name, TestCase::End::kSkipped, one.why});
    }
  }
  if (!result.targets.empty()) {
    Suite& chance = suites.emplace_back(Suite{"fuzz", {}});
    for (const std::string& target : result.targets) {
      chance.cases.push_back(CaseOf(target, result));
    }
  }
  return suites;
}

// A line of KTAP is a test's, or it is a comment.
std::string Comment(const std::string& text, const std::string& indent) {
  std::string lines = Indented(text, 0);
  if (lines.empty()) return "";
  lines.pop_back();
  return absl::StrCat(indent, "# ", absl::StrReplaceAll(lines, {{"\n", "\n" + indent + "# "}}),
                      "\n");
}

std::string KtapLine(const TestCase& test, size_t number, const std::string& indent) {
  // '#' begins a directive.
  const std::string name = absl::StrReplaceAll(test.name, {{"#", "_"}, {"\n", " "}});
  switch (test.end) {
    case TestCase::End::kPassed:
      return absl::StrCat(indent, "ok ", number, " ", name, "\n");
    case TestCase::End::kKnown:
      return absl::StrCat(indent, "ok ", number, " ", name, " # XFAIL ", test.brief, "\n");
    case TestCase::End::kSkipped:
      return absl::StrCat(indent, "ok ", number, " ", name, " # SKIP ", test.brief, "\n");
    case TestCase::End::kFailed:
      break;
  }
  return absl::StrCat(Comment(test.brief, indent), Comment(test.detail, indent), indent, "not ok ",
                      number, " ", name, "\n");
}

}  // namespace

std::string CheckKtap(const CheckResult& result) {
  const std::vector<Suite> suites = SuitesOf(result);
  std::string text = absl::StrCat("KTAP version 1\n1..", suites.size(), "\n");
  const std::string indent = "  ";
  for (size_t i = 0; i < suites.size(); ++i) {
    const Suite& suite = suites[i];
    absl::StrAppend(&text, indent, "KTAP version 1\n", indent, "# Subtest: ", suite.name, "\n",
                    indent, "1..", suite.cases.size(), "\n");
    for (size_t n = 0; n < suite.cases.size(); ++n) {
      absl::StrAppend(&text, KtapLine(suite.cases[n], n + 1, indent));
    }
    const bool failed = suite.Count(TestCase::End::kFailed) != 0;
    absl::StrAppend(&text, failed ? "not ok " : "ok ", i + 1, " ", suite.name, "\n");
  }
  return Visible(text);
}

std::string CheckJunit(const CheckResult& result) {
  const std::vector<Suite> suites = SuitesOf(result);
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"khofuzz\">\n";
  for (const Suite& suite : suites) {
    absl::StrAppend(&text, absl::StrFormat("  <testsuite name=\"%s\" tests=\"%d\" failures=\"%d\" "
                                           "skipped=\"%d\" errors=\"0\">\n",
                                           EscapeXml(suite.name), suite.cases.size(),
                                           suite.Count(TestCase::End::kFailed),
                                           suite.Count(TestCase::End::kSkipped)));
    for (const TestCase& test : suite.cases) {
      absl::StrAppend(&text, "    <testcase classname=\"khofuzz.",
                      EscapeXml(absl::StrCat(
                          result.tree.name, ".",
                          result.tree.config.empty() ? "" : result.tree.config + ".", suite.name)),
                      "\" name=\"", EscapeXml(test.name), "\"");
      const std::string brief = EscapeXml(test.brief);
      const std::string detail = EscapeXml(test.detail);
      switch (test.end) {
        case TestCase::End::kPassed:
          absl::StrAppend(&text, "/>\n");
          break;
        case TestCase::End::kKnown:
          absl::StrAppend(&text, ">\n      <system-out>", brief, ": ", detail,
                          "</system-out>\n    </testcase>\n");
          break;
        case TestCase::End::kSkipped:
          absl::StrAppend(&text, ">\n      <skipped message=\"", brief, "\"/>\n    </testcase>\n");
          break;
        case TestCase::End::kFailed:
          absl::StrAppend(&text, ">\n      <failure message=\"", brief, "\">", detail,
                          "</failure>\n    </testcase>\n");
          break;
      }
    }
    absl::StrAppend(&text, "  </testsuite>\n");
  }
  return text + "</testsuites>\n";
}

}  // namespace khofuzz
