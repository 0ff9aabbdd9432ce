// Looking through a page of words that are mostly zero.
#ifndef KHOFUZZ_CORE_RADIX_WORDS_H_
#define KHOFUZZ_CORE_RADIX_WORDS_H_

#include <cstdint>

namespace khofuzz {

// Calls fn(index, word) -> bool for every word of words[0, count) that is not zero, ascending,
// until it returns false; true if it never did. `count` is a multiple of 8. Tables and bitmaps are
// mostly empty: one branch for eight words is what makes reading a tree as fast as reading its
// pages.
template <typename Fn>
bool ForEachNonZero(const uint64_t* words, uint64_t count, Fn fn) {
  constexpr uint64_t kStride = 8;
  for (uint64_t i = 0; i < count; i += kStride) {
    uint64_t any = 0;
    for (uint64_t j = i; j < i + kStride; ++j) any |= words[j];
    if (any == 0) continue;
    for (uint64_t j = i; j < i + kStride; ++j) {
      if (words[j] != 0 && !fn(j, words[j])) return false;
    }
  }
  return true;
}

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_RADIX_WORDS_H_
