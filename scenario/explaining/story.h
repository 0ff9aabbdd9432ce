// How it came to a violation: all that was done to the page or pageblock at fault, in order, with
// its author.
//
// A scenario is played once to find what breaks, and again with a recorder that keeps what concerns
// the memory at fault; the same on another design shows where the two part (side_by_side.h).
#ifndef KHOFUZZ_SCENARIO_EXPLAINING_STORY_H_
#define KHOFUZZ_SCENARIO_EXPLAINING_STORY_H_

#include <array>
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
  bool managed = false;    // without pages: of what zones manage, and nothing else
  bool total = false;      // with it: of totalram_pages() instead

  friend bool operator==(const StoryFocus&, const StoryFocus&) = default;
};

// What a violation's story should be about: its pageblock where the type is wrong; what zones
// manage where that is; else the first page of the memory at fault, since what happened to one
// happened to all.
StoryFocus FocusOn(const Violation& violation, const Geometry& geometry);

// What of the memory at fault something changes. Two kernels do the same to it if they do the same
// to each of these, whoever does it and in whatever order.
enum class PageAspect : uint8_t {
  kNothing,    // a read, a look, what says more of another change
  kInit,       // the node and zone that the struct page is initialised for
  kReserved,   // PG_reserved
  kType,       // the pageblock's type
  kMagic,      // page->private
  kBuddy,      // whether it is free
  kCount,      // page_count()
  kArray,      // which of memblock's region arrays it holds
  kInherited,  // what it is in the handover that this kernel has been given
  kBootmem,    // whether it is bootmem
  kScratch,    // KHO_SCRATCH, of memblock.memory
  kMemblock,   // all else of memblock.memory, and memblock.reserved
  kPreserved,  // whether the next kernel is told to keep it
  kManaged,    // what a zone manages
  kRefused,    // a request to memblock that finds no room
  kStop,       // that the kernel stops
};
inline constexpr size_t kAspects = static_cast<size_t>(PageAspect::kStop) + 1;

// Something done to the memory that the story is about.
struct StoryLine {
  size_t op = 0;                     // from 0
  uint64_t kernel = 1;               // of the chain, from 1
  bool handover = false;             // that kernel took over what the one before had left
  std::optional<BootPhase> phase{};  // at work; unset: the kernel runs
  std::string function{};            // the kernel's, without parentheses; empty: a state seen
  std::string source{};              // where the function does it, "mm/mm_init.c:771"; or empty
  // The call trace there, innermost first, "kho_mem_retrieve() kernel/...:750": what the function
  // has called and what has called it. Of the model what is known of who calls it, without lines.
  std::vector<std::string> calls{};
  std::string what{};                        // in words, without ranges
  PageAspect aspect = PageAspect::kNothing;  // what it changes,
  std::string effect{};                      // and to what
  PfnRange whole{};                          // what the function worked on, where that is more
  uint64_t pages = 0;                        // without a focus: how many pages in all
  uint64_t times = 1;
  bool breaks = false;  // the violation shows here
  bool look = false;    // nothing is done: an oracle looks

  bool SameMoment(const StoryLine& other) const {
    return op == other.op && kernel == other.kernel && phase == other.phase;
  }
};

struct Story {
  StoryFocus focus;
  std::vector<StoryLine> lines;
  bool told = false;  // somebody has played it; it may have no lines all the same
  std::string call;   // the last of KHO's calls that the op at its end has made, if any
  // The moment it ends at: the end of the phase (or of the op) in which the violation showed. Unset
  // where none did: it goes on to the end of the play.
  std::optional<Moment> end{};
};

struct StoryFact {
  PageAspect aspect = PageAspect::kNothing;
  std::string function{};
  std::string what{};
  std::string ends{};    // what is said once it holds no longer; empty: nothing
  std::string effect{};  // where only a part of it is what both kernels tell; empty: all of it
};
// Whose work memblock's memory and reservations are in this phase, but for allocations, which tell
// of themselves. Empty where more than one is at it: the firmware's map, and the boot's own script.
std::string_view MemblockAuthor(BootPhase phase, bool handover);
// What holds of `focus` in the state's kernel, one entry a kind of fact, empty where there is
// nothing to say: who says so and what.
std::vector<StoryFact> FactsOf(const State& state, const StoryFocus& focus);

// What an event does, in words, before it is done; what of the memory it changes, and to what.
struct Happening {
  std::string what;
  PageAspect aspect = PageAspect::kNothing;
  std::string effect{};
};
// How the words of some begin.
inline constexpr std::string_view kMemblockAllocated = "allocated from memblock";
inline constexpr std::string_view kPrivate = "page->private";
Happening WhatHappens(const Event& event, const Kernel& kernel, PfnRange part);

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

  void OnStart(const State& state) override {
    state_ = &state;
    story_.told = true;
  }
  void BeforeOp(size_t op) override;
  void AfterOp(size_t op) override;
  void OnEvent(const Event& event) override;
  void OnPhase(BootPhase phase) override;

  const Story& story() const { return story_; }

 private:
  StoryLine NewLine() const;
  // Who it was that an event names.
  void Sign(StoryLine& line, const Event& event) const;
  void TellOfMachine(StoryLine line, const Event& event);
  void TellOfPages(StoryLine line, const Event& event);
  // Adds the line, or counts it where it repeats what stands there.
  void Add(StoryLine line);
  bool Repeats(StoryLine& line);
  void NoteViolation();
  void Look(std::optional<BootPhase> phase, std::string_view what);
  void NoteSegments();
  // Notes what holds of the focus now and did not before: bootmem, memblock, preservations.
  void NoteFacts(std::optional<BootPhase> phase);
  StoryLine* AuthorOf(const StoryLine& fact, PageAspect aspect);
  void End();

  const Options options_;
  const State* state_ = nullptr;
  Story story_;
  uint64_t kexecs_ = 0;
  uint64_t facts_of_ = 0;         // the kernel that facts_ are about
  std::vector<StoryFact> facts_;  // as they were told last
  // What the running kernel has made of each aspect last, where doing the same again changes
  // nothing.
  std::array<std::string, kAspects> stands_{};
  bool broken_ = false;
  bool ended_ = false;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_EXPLAINING_STORY_H_
