#include "scenario/explaining/story.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "scenario/playing/life.h"
#include "scenario/playing/state.h"

namespace khofuzz {
namespace {

// What a reader can take in; what comes later only repeats.
constexpr size_t kMaxLines = 400;

// The phase that the kernel is in; unset once its boot is complete.
std::optional<BootPhase> PhaseAtWork(const Kernel& kernel) {
  if (kernel.phase() == BootPhase::kComplete) return std::nullopt;
  return static_cast<BootPhase>(static_cast<uint8_t>(kernel.phase()) + 1);
}

// What calls this function of the model's, where that is one function in Linux 7.3; else empty.
std::string_view CallerOf(std::string_view function) {
  struct Call {
    std::string_view callee;
    std::string_view caller;
  };
  static constexpr Call kCalls[] = {
      {"memmap_init_range", "memmap_init_zone_range"},
      {"memmap_init_reserved_range", "memmap_init_reserved_pages"},
      {"memmap_init_reserved_pages", "memblock_free_all"},
      {"kho_get_preserved_page", "kho_preserved_memory_reserve"},
      {"kho_preserved_memory_reserve", "kho_mem_retrieve"},
      {"kho_mem_retrieve", "kho_memory_init"},
      {"kho_reserve_scratch", "kho_memory_init"},
      {"deferred_init_pages", "deferred_init_memmap_chunk"},
      {"deferred_free_pages", "deferred_init_memmap_chunk"},
      {"deferred_init_memmap_chunk", "deferred_init_memmap"},
      {"init_cma_reserved_pageblock", "kho_init"},
  };
  const auto call = std::ranges::find(kCalls, function, &Call::callee);
  return call == std::end(kCalls) ? std::string_view() : call->caller;
}

}  // namespace

StoryFocus FocusOn(const Violation& violation, const Geometry& geometry) {
  if (violation.invariant == Invariant::kAccounting) {
    return {.managed = true, .total = violation.what.starts_with(kTotalRam)};
  }
  if (!violation.where.has_value() || violation.where->empty()) return {};
  const PfnRange pages{geometry.PfnDown(violation.where->begin),
                       geometry.PfnUp(violation.where->end)};
  const bool type = violation.invariant == Invariant::kKernelsAgree && pages.size() > 1;
  if (type || violation.invariant == Invariant::kScratchIsCma) {
    return {.pages = geometry.WholePageblocks({pages.begin, pages.begin + 1}), .pageblock = true};
  }
  return {.pages = PfnRange{pages.begin, pages.begin + 1}};
}

StoryRecorder::StoryRecorder(Options options) : options_(std::move(options)) {
  story_.focus = options_.focus;
  story_.end = options_.end;
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
  NoteSegments();
  NoteFacts(std::nullopt);
  const std::optional<BootPhase> stopped = NewLine().phase;
  Look(stopped, stopped.has_value() ? "(the boot stops)" : "(the oracle looks after the op)");
  if (story_.end.has_value() && op >= story_.end->op) End();
}

void StoryRecorder::OnPhase(BootPhase phase) {
  if (ended_) return;
  NoteSegments();
  NoteFacts(phase);
  Look(phase, "(the oracle looks at the end of the phase)");
  const Moment now{state_->report.op(), NewLine().kernel, phase};
  if (now == story_.end) End();
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
    // The next kernel may be booting already.
    line.kernel = kexecs_;
    line.phase.reset();
    line.function = "kho_locate_mem_hole";
    line.what = "a segment of the next kernel is placed here";
    line.aspect = PageAspect::kPreserved;
    line.effect = "segment";
    line.whole = {state_->geometry().PfnDown(segment.begin), state_->geometry().PfnUp(segment.end)};
    Add(std::move(line));
  }
}

void StoryRecorder::Sign(StoryLine& line, const Event& event) const {
  const Kernel& kernel = *state_->life().kernel();
  line.function = std::string(event.function);
  line.source = std::string(kernel.SourceOf(event.function));
  line.calls = kernel.CallsOf(event.function);
  if (!line.calls.empty()) return;
  // The model has no stack; but what the op has called is known, and most callers are.
  for (std::string_view caller = line.function; !caller.empty(); caller = CallerOf(caller)) {
    line.calls.push_back(absl::StrCat(std::string(caller), "()"));
  }
  // memblock's arrays double for whoever is at work.
  if (line.function == "memblock_double_array" && line.phase.has_value()) {
    const std::string_view caller = MemblockAuthor(*line.phase, kernel.is_kho_boot());
    if (!caller.empty()) line.calls.push_back(absl::StrCat(std::string(caller), "()"));
  }
  const std::string_view call = state_->life().call();
  if (!line.phase.has_value() && !call.empty() && call != line.function) {
    line.calls.push_back(absl::StrCat(std::string(call), "()"));
  }
}

