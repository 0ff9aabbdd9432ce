// Whose doing it is that an invariant breaks.
#ifndef KHOFUZZ_SCENARIO_EXPLAINING_AUTHOR_H_
#define KHOFUZZ_SCENARIO_EXPLAINING_AUTHOR_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/designs/lineage.h"
#include "core/kernel_answers.h"
#include "scenario/explaining/side_by_side.h"
#include "scenario/language/scenario.h"
#include "scenario/language/targets.h"
#include "scenario/playing/subject.h"

namespace khofuzz {

struct Author {
  std::string function;            // the kernel's, without parentheses; empty: nobody is known
  std::string source;              // "mm/mm_init.c:771", or empty
  bool begins = false;             // that is where the function begins: no line of it decides
  std::vector<std::string> calls;  // the call trace there, innermost first
  bool undone = false;             // it has not done what it should have
  bool answers = false;            // it does nothing to the memory: it has answered wrongly
  std::string why{};               // it, and not who does the write: a clause, or empty
};

// "deferred_init_pages() mm/mm_init.c:2041", "f() mm/f.c:7 (where it begins)"; empty if nobody is
// known.
std::string Describe(const Author& author);

// Of the deciding row, one of `rows`, if there is one. What is left undone while a kernel runs, by
// a function that is not seen at work either, is for the call to do that the op has made of KHO.
// Of functions that call each other it is the one whose own work it is:
//   - of what is left undone, the innermost that was called for the page, as far as is known;
//   - of pages that are initialised for a wrong node, the innermost that nobody tells the node; of
//   a
//     wrong type, which nobody is told, the innermost;
//   - else who was not called for the page, and has called another for it.
// `node` is that of the page by the machine's memory: kNoNode in a hole; unset: there is no page.
Author AuthorOf(const std::vector<StoryRow>& rows, const StoryRow* deciding,
                const PageRequests& requests, std::optional<NodeId> node);

// Of `designs`, on which the violation may show, those nearest to them on which its invariant does
// not break in that op: all that can be left to them of their quirks, so that what differs is what
// makes it break. Intended where it breaks there as well.
Lineage NearestThatHolds(const Violation& violation, const Scenario& scenario, const Target& target,
                         const Lineage& designs);

// Both stories of the first violation: of the subject, and, unless it is the intended design, of
// the model up to the same moment, on the nearest designs that hold.
struct Stories {
  Violation violation{};
  Story story;
  Story beside;
  Lineage designs;  // of the story beside
  // Of a tree: what one of its functions has answered wrongly, without which it does not break so:
  // the first function that answers otherwise than those designs would in such a play, and with
  // whose answers put right it does not come about.
  std::optional<WrongAnswer> wrong;
  // Who answered wrongly, if somebody did, else who does the deciding write.
  Author author;
};
// Who looks on while they are told: called at most once each, and not where they are empty.
struct StoryLookers {
  std::function<void(const State&)> before{};  // the op begins in which it breaks
  std::function<void(const State&)> at_end{};  // the story ends
  // The story beside, on these designs.
  std::function<void(const State&, const Lineage&)> at_end_beside{};
};
// nullopt if nothing breaks. Where kernels differ (kernels-agree), and nothing else breaks, the
// story beside is that of the model.
std::optional<Stories> StoriesOf(const Scenario& scenario, const Target& target,
                                 const Subject& subject);
// Of this violation, which a play of the same has come to.
Stories StoriesOf(const Violation& violation, const Scenario& scenario, const Target& target,
                  const Subject& subject, const StoryLookers& lookers = {});

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_EXPLAINING_AUTHOR_H_
