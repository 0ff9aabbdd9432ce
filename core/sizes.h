// Binary units, in bytes.
#ifndef KHOFUZZ_CORE_SIZES_H_
#define KHOFUZZ_CORE_SIZES_H_

#include <cstdint>

namespace khofuzz {

inline constexpr uint64_t kKiB = uint64_t{1} << 10;
inline constexpr uint64_t kMiB = uint64_t{1} << 20;
inline constexpr uint64_t kGiB = uint64_t{1} << 30;
// A page where nothing else is said, as on x86.
inline constexpr uint64_t kPage4K = 4 * kKiB;

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_SIZES_H_
