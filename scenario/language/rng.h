// The one source of chance: a small generator whose sequence is the same everywhere.
#ifndef KHOFUZZ_SCENARIO_LANGUAGE_RNG_H_
#define KHOFUZZ_SCENARIO_LANGUAGE_RNG_H_

#include <cstddef>
#include <cstdint>

#include "core/splitmix.h"

namespace khofuzz {

// Chance out of a seed that means the same everywhere (core/splitmix.h).
class Rng {
 public:
  explicit Rng(uint64_t seed) : state_(seed) {}

  uint64_t Next() { return SplitMix64(state_); }
  // Uniform in [0, n); 0 if n is 0. The bias of the multiplication is of no consequence here.
  uint64_t Below(uint64_t n) {
    return static_cast<uint64_t>((static_cast<unsigned __int128>(Next()) * n) >> 64);
  }
  // Uniform in [low, high].
  uint64_t Between(uint64_t low, uint64_t high) { return low + Below(high - low + 1); }
  bool OneIn(uint64_t n) { return Below(n) == 0; }
  template <typename Container>
  const auto& Pick(const Container& items) {
    return items[static_cast<size_t>(Below(items.size()))];
  }

 private:
  uint64_t state_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_LANGUAGE_RNG_H_
