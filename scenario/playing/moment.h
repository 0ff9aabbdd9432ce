// A point in a play.
#ifndef KHOFUZZ_SCENARIO_PLAYING_MOMENT_H_
#define KHOFUZZ_SCENARIO_PLAYING_MOMENT_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/kernel.h"

namespace khofuzz {

// Without a phase: the end of the op.
struct Moment {
  size_t op = 0;        // from 0; ops.size(): the last look at everything
  uint64_t kernel = 1;  // of the chain, from 1
  std::optional<BootPhase> phase{};

  friend bool operator==(const Moment&, const Moment&) = default;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_PLAYING_MOMENT_H_
