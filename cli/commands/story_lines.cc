#include "cli/commands/story_lines.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "cli/map/units.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

std::string Bracketed(AddrRange range) {
  return absl::StrFormat("[0x%x, 0x%x), %s", range.begin.value, range.end.value,
                         FormatBytes(range.size()));
}

std::string OpText(size_t op, const Scenario& scenario) {
  if (op >= scenario.op_count())
    return "after the last op line: everything is restored, freed and checked";
  return absl::StrCat("op line ", op + 1, ": ", PrintOp(scenario, op));
}

}  // namespace

std::string FocusText(const StoryFocus& focus, const Machine& machine) {
  if (!focus.pages.has_value()) return "What happened to the machine's memory, in sums";
  const PfnRange pages = *focus.pages;
  const AddrRange range = machine.geometry.ToAddr(pages);
  std::string text = focus.pageblock     ? "What happened to the pageblock"
                     : pages.size() == 1 ? "What happened to the page"
                                         : "What happened to the pages";
  absl::StrAppendFormat(&text, " pfn 0x%x", pages.begin.value);
  if (pages.size() > 1) absl::StrAppendFormat(&text, "-0x%x", pages.end.value - 1);
  absl::StrAppend(&text, ", ", Bracketed(range));
  const NodeId nid = machine.NodeAt(range.begin);
  absl::StrAppend(&text,
                  nid == kNoNode ? std::string(", in a hole") : absl::StrCat(", node ", nid));
  return text;
}

std::string FunctionText(const StoryLine& line) {
  if (line.function.empty()) return "";
  // A kernel tree may tell the source line as well: "free_one_page mm/page_alloc.c:771".
  if (line.function.find_first_of(" :") != std::string::npos) return line.function;
  return absl::StrCat(line.function, "()", line.source.empty() ? "" : " ", line.source);
}

std::string LineText(const StoryLine& line) {
  std::string text = line.what;
  if (line.pages != 0) {
    // What a zone manages can become less too.
    const auto pages = static_cast<int64_t>(line.pages);
    absl::StrAppend(&text, line.aspect == PageAspect::kManaged ? ": " : "; ", pages < 0 ? "-" : "",
                    FormatCount(static_cast<uint64_t>(pages < 0 ? -pages : pages)),
                    pages == 1 ? " page" : " pages");
  }
  if (line.times > 1) absl::StrAppend(&text, " (", FormatCount(line.times), " times)");
  return text;
}

std::string WholeText(const StoryLine& line, const Geometry& geometry) {
  if (line.whole.empty()) return "";
  return absl::StrCat("within ", Bracketed(geometry.ToAddr(line.whole)));
}

std::string KernelText(const StoryLine& line, const Story& story, const Scenario& scenario) {
  const bool takes_over = std::ranges::any_of(story.lines, [&line](const StoryLine& other) {
    return other.kernel == line.kernel && other.handover;
  });
  std::string text = absl::StrCat("Kernel ", line.kernel);
  if (line.phase.has_value()) {
    absl::StrAppend(&text, line.kernel == 1 ? ", cold boot"
                           : takes_over     ? ", handover boot"
                                            : ", boots without the handover");
  }
  return absl::StrCat(text, " (", OpText(line.op, scenario), ")");
}

std::string PhaseText(const StoryLine& line) {
  return line.phase.has_value() ? std::string(BootPhaseName(*line.phase)) : "running";
}

bool NewChapter(const StoryLine& before, const StoryLine& line) {
  return before.kernel != line.kernel || before.op != line.op;
}

std::string DecidingText(const StoryRow& row, bool left, std::string_view other) {
  const StoryLine* mine = left ? row.left : row.right;
  if (!row.differs) return "the last to change it";
  if (mine != nullptr) return absl::StrCat("the first difference from ", std::string(other));
  const StoryLine& line = left ? *row.right : *row.left;
  const std::string function = FunctionText(line);
  return absl::StrCat("the first difference from ", std::string(other),
                      ", which alone does here: ", function, function.empty() ? "" : " ",
                      LineText(line));
}

std::string WrongAnswerText(const WrongAnswer& wrong) {
  return absl::StrCat(wrong.asked, " answers ", wrong.answer, "; right is ", wrong.right, ", ",
                      wrong.why, ". With its answers put right this does not break.");
}

std::string WhoseText(const Author& author) {
  if (author.why.empty()) return "";
  return absl::StrCat(Describe(author), ": ", author.why, ".");
}

std::vector<std::string> FailedTexts(const FaultLog& log) {
  std::vector<std::string> texts;
  for (const FaultLog::Failed& failed : log.failed) {
    const std::string& callers = log.At(failed.site)[failed.call];
    const std::string who =
        callers.empty() ? absl::StrCat("call ", failed.call + 1, " of the life, from 1")
                        : absl::StrCat(absl::StrJoin(absl::StrSplit(callers, '<'), "() < "), "()");
    texts.push_back(absl::StrCat(std::string(FaultSiteName(failed.site)), ": ", who));
  }
  return texts;
}

