// What a run of a fuzz target says of its input.
#ifndef KHOFUZZ_CLI_FUZZ_VERDICT_H_
#define KHOFUZZ_CLI_FUZZ_VERDICT_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "system/contained.h"

namespace khofuzz {

// What a program must never do, whatever its input; named beside the invariants.
inline constexpr std::string_view kCrash = "crash";
inline constexpr std::string_view kHang = "hang";
inline constexpr std::string_view kOutOfMemory = "out-of-memory";
inline constexpr std::string_view kLeak = "leak";
inline constexpr std::string_view kForbiddenCall = "forbidden-call";

struct Verdict {
  std::string invariant;  // its slug, or one of the names above; empty: all is well
  std::string what;
  size_t op_line = 0;  // after which it showed, counted from 1; 0 if unknown
  // A quirk of the catalogue that does the same, though the tree is not known for it; empty where
  // there is none or nobody has looked.
  std::string same_as{};

  bool ok() const { return invariant.empty(); }
  // An invariant broke, as opposed to the process: it can be looked at without running a child.
  bool violation() const;

  friend bool operator==(const Verdict&, const Verdict&) = default;
};

// From the output of a fuzz target (fuzz/glue.cc's words, else those of libFuzzer and the
// sanitizers) and how it ended.
Verdict JudgeOutput(std::string_view output, const ProcessEnd& end);

// The same of a process of ours that did not come to its end; an empty verdict if it did.
Verdict VerdictOf(const ProcessLoss& loss);

// The file that libFuzzer says it saved the failing input in; empty if there is none.
std::string WrittenArtifact(std::string_view output);

// `what` with each number as '#': the same for failures that differ in figures only.
std::string WithoutNumbers(std::string_view what);

// Whether both are the same failure, as far as one can tell without shrinking: for a broken
// invariant its name, else what was said too.
bool SameFailure(const Verdict& a, const Verdict& b);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_FUZZ_VERDICT_H_
