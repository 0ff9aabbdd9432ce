#include "scenario/language/text.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/linux/report_parts.h"
#include "cli/report/report.h"

namespace khofuzz {
namespace {

// How a report is written: headings, paragraphs, lists, and text that is to stay as it is.
class Paper {
 public:
  virtual ~Paper() = default;
  virtual void Title(const std::string& text) = 0;
  virtual void Heading(const std::string& text) = 0;
  virtual void Paragraph(const std::string& text) = 0;
  virtual void Item(const std::string& text) = 0;
  virtual void Verbatim(const std::string& text) = 0;

  std::string text;
};

class Mail final : public Paper {
 public:
  void Title(const std::string& title) override {
    absl::StrAppend(&text, "Subject: ", title, "\n");
  }
  void Heading(const std::string& heading) override { absl::StrAppend(&text, "\n", heading, "\n"); }
  void Paragraph(const std::string& words) override {
    absl::StrAppend(&text, "\n", Wrapped(words, 0, 0));
  }
  void Item(const std::string& words) override {
    absl::StrAppend(&text, Wrapped(absl::StrCat("- ", words), 2, 4));
  }
  void Verbatim(const std::string& lines) override {
    absl::StrAppend(&text, "\n", Indented(lines, 4));
  }
};

class Markdown final : public Paper {
 public:
  void Title(const std::string& title) override { absl::StrAppend(&text, "# ", title, "\n"); }
  void Heading(const std::string& heading) override {
    absl::StrAppend(&text, "\n## ", heading, "\n\n");
  }
  void Paragraph(const std::string& words) override { absl::StrAppend(&text, "\n", words, "\n"); }
  void Item(const std::string& words) override { absl::StrAppend(&text, "* ", words, "\n"); }
  void Verbatim(const std::string& lines) override {
    absl::StrAppend(&text, "\n```\n", lines, lines.ends_with('\n') ? "" : "\n", "```\n\n");
  }
};

std::string OneLine(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

std::string ScenarioText(const BugReport& report) {
  std::string text;
  for (const std::string& line : report.machine) absl::StrAppend(&text, line, "\n");
  for (size_t i = 0; i < report.ops.size(); ++i) {
    absl::StrAppend(&text, report.ops[i].line, "\n");
    for (const std::string& result : report.ops[i].results) {
      absl::StrAppend(&text, "    # -> ", result, "\n");
    }
  }
  return text;
}

std::string CallsText(const BugReport& report) {
  std::string text;
  for (const BugReport::Call& call : report.calls) {
    if (!call.heading.empty()) absl::StrAppend(&text, call.heading, "\n");
    const std::string who =
        absl::StrCat(call.function, call.source.empty() ? "" : " ", call.source);
    absl::StrAppend(&text, "  ", who, who.empty() ? "" : "\n      ", call.what, "\n");
    if (call.breaks) absl::StrAppend(&text, "      ^ broken here\n");
  }
  return text;
}

void WriteTwin(const BugReport& report, Paper& paper) {
  const X86Twin& twin = report.twin;
  paper.Heading("On a machine with x86-64's sizes");
  if (!twin.found()) {
    paper.Paragraph(
        !twin.why_not.empty() ? absl::StrCat("Not searched for: ", twin.why_not, ".")
        : twin.tried == 0 && twin.out_of_time ? std::string("Not searched for: out of time.")
        : twin.tried == 0
            ? std::string(
                  "Not searched for: no machine of that size could be made of the one above.")
            : absl::StrCat("Not seen there: ", twin.tried,
                           " machines with 4K pages, 2M pageblocks, 4M MAX_ORDER blocks, 128M "
                           "sections, 256 MiB at least and 8 GiB at most, made of the one above, "
                           "do not break it the "
                           "same way",
                           twin.out_of_time ? " (not all were tried: out of time)." : ".",
                           " Others may."));
    return;
  }
  paper.Paragraph(
      "It breaks the same way with 4K pages, 2M pageblocks, 4M MAX_ORDER blocks and 128M "
      "sections:");
  paper.Verbatim(Print(twin.scenario));
  for (const BugReport::Boot& boot : report.boots) {
    paper.Paragraph(absl::StrCat("Kernel ", boot.kernel, "'s command line:"));
    paper.Verbatim(boot.command_line);
    if (!boot.not_said.empty()) {
      paper.Paragraph(absl::StrCat("It leaves out: ", absl::StrJoin(boot.not_said, "; "), "."));
    }
  }
  paper.Paragraph("A virtual machine like it, with kernel 1's command line for APPEND:");
  paper.Verbatim(report.qemu);
  if (report.twin.on_q35) {
    paper.Paragraph(
        "The firmware lines are what QEMU's q35 keeps; with them it was seen to break.");
  }
  if (!report.qemu_notes.empty()) {
    paper.Paragraph(absl::StrCat(
        "It differs from that machine: ", absl::StrJoin(report.qemu_notes, "; "), "."));
  }
}

std::string Write(const BugReport& report, Paper& paper) {
  const Finding& finding = report.finding;
  paper.Title(report.subject);
  paper.Paragraph(report.must);
  const std::string seen = OneLine(finding.verdict.what);
  paper.Paragraph(absl::StrCat(
      "That is broken ", report.when.empty() ? "in this scenario" : report.when, ": ", seen, "."));
  if (!finding.author.empty()) {
    // No tree's hugetlb code is compiled: what stands for it does as that does.
    const bool stands_in = finding.author.find("mm/hugetlb.c") != std::string::npos;
    paper.Paragraph(absl::StrCat("Done by ", finding.author,
                                 stands_in ? ", by what stands for it in khofuzz." : "."));
  }
  if (!report.also.empty()) paper.Paragraph(report.also);
  if (!report.answer.empty()) paper.Paragraph(report.answer);
  if (report.trace.size() > 1) {
    paper.Paragraph("Call trace there:");
    paper.Verbatim(absl::StrCat(absl::StrJoin(report.trace, "\n"), "\n"));
  }
  paper.Paragraph(absl::StrCat("Impact: ", report.impact));
  for (const std::string& known : report.known) paper.Paragraph(known);
  for (const std::string& booted : report.booted) paper.Paragraph(booted);
  if (!report.confirm.empty()) {
    paper.Paragraph("This scenario was not tried on a booted kernel. That is done by:");
    paper.Verbatim(absl::StrCat(report.confirm, "\n"));
  }

  paper.Heading("Scenario");
  paper.Paragraph("A machine, then what happens on it, one op a line; its result after \"->\":");
  paper.Verbatim(ScenarioText(report));
  paper.Paragraph(
      "Bootmem: the areas of kho_scratch[]. Numbers are bytes, pfn page frames; a call of memblock "
      "or of KHO that an op line makes is said below it.");
  if (!report.failed.empty()) {
    paper.Paragraph(absl::StrCat(report.failed.size() == 1
                                     ? "The allocation that failed as asked: "
                                     : "The allocations that failed as asked: ",
                                 absl::StrJoin(report.failed, "; "), "."));
  }
  WriteTwin(report, paper);

  if (!report.calls.empty()) {
    paper.Heading(report.focus.empty() ? "What happened" : report.focus);
    if (report.calls_left_out != 0) {
      paper.Paragraph(absl::StrCat("(", report.calls_left_out, " earlier lines are left out.)"));
    }
    paper.Verbatim(CallsText(report));
  }
  paper.Heading("Expected and seen");
  paper.Paragraph(absl::StrCat("Expected: ", report.must,
                               report.expected.empty()
                                   ? ""
                                   : absl::StrCat(" Without the bug, played as ", report.beside,
                                                  ", ", report.expected, ".")));
  paper.Paragraph(absl::StrCat("Seen: ", seen, "."));

  paper.Heading("Where and how");
  paper.Verbatim([&] {
    std::string lines;
    for (const auto& [key, value] : report.about) {
      absl::StrAppend(&lines, key, ": ", value, "\n");
    }
    return absl::StrCat(lines, "to see it again: ", report.replay, "\n");
  }());
  for (const std::string& way : report.ways) paper.Item(way);

  paper.Heading("What was not checked");
  for (const std::string& line : report.not_checked) paper.Item(line);
  return std::move(paper.text);
}

}  // namespace

std::string ReportText(const BugReport& report) {
  Mail mail;
  return Write(report, mail);
}

std::string ReportMarkdown(const BugReport& report) {
  Markdown markdown;
  return Write(report, markdown);
}

}  // namespace khofuzz
