// What a play says of a scenario, and what that rests on.
//
// "Holds" is a claim. It is made only where an invariant had its chance to fail, and with it comes
// how many had, how often, and which ops did nothing.
#ifndef KHOFUZZ_SCENARIO_EXPLAINING_ANSWER_H_
#define KHOFUZZ_SCENARIO_EXPLAINING_ANSWER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "oracle/report.h"
#include "scenario/playing/run.h"

namespace khofuzz {

struct Answer {
  enum class Kind : uint8_t {
    kHolds,
    kBreaks,
    kNothing,  // nothing was put to the test: `why`
  };
  Kind kind = Kind::kNothing;
  std::string why;
  size_t invariants = 0;  // that were put to the test
  size_t of = 0;          // invariants there are
  uint64_t times = 0;     // they were, all together
  size_t ops = 0;         // that were reached
  // Why the rest of the life was not played; empty: it was.
  std::string left_out{};
  // Op lines, from 1.
  std::vector<size_t> without_effect, refused, cut;
};

Answer AnswerOf(const Played& played);
// Of what has no ops: the language.
Answer AnswerOf(const Report& report);

// "9 of 25 invariants put to the test, 412 times; 2 of 7 ops without effect: op lines 3, 6 (explain
// says why)", or why nothing was.
std::string Basis(const Answer& answer);

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_EXPLAINING_ANSWER_H_
