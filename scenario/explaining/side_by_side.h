// Two stories of the same memory beside each other: where they differ, and which write decides.
#ifndef KHOFUZZ_SCENARIO_EXPLAINING_SIDE_BY_SIDE_H_
#define KHOFUZZ_SCENARIO_EXPLAINING_SIDE_BY_SIDE_H_

#include <vector>

#include "oracle/invariant.h"
#include "scenario/explaining/story.h"

namespace khofuzz {

// Lines that do the same stand beside each other.
struct StoryRow {
  const StoryLine* left = nullptr;  // null: nothing of the kind
  const StoryLine* right = nullptr;
  // One of the two does something to the memory that the other does not do at that moment: in that
  // phase of the kernel's boot, or in that op. Who does it, in what order, and what is only looked
  // at makes no difference.
  bool differs = false;
};
// Both outlive the rows. Where the right one was never told nothing differs.
std::vector<StoryRow> SideBySide(const Story& left, const Story& right);

// The row with the write that decides that `invariant` breaks on the left: the first that differs
// in what the invariant is about; at that moment one of the left's, if it does anything that the
// right does not, else what it leaves undone. Where nothing differs the line at which it shows, if
// something is done there, else the last on the left to change what the invariant is about. Null if
// there is no such line.
const StoryRow* DecidingRow(const std::vector<StoryRow>& rows, Invariant invariant);

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_EXPLAINING_SIDE_BY_SIDE_H_