size_t FoldedRows(const std::vector<StoryRow>& rows, size_t from, const StoryRow* deciding) {
  constexpr size_t kLeast = 3;
  size_t end = from;
  for (; end < rows.size(); ++end) {
    const StoryRow& row = rows[end];
    if (row.differs || &row == deciding || (row.left != nullptr && row.left->breaks)) break;
  }
  return end - from < kLeast ? 0 : end - from;
}

namespace {

// One of two stories.
class Teller {
 public:
  Teller(const Scenario& scenario, const Geometry& geometry, const Story& story, size_t width)
      : scenario_(scenario), geometry_(geometry), story_(story), width_(width) {}

  // `differs`: the other story does not have the line.
  void Line(const StoryLine& line, bool differs) {
    const bool chapter = last_ == nullptr || NewChapter(*last_, line);
    if (chapter) absl::StrAppend(&text_, "  ", KernelText(line, story_, scenario_), "\n");
    if (chapter || last_->phase != line.phase) {
      absl::StrAppend(&text_, "    ", PhaseText(line), "\n");
    }
    last_ = &line;
    std::string what = LineText(line);
    if (const std::string whole = WholeText(line, geometry_); !whole.empty()) {
      absl::StrAppend(&what, "; ", whole);
    }
    absl::StrAppendFormat(&text_, "%c %4d. %-*s %s\n", differs ? '*' : ' ', ++number_,
                          static_cast<int>(width_), FunctionText(line), what);
  }
  // These lines say nothing that the other story does not say; `told` says where they are.
  void Fold(size_t lines, const std::string& told) {
    if (lines == 0) return;
    absl::StrAppend(&text_, "  (", number_ + 1, " to ", number_ + lines, ": ", told, ")\n");
    number_ += lines;
    last_ = nullptr;
  }
  // Below the line.
  void Remark(const std::string& text) {
    absl::StrAppend(&text_, std::string(9 + width_, ' '), text, "\n");
  }
  std::string Finish() && { return std::move(text_); }

 private:
  const Scenario& scenario_;
  const Geometry& geometry_;
  const Story& story_;
  const size_t width_;
  const StoryLine* last_ = nullptr;
  size_t number_ = 0;
  std::string text_;
};

size_t FunctionWidth(const Story& a, const Story& b) {
  size_t width = 0;
  for (const Story* story : {&a, &b}) {
    for (const StoryLine& line : story->lines) width = std::max(width, FunctionText(line).size());
  }
  return width;
}

}  // namespace

std::string StoriesText(const Scenario& scenario, const Geometry& geometry,
                        const NamedStory& played, const NamedStory& beside, Invariant broken) {
  const bool two = beside.story.told;
  const std::vector<StoryRow> rows = SideBySide(played.story, beside.story);
  const StoryRow* const deciding = DecidingRow(rows, broken);
  const size_t width = FunctionWidth(played.story, beside.story);
  const auto tell = [&](bool left) {
    const Story& story = left ? played.story : beside.story;
    const std::string other(left ? beside.name : played.name);
    Teller teller(scenario, geometry, story, width);
    // Sums of all memory that are as they should be are many, and say nothing.
    const bool sums = !story.focus.pages.has_value();
    const bool fold = two && (!left || sums);
    for (size_t i = 0; i < rows.size(); ++i) {
      const auto mine = left ? &StoryRow::left : &StoryRow::right;
      if (const size_t same = fold ? FoldedRows(rows, i, deciding) : 0; same != 0) {
        const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(i);
        teller.Fold(static_cast<size_t>(std::count_if(
                        begin, begin + static_cast<std::ptrdiff_t>(same),
                        [mine](const StoryRow& row) { return row.*mine != nullptr; })),
                    sums ? "alike on both; --html shows them" : "as on " + other);
        i += same - 1;
        continue;
      }
      const StoryRow& row = rows[i];
      const StoryLine* line = row.*mine;
      if (line != nullptr) teller.Line(*line, row.differs);
      if (&row == deciding && (left || row.differs)) {
        teller.Remark("^ " + DecidingText(row, left, other));
        // A function by itself is no trace.
        if (line != nullptr && line->calls.size() > 1) {
          for (const std::string& call : line->calls) teller.Remark("    " + call);
        }
      }
      if (line != nullptr && line->breaks) {
        teller.Remark(absl::StrCat("^ BREAKS ", std::string(Info(broken).slug)));
      }
    }
    return std::move(teller).Finish();
  };
  std::string text = absl::StrCat("\n  On ", std::string(played.name), "\n", tell(true));
  if (!two) return text;
  const std::string name(beside.name);
  absl::StrAppend(&text, "\n  On ", name, ", up to the same moment\n", tell(false));
  const bool differs = std::ranges::any_of(rows, &StoryRow::differs);
  text += differs ? "\n  * changes this memory as the other does not in that phase or op.\n"
                  : absl::StrCat("\n  Up to there nothing is done to this memory that ", name,
                                 " does not do.\n");
  return text;
}

}  // namespace khofuzz
