// The design of a kernel, measured: which quirks it has, by how it plays.
#ifndef KHOFUZZ_SCENARIO_MEASURING_MEASURE_H_
#define KHOFUZZ_SCENARIO_MEASURING_MEASURE_H_

#include <cstddef>
#include <span>
#include <vector>

#include "core/designs/design.h"
#include "scenario/measuring/probes.h"
#include "scenario/playing/compare.h"

namespace khofuzz {

// A probe, and what the kernel that is measured came to with it.
struct PlayedDesignProbe {
  const DesignProbe* probe = nullptr;  // not owned
  Ending ending{};  // nothing of it is played twice: this may be of another process
};

// Plays them all, in this process.
std::vector<PlayedDesignProbe> PlayProbes(std::span<const DesignProbe> probes,
                                          const Subject& subject);

struct Measurement {
  Design design;
  // Probes that the model of `design` ends otherwise than the kernel, by their place among those
  // that were measured.
  std::vector<size_t> unexplained{};
  // Quirks of which no probe can tell whether the kernel has them: it plays the same with and
  // without. Those that `design` has it has from what the search began with.
  QuirkSet untold{};
};

// The set of quirks with which the most probes end in the same states; where several do, with which
// they part last, and of those one that is next to what the search began with.
//
// It begins with the one of `starts` (or intended, if there is none) that explains most, and takes
// the first step, one quirk more or one less, that explains more, until none does; then two steps
// at once, for what is still not explained, as far as so much work goes: what no set explains, a
// tree's own mistake, would be tried with thousands of pairs. Deterministic; plays the model only,
// some thousand times where a start is near.
Measurement MeasureDesign(std::span<const PlayedDesignProbe> probes,
                          std::span<const Design> starts);

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_MEASURING_MEASURE_H_
