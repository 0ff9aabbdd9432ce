// "Did you mean": the nearest of the names that exist.
#ifndef KHOFUZZ_CORE_CLOSEST_H_
#define KHOFUZZ_CORE_CLOSEST_H_

#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace khofuzz {

// "; did you mean 'NAME'?" for the name at the smallest edit distance from `given`, or "" where
// none is near (more than half of the letters would change, or more than `most` of them).
std::string DidYouMean(std::string_view given, std::span<const std::string_view> names,
                       size_t most = std::numeric_limits<size_t>::max());

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_CLOSEST_H_
