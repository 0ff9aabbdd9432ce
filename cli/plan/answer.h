// The whole answer: both ends of what is not known, with nothing preserved and with something, and
// what kho_scratch= would do.
#ifndef KHOFUZZ_CLI_PLAN_ANSWER_H_
#define KHOFUZZ_CLI_PLAN_ANSWER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/plan/play.h"

namespace khofuzz {

// What is known of the machine.
struct PlanInput {
  PlanMachine machine;
  PlannedCommandLine command_line;
  GivenSizes given;
  // At most one of the two.
  std::optional<MemblockDump> dump;
  std::optional<DmesgFacts> log;  // with a "Memory: " line
  std::string source;             // of these, for people: a file's name
  std::string kho_now;            // of a recorded machine, why KHO is not on there; empty: it is
  // The recorded kernel, or the one of the log, was handed over to; and the bytes of scratch that
  // it has of that, as recorded.
  bool took_over = false;
  std::optional<uint64_t> inherited;
  // KHO was on in the log's boot, or off; unset: nobody knows.
  std::optional<bool> log_kho;
  Subject subject;
  std::string release;  // "linux-7.3"
  // How much of memory is preserved, and whether that is asked about scattered, in one run, both.
  std::optional<double> preserve;
  bool scattered = true, run = true;
  bool search = true;  // for the smallest kho_scratch=
};

struct PlanCase {
  Preserve preserve;
  PlannedLife life;
};

// One end of the interval.
struct PlanEnd {
  std::vector<Need> needs;
  double part = 0;
  std::vector<PlanCase> cases;  // nothing preserved first

  const PlannedLife& bare() const { return cases.front().life; }
  uint64_t scratch_bytes() const;
  uint64_t image_bytes() const;  // kernel and initrd
};

// What makes room for a case's gigantic pages, where no kho_scratch= does. Each was asked of a plan
// of its own, in which all of them fit at both ends; unset: none that was tried.
struct GiganticAdvice {
  std::optional<uint64_t> pages;      // so many on the command line
  std::optional<uint64_t> preserved;  // so many bytes
};

struct PlanAnswer {
  PlanMachine machine;
  PlannedCommandLine command_line;
  std::string release;
  std::string kho_now;  // as PlanInput's
  bool took_over = false;
  std::optional<uint64_t> inherited;
  bool extends = true;  // whether the release extends scratch
  bool exact = false;   // one end: what is early boot's is known
  PlanEnd least, most;
  // With all that may be needed KHO turns itself off: `most` is the most with which it stays on,
  // and this is why it goes off beyond.
  std::optional<std::string> off_beyond;
  // For each case that fits at the least and not at the most: how large kernel and initrd may be.
  std::vector<std::optional<uint64_t>> images_that_fit;
  // In the words of the command line; empty: none was found with which the successor lacks nothing.
  std::string smallest_scale, smallest_sizes;
  uint64_t smallest_scale_bytes = 0, smallest_sizes_bytes = 0;  // of all areas
  bool searched = false;
  // Where gigantic pages find no room: the kho_scratch= with which all of them do, in all cases and
  // at both ends, and how much it takes; empty: none that was tried.
  std::string gigantic_remedy;
  uint64_t gigantic_remedy_bytes = 0;
  std::vector<std::string> gigantic_tried;      // empty: nothing was to be looked for
  std::vector<GiganticAdvice> gigantic_advice;  // by case; empty: nothing was to be looked for

  // The command line itself turns KHO off.
  bool turned_off() const { return command_line.kho == false; }
  // Every case has its gigantic pages, at both ends.
  bool gigantic_fit() const;
  uint64_t plays = 0;  // how many machines were played for this
  std::vector<std::string> rests_on;
};

// Plays it all. Errors: the machine is none for these kernels; a log that contradicts itself.
absl::StatusOr<PlanAnswer> MakePlan(const PlanInput& input);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_PLAN_ANSWER_H_
