// Faults planted on purpose in copies of a Linux tree: what khofuzz must find if it is any good.
//
// A fault is one edit of one line, said as data (faults.txt): where, a pattern for what stands
// there, and what to put in its place. The tree itself is never written to.
#ifndef KHOFUZZ_LINUX_PLANTED_PLANTED_H_
#define KHOFUZZ_LINUX_PLANTED_PLANTED_H_

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace khofuzz {

struct PlantedFault {
  std::string name;         // "magic-one-order-less"
  std::string area;         // of the algorithms: "magic"
  std::string file;         // below the tree's top
  std::string function;     // whose body has the place
  std::string pattern;      // an ECMAScript regular expression that matches within one line
  std::string replacement;  // as it is: $ means nothing
  std::string breaks;       // what goes wrong, in a sentence
};

// Reads "fault NAME", "area WORDS", "place FILE FUNCTION", "pattern REGEX", "becomes TEXT" and
// "breaks SENTENCE", one a line, each fault beginning with its name and having all six. Blank lines
// and lines that begin with '#' are left out. InvalidArgument "LINE: ...".
absl::StatusOr<std::vector<PlantedFault>> ParseFaults(std::string_view text);

// Whether `asked`, "all" or names joined by commas as KHOFUZZ_PLANTED has them, has this fault.
bool IsAsked(std::string_view asked, const PlantedFault& fault);

// `source` with the fault in it. FailedPrecondition "fault X does not fit this tree: FILE has N
// places ..." unless there is exactly one place.
absl::StatusOr<std::string> Planted(const PlantedFault& fault, std::string_view source);

// Makes `folder`, which must not exist yet, a copy of the tree with the fault in it: the file
// edited is its own, all else leads to the tree. As Planted(), or what the file system says.
absl::Status PlantInCopy(const PlantedFault& fault, const std::filesystem::path& tree,
                         const std::filesystem::path& folder);

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_PLANTED_PLANTED_H_
