// Looking for what is wrong with a compiled tree, from nothing: scenarios that a search draws,
// played on the tree and on the model of the release that it is taken for.
//
// Whatever the tree's code does to the process happens in a child of it, so that a crash or an
// endless loop is a finding too.
#ifndef KHOFUZZ_LINUX_PLANTED_HUNT_H_
#define KHOFUZZ_LINUX_PLANTED_HUNT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "core/designs/design.h"
#include "scenario/language/scenario.h"

namespace khofuzz {

struct HuntOptions {
  uint64_t seed = 0;
  uint64_t runs = 10000;         // at most
  uint64_t shrink_runs = 20000;  // where the process survives; a tenth where it does not
};

struct Catch {
  uint64_t runs = 0;  // it took
  std::string target;
  // What showed it: an invariant's slug; "state: " and what of it differs from the model's; or
  // "crash: SIGSEGV", "crash: hang".
  std::string by;
  std::string what;   // in a sentence or a few; empty for a crash
  std::string named;  // the catalogued quirk that does the same and is none of the tree; or empty
  Scenario found, shrunk;
};

// Plays run after run on the shared object at `object` and stops at the first that shows something
// that the model of `design`, what the tree is without any fault, does not do. nullopt: all were
// quiet. Errors: the object cannot be loaded, there are no processes to be had, or the kernels
// refuse most machines, so that quiet would mean nothing.
absl::StatusOr<std::optional<Catch>> Hunt(const std::string& object, const Design& design,
                                          const HuntOptions& options);

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_PLANTED_HUNT_H_
