// The designs that are held against the invariants, and what is expected of each.
#ifndef KHOFUZZ_CLI_JUDGE_CONTENDER_H_
#define KHOFUZZ_CLI_JUDGE_CONTENDER_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/designs/design.h"

namespace khofuzz {

struct Contender {
  enum class Kind { kIntended, kQuirk, kNamed, kJoined };

  Kind kind = Kind::kIntended;
  std::string name;    // Design::Parse() takes it
  std::string what;    // one sentence
  std::string source;  // where it comes from
  Design design;
  QuirkSet quirks;  // the quirks of `design`
  // The invariants that the catalogue expects it to break, by slug.
  std::vector<std::string_view> breaks;

  bool expected_to_hold() const { return breaks.empty(); }
  // A run that came to the decision points `asked` of intended might go otherwise on this design;
  // any other run cannot.
  bool ConcernedBy(const QuirkSet& asked) const { return (quirks & asked).any(); }
};

// "quirk", "named", ...
std::string_view KindName(Contender::Kind kind);

// The intended design first, then every quirk of the catalogue, then the named designs.
std::vector<Contender> AllContenders();

// The intended design first, then those that `names` name: quirks, named designs, or several joined
// by '+'; each once. No names: AllContenders(). InvalidArgument as Design::Parse() says it.
absl::StatusOr<std::vector<Contender>> ContendersNamed(const std::vector<std::string>& names);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_JUDGE_CONTENDER_H_
