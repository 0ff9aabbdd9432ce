// How it came to a violation: all that was done to the page or pageblock at fault, in order, with
// its author.
//
// A scenario is played once to find what breaks, and again with a recorder that keeps what concerns
// the memory at fault; the same on another design shows where the two part.
#ifndef KHOFUZZ_SCENARIO_EXPLAINING_STORY_H_
#define KHOFUZZ_SCENARIO_EXPLAINING_STORY_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/address.h"
#include "core/designs/design.h"
#include "core/geometry.h"
#include "core/kernel.h"
#include "oracle/report.h"
#include "scenario/playing/moment.h"
#include "scenario/playing/run.h"

namespace khofuzz {

// What a story is about.
struct StoryFocus {
  // The pages at fault; unset: no page is, and the story is of the whole machine, in sums.
  std::optional<PfnRange> pages;
  bool pageblock = false;  // a whole pageblock, whose type is what is wrong

  friend bool operator==(const StoryFocus&, const StoryFocus&) = default;
};

// What a violation's story should be about: its pageblock where the type is wrong; the range at
// fault where that is no larger than a pageblock; else the first page of it, since what happened to
// one happened to all.
StoryFocus FocusOn(const Violation& violation, const Geometry& geometry);

// Something done to the memory that the story is about.
struct StoryLine {
  size_t op = 0;                     // from 0
  uint64_t kernel = 1;               // of the chain, from 1
  bool handover = false;             // that kernel took over what the one before had left
  std::optional<BootPhase> phase{};  // at work; unset: the kernel runs
  std::string function{};            // the kernel's, without parentheses; empty: a state seen
  std::string source{};              // where the function does it, "mm/mm_init.c:771"; or empty
  std::string what{};                // in words, without ranges
  PfnRange part{};                   // the pages of the focus concerned; all, if empty
  PfnRange whole{};                  // what the function worked on, where that is more
  uint64_t pages = 0;                // without a focus: how many pages in all
  uint64_t times = 1;
  bool breaks = false;  // the violation shows here
  bool look = false;    // nothing is done: an oracle looks

  // The same thing done by the same author to the same pages.
  bool SameAs(const StoryLine& other) const {
    return op == other.op && kernel == other.kernel && phase == other.phase &&
           function == other.function && what == other.what && part == other.part &&
           pages == other.pages && times == other.times;
  }
};

struct Story {
  StoryFocus focus;
  std::vector<StoryLine> lines;
  // The moment it ends at: the end of the phase (or of the op) in which the violation showed.
  Moment end;
};

// Records as a play goes on.
class StoryRecorder final : public PlayListener {
 public:
  struct Options {
    StoryFocus focus{};
    // Where to end; unset: at the first violation.
    std::optional<Moment> end{};
    // Called once, when the op of that number is about to begin, and at the story's end.
    size_t before_op = 0;
    std::function<void(const State&)> before{};
    std::function<void(const State&)> at_end{};
  };
  explicit StoryRecorder(Options options);

  void OnStart(const State& state) override { state_ = &state; }
  void BeforeOp(size_t op) override;
  void AfterOp(size_t op) override;
  void OnEvent(const Event& event) override;
  void OnPhase(BootPhase phase) override;

  const Story& story() const { return story_; }

 private:
  StoryLine NewLine() const;
  // Adds the line, or counts it where it repeats what stands there.
  void Add(StoryLine line);
  void NoteViolation();
  void Look(std::optional<BootPhase> phase, std::string_view what);
  void NoteSegments();
  // Notes what holds of the focus now and did not before: bootmem, memblock, preservations.
  void NoteFacts(std::optional<BootPhase> phase);
  void End();

  const Options options_;
  const State* state_ = nullptr;
  Story story_;
  uint64_t kexecs_ = 0;
  uint64_t facts_of_ = 0;           // the kernel that facts_ are about
  std::vector<std::string> facts_;  // by kind of fact
  bool broken_ = false;
  bool ended_ = false;
};

// What holds of `focus` in the state's kernel, one entry a kind of fact, empty where there is
// nothing to say: who says so and what.
struct StoryFact {
  std::string function;
  std::string what;
};
std::vector<StoryFact> FactsOf(const State& state, const StoryFocus& focus);

// What an event does, in words, before it is done.
std::string WhatHappens(const Event& event, const Kernel& kernel, PfnRange part);

// Two stories side by side: lines that are the same in both stand beside each other.
struct StoryRow {
  const StoryLine* left = nullptr;  // null: nothing of the kind
  const StoryLine* right = nullptr;
  bool same = false;
};
std::vector<StoryRow> SideBySide(const Story& left, const Story& right);

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_EXPLAINING_STORY_H_
