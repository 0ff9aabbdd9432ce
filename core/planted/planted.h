// Faults planted on purpose in copies of core/'s own sources: mistakes that the invariants must
// see.
//
// A fault is one edit of one line, said as data (faults.txt): where, what stands there, and what to
// put in its place. The algorithms themselves stay free of them, and the sources are never written
// to.
#ifndef KHOFUZZ_CORE_PLANTED_PLANTED_H_
#define KHOFUZZ_CORE_PLANTED_PLANTED_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace khofuzz {

struct CoreFault {
  std::string name;     // "retrieve-stops-at-first"; no other has it
  std::string file;     // "core/preserve/retrieve.cc"
  std::string find;     // stands there once, within a line
  std::string becomes;  // what replaces it; may be empty
  // The slug of the invariant that it breaks; "any" where it does not matter which, or "nothing"
  // for a mistake that no invariant can see: a blind spot, kept in view.
  std::string breaks;
  std::string what;  // in a sentence
};

// Reads "fault NAME", "file PATH", "find TEXT", "becomes TEXT", "breaks SLUG" and "what SENTENCE",
// one a line, each fault beginning with its name and having all six. Blank lines and lines that
// begin with '#' are left out. InvalidArgument "LINE: ...".
absl::StatusOr<std::vector<CoreFault>> ParseCoreFaults(std::string_view text);

// `source` with the fault in it. FailedPrecondition "fault X does not fit: FILE has N places ..."
// unless there is exactly one.
absl::StatusOr<std::string> Plant(const CoreFault& fault, std::string_view source);

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_PLANTED_PLANTED_H_
