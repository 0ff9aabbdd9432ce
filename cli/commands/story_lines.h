// The lines of a story in words, and two stories one after the other.
#ifndef KHOFUZZ_CLI_COMMANDS_STORY_LINES_H_
#define KHOFUZZ_CLI_COMMANDS_STORY_LINES_H_

#include <string>
#include <string_view>
#include <vector>

#include "core/faults.h"
#include "core/geometry.h"
#include "core/kernel_answers.h"
#include "oracle/invariant.h"
#include "scenario/explaining/author.h"
#include "scenario/explaining/side_by_side.h"
#include "scenario/explaining/story.h"
#include "scenario/language/scenario.h"

namespace khofuzz {

// What the story is about: "The pageblock pfn 0xc40-0xc5f, [0xc40000, 0xc60000), 128 KiB, node 0".
std::string FocusText(const StoryFocus& focus, const Machine& machine);
// "memmap_init_range()"; empty for what no function does.
std::string FunctionText(const StoryLine& line);
// What is done, to how much of a machine's memory, and how often.
std::string LineText(const StoryLine& line);
// What it was a part of: "of [0xc00000, 0x1000000), 4 MiB"; empty if of nothing larger.
std::string WholeText(const StoryLine& line, const Geometry& geometry);
// "Kernel 2, takes over from kernel 1; op line 2: kexec".
std::string KernelText(const StoryLine& line, const Story& story, const Scenario& scenario);
// "memmap_init", "running".
std::string PhaseText(const StoryLine& line);
// True if a header must stand between them: another kernel, or another op.
bool NewChapter(const StoryLine& before, const StoryLine& line);

// What to say at the row that decides: "the first difference from intended"; on the side that does
// nothing there also what the other does.
std::string DecidingText(const StoryRow& row, bool left, std::string_view other);
// "kho_scratch_overlap(phys=0x1000, size=0x1000) answers true; right is false, by ...".
std::string WrongAnswerText(const WrongAnswer& wrong);
// Of an author who is not who does the write: "kho_init() kernel/...:12: why". Empty if it is.
std::string WhoseText(const Author& author);
// The allocations that have failed as asked: "page_alloc: kho_alloc_preserve() < kho_init()", or
// where the kernel does not tell its functions "page_alloc: call 3 of the life, from 1".
std::vector<std::string> FailedTexts(const FaultLog& log);
// How many rows from `from` on, which differ in nothing and where nothing is decided or breaks, are
// better told as a number: 0 if they are few.
size_t FoldedRows(const std::vector<StoryRow>& rows, size_t from, const StoryRow* deciding);

// A story, and what it was played on.
struct NamedStory {
  const Story& story;
  std::string_view name;
};

// The story of what was played, and the one beside it if that has lines; with what differs marked,
// an arrow at what decides, and below it the calls that led there.
std::string StoriesText(const Scenario& scenario, const Geometry& geometry,
                        const NamedStory& played, const NamedStory& beside, Invariant broken);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_COMMANDS_STORY_LINES_H_
