// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014). The
// standard library's generators and distributions may differ between implementations; a seed must
// mean the same on each.
#ifndef KHOFUZZ_CORE_SPLITMIX_H_
#define KHOFUZZ_CORE_SPLITMIX_H_

#include <cstdint>

namespace khofuzz {

// The next 64 bits; moves `state` on. Any state will do as a seed.
constexpr uint64_t SplitMix64(uint64_t& state) {
  uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_SPLITMIX_H_