void StoryRecorder::OnEvent(const Event& event) {
  if (ended_) return;
  NoteSegments();
  if (story_.focus.pages.has_value()) {
    TellOfPages(NewLine(), event);
  } else {
    TellOfMachine(NewLine(), event);
  }
  NoteViolation();
}

void StoryRecorder::TellOfMachine(StoryLine line, const Event& event) {
  const bool sums = event.kind == EventKind::kManaged;
  // Reads change nothing, and are too many to be of interest; but one may be what breaks.
  const bool reads = event.kind == EventKind::kRead || event.kind == EventKind::kBuddyRead;
  const bool shows = !broken_ && !state_->report.ok();
  if ((sums != story_.focus.managed || reads) && !shows) return;
  // A kernel that does not count all memory apart takes what its zones manage for it.
  const bool of_total = event.nid == kNoNode || !state_->life().kernel()->total_ram_pages();
  if (sums && (story_.focus.total ? !of_total : event.nid == kNoNode)) return;
  Happening happening = WhatHappens(event, *state_->life().kernel(), event.range);
  line.what = std::move(happening.what);
  line.aspect = happening.aspect;
  line.effect = story_.focus.total ? "total" : std::move(happening.effect);
  line.pages = sums ? 0 : event.range.size();
  Sign(line, event);
  if (sums) line.pages = event.count;
  Add(std::move(line));
}

void StoryRecorder::TellOfPages(StoryLine line, const Event& event) {
  const PfnRange focus = *story_.focus.pages;
  const bool type = event.kind == EventKind::kPageblockType;
  // What happened to a pageblock's first page happened to all.
  const PfnRange concerned =
      type ? state_->geometry().WholePageblocks(focus) : PfnRange{focus.begin, focus.begin + 1};
  const PfnRange part = event.range.Intersect(concerned);
  // These are of no page, and of interest whichever page is at fault.
  const bool warn = event.kind == EventKind::kWarn || event.kind == EventKind::kStop;
  const bool shows = !broken_ && !state_->report.ok();
  if (event.kind == EventKind::kManaged || (part.empty() && !warn && !shows)) return;
  if (part.empty() && !warn && !line.phase.has_value()) {
    // It is of other memory, and has nothing to do with what has shown before it.
    NoteFacts(std::nullopt);
    return Look(std::nullopt, "(the oracle looks after the call)");
  }
  Happening happening =
      WhatHappens(event, *state_->life().kernel(), part.empty() ? event.range : part);
  line.what = std::move(happening.what);
  if (!part.empty()) {
    line.aspect = happening.aspect;
    line.effect = std::move(happening.effect);
    if (event.range != part) line.whole = event.range;
    std::string& initialised = stands_[static_cast<size_t>(PageAspect::kInit)];
    const bool reserved = !stands_[static_cast<size_t>(PageAspect::kReserved)].empty();
    if (line.aspect == PageAspect::kInit && reserved && initialised == line.effect &&
        !state_->life().kernel()->MagicOrder(focus.begin).has_value()) {
      // Two reservations share the page: nobody can tell the second time.
      line.aspect = PageAspect::kNothing;
    } else if (line.aspect == PageAspect::kInit) {
      initialised = line.effect;
      for (const PageAspect wiped : {PageAspect::kReserved, PageAspect::kMagic}) {
        stands_[static_cast<size_t>(wiped)].clear();
      }
    }
    const bool state = line.aspect == PageAspect::kReserved || line.aspect == PageAspect::kType;
    std::string& stands = stands_[static_cast<size_t>(line.aspect)];
    // The same once more changes nothing.
    if (state && std::exchange(stands, line.effect) == line.effect) {
      line.aspect = PageAspect::kNothing;
    }
  } else if (!warn) {
    line.whole = event.range;
  }
  Sign(line, event);
  Add(std::move(line));
}

