#include "scenario/explaining/story.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "scenario/playing/life.h"
#include "scenario/playing/state.h"

namespace khofuzz {
namespace {

// What a reader can take in; what comes later only repeats.
constexpr size_t kMaxLines = 400;

// Facts that end, in the order of FactsOf(). Empty: that it ends is no news.
constexpr std::string_view kFactEnds[] = {"the handover is given up", "bootmem no longer", "",
                                          "preserved no longer", ""};

PfnRange WholeBlocks(PfnRange pages, const Geometry& geometry) {
  const uint64_t block = geometry.pageblock_pages();
  return {{AlignDown(pages.begin.value, block)}, {AlignUp(pages.end.value, block)}};
}

// The phase that the kernel is in; unset once its boot is complete.
std::optional<BootPhase> PhaseAtWork(const Kernel& kernel) {
  if (kernel.phase() == BootPhase::kComplete) return std::nullopt;
  return static_cast<BootPhase>(static_cast<uint8_t>(kernel.phase()) + 1);
}

}  // namespace

StoryFocus FocusOn(const Violation& violation, const Geometry& geometry) {
  if (!violation.where.has_value() || violation.where->empty()) return {};
  const PfnRange pages{geometry.PfnDown(violation.where->begin),
                       geometry.PfnUp(violation.where->end)};
  if (violation.invariant == Invariant::kScratchIsCma) {
    return {WholeBlocks({pages.begin, pages.begin + 1}, geometry), true};
  }
  if (pages.size() <= geometry.pageblock_pages()) return {pages, false};
  return {PfnRange{pages.begin, pages.begin + 1}, false};
}

StoryRecorder::StoryRecorder(Options options) : options_(std::move(options)) {
  story_.focus = options_.focus;
  if (options_.end.has_value()) story_.end = *options_.end;
}

StoryLine StoryRecorder::NewLine() const {
  StoryLine line{.op = state_->report.op()};
  const Life* const life = &state_->life();
  if (life->kernel() == nullptr) return line;
  line.kernel = life->kexecs() + 1;
  line.handover = life->kernel()->is_kho_boot();
  line.phase = PhaseAtWork(*life->kernel());
  return line;
}

void StoryRecorder::BeforeOp(size_t op) {
  if (op == options_.before_op && options_.before) options_.before(*state_);
}

void StoryRecorder::AfterOp(size_t op) {
  if (ended_ || state_ == nullptr) return;
  NoteFacts(std::nullopt);
  NoteSegments();
  const std::optional<BootPhase> stopped = NewLine().phase;
  Look(stopped, stopped.has_value() ? "(the boot stops)" : "(the oracle looks after the op)");
  const bool wanted = options_.end.has_value() || broken_;
  if (wanted && op >= story_.end.op) End();
}

void StoryRecorder::OnPhase(BootPhase phase) {
  if (ended_) return;
  NoteFacts(phase);
  Look(phase, "(the oracle looks at the end of the phase)");
  const Moment now{state_->report.op(), NewLine().kernel, phase};
  if ((options_.end.has_value() || broken_) && now == story_.end) End();
}

// A violation that no event has told of is the oracles' own finding.
void StoryRecorder::Look(std::optional<BootPhase> phase, std::string_view what) {
  if (broken_ || state_->report.ok()) return;
  StoryLine line = NewLine();
  line.phase = phase;
  line.look = true;
  line.what = std::string(what);
  story_.lines.push_back(std::move(line));
  NoteViolation();
}

// Where the next kernel has been placed: the kernel that did it is gone by now.
void StoryRecorder::NoteSegments() {
  const Life* const life = &state_->life();
  if (life->kexecs() == kexecs_) return;
  kexecs_ = life->kexecs();
  if (!story_.focus.pages.has_value() || !life->inheritance().has_value()) return;
  const AddrRange focus = state_->geometry().ToAddr(*story_.focus.pages);
  for (const AddrRange& segment : life->inheritance()->kept) {
    if (!segment.Overlaps(focus)) continue;
    StoryLine line = NewLine();
    line.kernel = kexecs_;
    line.function = "kho_locate_mem_hole";
    line.what = "a segment of the next kernel is placed here";
    line.whole = {state_->geometry().PfnDown(segment.begin), state_->geometry().PfnUp(segment.end)};
    Add(std::move(line));
  }
}

void StoryRecorder::OnEvent(const Event& event) {
  if (ended_) return;
  StoryLine line = NewLine();
  line.function = std::string(event.function);
  const bool reads = event.kind == EventKind::kRead || event.kind == EventKind::kBuddyRead;
  const Kernel& kernel = *state_->life().kernel();
  line.source = std::string(kernel.SourceOf(event.function));
  if (event.kind == EventKind::kWarn) {
    // Of no page, and of interest whichever page is at fault.
    line.what = WhatHappens(event, kernel, event.range);
    Add(std::move(line));
  } else if (!story_.focus.pages.has_value()) {
    line.pages = event.range.size();
    line.what = WhatHappens(event, kernel, event.range);
    // Reads change nothing, and without a page at fault they are too many to be of interest.
    if (!reads || !state_->report.ok()) Add(std::move(line));
  } else {
    const PfnRange focus = *story_.focus.pages;
    const bool type = event.kind == EventKind::kPageblockType;
    const PfnRange concerned = type ? WholeBlocks(focus, state_->geometry()) : focus;
    const PfnRange part = event.range.Intersect(concerned);
    if (!part.empty()) {
      line.what = WhatHappens(event, kernel, part);
      if (!type && part != focus) line.part = part;
      if (event.range != part) line.whole = event.range;
      Add(std::move(line));
    } else if (!broken_ && !state_->report.ok()) {
      line.whole = event.range;
      line.what = WhatHappens(event, kernel, event.range);
      Add(std::move(line));
    }
  }
  NoteViolation();
}

void StoryRecorder::Add(StoryLine line) {
  std::vector<StoryLine>& lines = story_.lines;
  const auto repeats = [&line](const StoryLine& old) {
    return !old.breaks && old.op == line.op && old.kernel == line.kernel &&
           old.phase == line.phase && old.function == line.function && old.what == line.what;
  };
  if (!story_.focus.pages.has_value()) {
    const auto old = std::ranges::find_if(lines, repeats);
    if (old != lines.end()) {
      old->pages += line.pages;
      ++old->times;
      // What is told last stands last: a violation shows there.
      if (!broken_ && !state_->report.ok()) std::rotate(old, old + 1, lines.end());
      return;
    }
  } else if (!lines.empty() && repeats(lines.back())) {
    StoryLine& old = lines.back();
    const bool follows = !old.part.empty() && old.part.end == line.part.begin;
    if (old.part == line.part || follows) {
      if (follows) old.part.end = line.part.end;
      if (old.part == *story_.focus.pages) old.part = {};
      if (!old.whole.empty() && !line.whole.empty()) {
        old.whole = {std::min(old.whole.begin, line.whole.begin),
                     std::max(old.whole.end, line.whole.end)};
      }
      ++old.times;
      return;
    }
  }
  if (lines.size() < kMaxLines) lines.push_back(std::move(line));
}

// What was told last is where it shows.
void StoryRecorder::NoteViolation() {
  if (broken_ || state_->report.ok() || story_.lines.empty()) return;
  broken_ = true;
  StoryLine& last = story_.lines.back();
  last.breaks = true;
  if (!options_.end.has_value()) story_.end = {last.op, last.kernel, last.phase};
}

void StoryRecorder::NoteFacts(std::optional<BootPhase> phase) {
  const Life* const life = &state_->life();
  if (life->kernel() == nullptr) return;
  const std::vector<StoryFact> facts = FactsOf(*state_, story_.focus);
  const uint64_t kernel = life->kexecs() + 1;
  if (facts_of_ != kernel) facts_.assign(facts.size(), {});
  facts_of_ = kernel;
  for (size_t i = 0; i < facts.size(); ++i) {
    if (facts_[i] == facts[i].what) continue;
    StoryLine line = NewLine();
    line.phase = phase;
    line.function = facts[i].function;
    line.what = facts[i].what.empty() ? std::string(kFactEnds[i]) : facts[i].what;
    facts_[i] = facts[i].what;
    if (!line.what.empty()) Add(std::move(line));
  }
}

void StoryRecorder::End() {
  ended_ = true;
  if (options_.at_end) options_.at_end(*state_);
}

namespace {

using Column = std::vector<const StoryLine*>;

bool Earlier(const StoryLine& a, const StoryLine& b) {
  const auto when = [](const StoryLine& line) {
    constexpr uint8_t kRuns = 0xff;
    return std::tuple(line.kernel, line.op,
                      line.phase.has_value() ? static_cast<uint8_t>(*line.phase) : kRuns,
                      line.look);
  };
  return when(a) < when(b);
}

// Lines between two that are the same in both: those by the same author in the same phase beside
// each other, others one by one in the order of the phases.
void Pair(const Column& left, const Column& right, std::vector<StoryRow>& rows) {
  auto l = left.begin();
  auto r = right.begin();
  while (l != left.end() || r != right.end()) {
    const bool both = l != left.end() && r != right.end();
    if (both && !Earlier(**l, **r) && !Earlier(**r, **l) && (*l)->function == (*r)->function) {
      rows.push_back({*l++, *r++, false});
    } else if (r == right.end() || (both && !Earlier(**r, **l))) {
      rows.push_back({*l++, nullptr, false});
    } else {
      rows.push_back({nullptr, *r++, false});
    }
  }
}

}  // namespace

std::vector<StoryRow> SideBySide(const Story& left, const Story& right) {
  const std::vector<StoryLine>& a = left.lines;
  const std::vector<StoryLine>& b = right.lines;
  // common[i][j]: how many lines of a from i on can stand beside lines of b from j on.
  std::vector<std::vector<size_t>> common(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = a.size(); i-- > 0;) {
    for (size_t j = b.size(); j-- > 0;) {
      common[i][j] = a[i].SameAs(b[j]) ? common[i + 1][j + 1] + 1
                                       : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  std::vector<StoryRow> rows;
  Column only_left;
  Column only_right;
  size_t i = 0;
  size_t j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && a[i].SameAs(b[j])) {
      Pair(std::exchange(only_left, {}), std::exchange(only_right, {}), rows);
      rows.push_back({&a[i++], &b[j++], true});
    } else if (j == b.size() || (i < a.size() && common[i + 1][j] >= common[i][j + 1])) {
      only_left.push_back(&a[i++]);
    } else {
      only_right.push_back(&b[j++]);
    }
  }
  Pair(only_left, only_right, rows);
  return rows;
}

}  // namespace khofuzz
