// Looking through a page of words that are mostly zero.
#ifndef KHOFUZZ_CORE_RADIX_WORDS_H_
#define KHOFUZZ_CORE_RADIX_WORDS_H_

#include <bit>
#include <cstdint>

namespace khofuzz {

// Calls fn(index, word) -> bool for every word of words[0, count) that is not zero, ascending,
// until it returns false; true if it never did. `count` is a multiple of 64. Tables and bitmaps are
// mostly empty: one branch for 64 words, then for eight, is what makes reading a tree as fast as
// reading its pages.
template <typename Fn>
bool ForEachNonZero(const uint64_t* words, uint64_t count, Fn fn) {
  constexpr uint64_t kFar = 64;
  constexpr uint64_t kNear = 8;
  const auto any_of = [words](uint64_t first, uint64_t n) {
    uint64_t any = 0;
    for (uint64_t j = first; j < first + n; ++j) any |= words[j];
    return any != 0;
  };
  for (uint64_t far = 0; far < count; far += kFar) {
    if (!any_of(far, kFar)) continue;
    for (uint64_t near = far; near < far + kFar; near += kNear) {
      if (!any_of(near, kNear)) continue;
      for (uint64_t j = near; j < near + kNear; ++j) {
        if (words[j] != 0 && !fn(j, words[j])) return false;
      }
    }
  }
  return true;
}

// The same where no word is other than 0 but in some of the 64 equal parts: bit n of `parts` stands
// for the n-th.
template <typename Fn>
bool ForEachNonZero(const uint64_t* words, uint64_t count, uint64_t parts, Fn fn) {
  if (parts == ~uint64_t{0}) return ForEachNonZero(words, count, fn);
  for (const uint64_t size = count / 64; parts != 0; parts &= parts - 1) {
    const uint64_t first = static_cast<uint64_t>(std::countr_zero(parts)) * size;
    for (uint64_t j = first; j < first + size; ++j) {
      if (words[j] != 0 && !fn(j, words[j])) return false;
    }
  }
  return true;
}

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_RADIX_WORDS_H_