void StoryRecorder::Add(StoryLine line) {
  // How counts come about while a kernel boots is told by some kernels only.
  if (line.aspect == PageAspect::kCount && line.phase.has_value()) {
    line.aspect = PageAspect::kNothing;
  }
  if (Repeats(line)) return;
  if (story_.lines.size() < kMaxLines) story_.lines.push_back(std::move(line));
}

bool StoryRecorder::Repeats(StoryLine& line) {
  std::vector<StoryLine>& lines = story_.lines;
  const auto repeats = [&line](const StoryLine& old) {
    return !old.breaks && old.SameMoment(line) && old.function == line.function &&
           old.source == line.source && old.what == line.what;
  };
  if (!story_.focus.pages.has_value()) {
    const auto old = std::ranges::find_if(lines, repeats);
    if (old == lines.end()) return false;
    old->pages += line.pages;
    ++old->times;
    // What is told last stands last: a violation shows there.
    if (!broken_ && !state_->report.ok()) std::rotate(old, old + 1, lines.end());
    return true;
  }
  if (lines.empty() || !repeats(lines.back())) return false;
  StoryLine& old = lines.back();
  if (!old.whole.empty() && !line.whole.empty()) {
    old.whole = {std::min(old.whole.begin, line.whole.begin),
                 std::max(old.whole.end, line.whole.end)};
  }
  ++old.times;
  return true;
}

// What was told last is where it shows.
void StoryRecorder::NoteViolation() {
  if (broken_ || state_->report.ok() || story_.lines.empty()) return;
  broken_ = true;
  StoryLine& last = story_.lines.back();
  last.breaks = true;
  if (!options_.end.has_value()) story_.end = Moment{last.op, last.kernel, last.phase};
}

void StoryRecorder::NoteFacts(std::optional<BootPhase> phase) {
  const Life* const life = &state_->life();
  if (life->kernel() == nullptr && state_->memblock_alone() == nullptr) return;
  std::vector<StoryFact> facts = FactsOf(*state_, story_.focus);
  const uint64_t kernel = life->kexecs() + 1;
  // Of memblock by itself there are fewer than of a kernel.
  if (facts_of_ != kernel || facts_.size() != facts.size()) {
    facts_.assign(facts.size(), {});
    stands_ = {};
  }
  facts_of_ = kernel;
  for (size_t i = 0; i < facts.size(); ++i) {
    if (facts_[i].what == facts[i].what) continue;
    StoryLine line = NewLine();
    line.phase = phase;
    // Whoever has made it so need not be who ends it.
    const bool ends = facts[i].what.empty();
    const StoryFact& told = ends ? facts_[i] : facts[i];
    line.aspect = told.aspect;
    if (!ends || phase.has_value()) line.function = told.function;
    line.what = ends ? told.ends : facts[i].what;
    line.effect = facts[i].effect.empty() ? facts[i].what : facts[i].effect;
    if (line.what.empty()) continue;
    // What has changed it is told already, and is what changes it.
    if (StoryLine* const author = AuthorOf(line, told.aspect); author != nullptr) {
      author->aspect = told.aspect;
      author->effect = std::exchange(line.effect, {});
      line.aspect = PageAspect::kNothing;
      line.function.clear();
    } else if (!phase.has_value() && !life->call().empty()) {
      line.function = std::string(life->call());
    }
    if (life->kernel() != nullptr && !line.function.empty()) {
      line.source = std::string(life->kernel()->SourceOf(line.function));
    }
    Add(std::move(line));
  }
  facts_ = std::move(facts);
}

// Of what is told of the moment that the fact is of, the last that may have changed this: an
// allocation from memblock; who writes page->private, or all of the struct page.
StoryLine* StoryRecorder::AuthorOf(const StoryLine& fact, PageAspect aspect) {
  const bool memblock = aspect == PageAspect::kMemblock;
  if (!memblock && aspect != PageAspect::kMagic) return nullptr;
  for (auto line = story_.lines.rbegin(); line != story_.lines.rend(); ++line) {
    if (!line->SameMoment(fact)) return nullptr;
    if (line->look || line->function.empty()) continue;
    if (memblock ? line->what == kMemblockAllocated : line->what.starts_with(kPrivate)) {
      return &*line;
    }
  }
  return nullptr;
}

void StoryRecorder::End() {
  ended_ = true;
  story_.call = std::string(state_->life().call());
  if (options_.at_end) options_.at_end(*state_);
}

}  // namespace khofuzz
