// What is said of pages, each of them on its own: a map from pfns to small values.
//
// A machine of a few thousand pages is what fuzzing plays, thousands of times a second: there each
// page has a byte, and a look at a range is a look at a few words. A machine beyond that is a map
// of runs (core/interval_map.h), at a cost that grows with the number of distinct runs. Which of
// the two it is shows in nothing but time.
#ifndef KHOFUZZ_CORE_PAGE_MAP_H_
#define KHOFUZZ_CORE_PAGE_MAP_H_

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "core/address.h"
#include "core/interval_map.h"

namespace khofuzz {

// A value as a byte that is not 0, where it fits, and back. As it stands for bool, enums and
// numbers; specialise it for what else pages are said to be.
template <typename Value>
struct PageByte {
  static constexpr bool Fits(Value value) { return static_cast<uint64_t>(value) < 0xff; }
  static constexpr uint8_t Encode(Value value) {
    return static_cast<uint8_t>(static_cast<uint64_t>(value) + 1);
  }
  static constexpr Value Decode(uint8_t byte) { return static_cast<Value>(byte - 1); }
};

// A byte a page, 0 where nothing is said of it.
class PageBytes {
 public:
  // Pages outside of [low, top) are 0; nothing may be read above top.
  uint64_t low() const { return low_; }
  uint64_t top() const { return top_; }
  uint8_t At(uint64_t page) const { return page < top_ ? bytes_[page] : 0; }
  // Of a page below top.
  uint8_t AtWithin(uint64_t page) const { return bytes_[page]; }

  // The first page of [begin, end) that is not `byte`, or end; end is at most top.
  uint64_t FirstOther(uint64_t begin, uint64_t end, uint8_t byte) const {
    if (begin >= end) return end;
    // Most ranges end within the first word, or differ there.
    const uint64_t alike = byte * kOnes;
    const uint64_t differs = WordAt(begin) ^ alike;
    if (differs != 0) return std::min(end, begin + FirstByteOf(differs));
    return end - begin <= kWord ? end : FarOther(begin + kWord, end, alike);
  }
  // The first that is 0, or end.
  uint64_t FirstZero(uint64_t begin, uint64_t end) const {
    if (begin >= end) return end;
    const uint64_t zeroes = ZeroesOf(WordAt(begin));
    if (zeroes != 0) return std::min(end, begin + FirstByteOf(zeroes));
    return end - begin <= kWord ? end : FarZero(begin + kWord, end);
  }

  // The page from which on all of [it, end) are not 0; at least `begin`. [begin, end) lies within
  // [low, top).
  uint64_t StartOfMapped(uint64_t begin, uint64_t end) const {
    uint64_t at = end;
    for (; at >= begin + kWord; at -= kWord) {
      const uint64_t word = WordAt(at - kWord);
      const uint64_t zeroes = ~(((word & ~kHighBits) + ~kHighBits) | word | ~kHighBits);
      if (zeroes != 0) return at - static_cast<uint64_t>(std::countl_zero(zeroes)) / 8;
    }
    while (at > begin && bytes_[at - 1] != 0) --at;
    return at;
  }

  // Any range.
  void Set(uint64_t begin, uint64_t end, uint8_t byte) {
    if (ABSL_PREDICT_FALSE(begin < low_ || end > top_)) MakeRoom(begin, end);
    Fill(begin, end, byte);
  }
  // Of [low, top), and not empty.
  void Fill(uint64_t begin, uint64_t end, uint8_t byte) {
    uint8_t* const first = bytes_.data() + begin;
    const uint64_t pages = end - begin;
    if (pages > 2 * kWord) {
      std::memset(first, byte, pages);
    } else if (pages >= kWord) {
      const uint64_t alike = byte * kOnes;
      std::memcpy(first, &alike, kWord);
      std::memcpy(first + pages - kWord, &alike, kWord);
    } else {
      for (uint64_t i = 0; i < pages; ++i) first[i] = byte;
    }
  }
  void Clear() {
    if (low_ < top_) Fill(low_, top_, 0);
    low_ = top_ = 0;
  }
  void Drop() { *this = {}; }

 private:
  static_assert(std::endian::native == std::endian::little, "a word's first byte is its lowest");
  static constexpr uint64_t kOnes = 0x0101010101010101;
  // Behind the last page there is room for a word, so that one can be read wherever a page is.
  static constexpr uint64_t kWord = sizeof(uint64_t);
  static constexpr uint64_t kGrain = 4096;  // pages
  // What is looked at grows by so many pages: most maps grow a few pages at a time.
  static constexpr uint64_t kGrowth = 256;
  static constexpr uint64_t kHighBits = kOnes << 7;

  static uint64_t FirstByteOf(uint64_t word) {
    return static_cast<uint64_t>(std::countr_zero(word)) / 8;
  }
  uint64_t WordAt(uint64_t page) const {
    uint64_t word;
    std::memcpy(&word, bytes_.data() + page, kWord);
    return word;
  }
  // Of these bits the lowest is the first zero byte's; above it a borrow may have set others.
  static uint64_t ZeroesOf(uint64_t word) { return (word - kOnes) & ~word & kHighBits; }
  ABSL_ATTRIBUTE_NOINLINE uint64_t FarOther(uint64_t at, uint64_t end, uint64_t alike) const {
    constexpr uint64_t kStride = 4 * kWord;
    for (; at + kStride <= end; at += kStride) {
      uint64_t differs = 0;
      for (uint64_t i = 0; i < kStride; i += kWord) differs |= WordAt(at + i) ^ alike;
      if (differs != 0) break;
    }
    for (; at < end; at += kWord) {
      const uint64_t differs = WordAt(at) ^ alike;
      if (differs != 0) return std::min(end, at + FirstByteOf(differs));
    }
    return end;
  }
  ABSL_ATTRIBUTE_NOINLINE uint64_t FarZero(uint64_t at, uint64_t end) const {
    const void* const zero = std::memchr(bytes_.data() + at, 0, end - at);
    return zero == nullptr
               ? end
               : static_cast<uint64_t>(static_cast<const uint8_t*>(zero) - bytes_.data());
  }
  ABSL_ATTRIBUTE_NOINLINE void MakeRoom(uint64_t begin, uint64_t end) {
    if (bytes_.size() < end + kWord) bytes_.resize(AlignUp(end, kGrain) + kWord);
    begin = AlignDown(begin, kGrowth);
    low_ = low_ == top_ ? begin : std::min(low_, begin);
    top_ = std::max(top_, AlignUp(end, kGrowth));
  }

  std::vector<uint8_t> bytes_;
  uint64_t low_ = 0;
  uint64_t top_ = 0;
};

// As IntervalMap<Pfn, Value>: runs are as long as they can be, whatever holds them.
template <typename Value>
class PageMap {
 public:
  using Run = typename IntervalMap<Pfn, Value>::Run;

  bool empty() const { return !FirstMapped(Pfn{0}).has_value(); }

  // Sets every page of `pfns` to `value`.
  void Assign(PfnRange pfns, Value value) {
    if (pfns.empty()) return;
    if (ABSL_PREDICT_FALSE(sparse_ || pfns.end.value > kMostPages || !Byte::Fits(value))) {
      return AssignSparse(pfns, value);
    }
    bytes_.Set(pfns.begin.value, pfns.end.value, Byte::Encode(value));
  }

  // Forgets every page of `pfns`.
  void Erase(PfnRange pfns) {
    if (ABSL_PREDICT_FALSE(sparse_)) return EraseSparse(pfns);
    const auto [begin, end] = Within(pfns);
    if (begin < end) bytes_.Fill(begin, end, 0);
  }

  // Replaces the value v of every mapped page of `pfns` by fn(v), which depends on v alone.
  template <typename Fn>
  void Update(PfnRange pfns, Fn fn) {
    if (ABSL_PREDICT_TRUE(!sparse_)) pfns.begin = UpdateBytes(pfns, fn);
    if (ABSL_PREDICT_FALSE(sparse_)) UpdateSparse(pfns, fn);
  }

  // The value of the page, if it is mapped.
  std::optional<Value> At(Pfn pfn) const {
    if (ABSL_PREDICT_FALSE(sparse_)) return AtSparse(pfn);
    const uint8_t byte = bytes_.At(pfn.value);
    return byte == 0 ? std::nullopt : std::optional(Byte::Decode(byte));
  }
  // The lowest page at or above `from` that is mapped.
  std::optional<Pfn> FirstMapped(Pfn from) const {
    if (ABSL_PREDICT_FALSE(sparse_)) return FirstMappedSparse(from);
    const auto [begin, end] = Within({from, kPfnMax});
    if (begin >= end) return std::nullopt;
    const uint64_t at = bytes_.FirstOther(begin, end, 0);
    return at < end ? std::optional(Pfn{at}) : std::nullopt;
  }
  // Up to where the pages from `pfn` on have the value of `pfn`, or none as it has none; at most
  // `limit`, which lies above `pfn`.
  Pfn EndOfRun(Pfn pfn, Pfn limit) const {
    if (ABSL_PREDICT_FALSE(sparse_)) return EndOfRunSparse(pfn, limit);
    const uint64_t end = std::min(limit.value, bytes_.top());
    if (pfn.value >= end) return limit;
    const uint8_t byte = bytes_.AtWithin(pfn.value);
    const uint64_t other = bytes_.FirstOther(pfn.value, end, byte);
    return other == end && byte == 0 ? limit : Pfn{other};
  }

  // True if every page of `pfns` is mapped.
  bool Covers(PfnRange pfns) const { return !FirstMissing(pfns).has_value(); }
  // True if every page of `pfns` is mapped to `value`.
  bool AllAre(PfnRange pfns, Value value) const {
    if (ABSL_PREDICT_FALSE(sparse_ || !Byte::Fits(value))) return AllAreSparse(pfns, value);
    return pfns.empty() || (pfns.end.value <= bytes_.top() &&
                            bytes_.FirstOther(pfns.begin.value, pfns.end.value,
                                              Byte::Encode(value)) == pfns.end.value);
  }
  // The first page of `pfns` that is not mapped.
  std::optional<Pfn> FirstMissing(PfnRange pfns) const {
    if (ABSL_PREDICT_FALSE(sparse_)) return FirstMissingSparse(pfns);
    const uint64_t end = std::min(pfns.end.value, bytes_.top());
    uint64_t at = pfns.begin.value;
    if (at < end) at = bytes_.FirstZero(at, end);
    return at < pfns.end.value ? std::optional(Pfn{at}) : std::nullopt;
  }
  // True if some page of `pfns` is mapped.
  bool Overlaps(PfnRange pfns) const {
    if (ABSL_PREDICT_FALSE(sparse_)) return OverlapsSparse(pfns);
    const auto [begin, end] = Within(pfns);
    return begin < end && bytes_.FirstOther(begin, end, 0) < end;
  }

  // `pfns`, which lies within `limits`, with the pages on either side of it that are mapped without
  // a gap; of `limits` alone.
  PfnRange WithMappedAround(PfnRange pfns, PfnRange limits) const {
    if (ABSL_PREDICT_FALSE(sparse_)) return WithMappedAroundSparse(pfns, limits);
    const auto [begin, end] = Within(limits);
    if (begin < pfns.begin.value && pfns.begin.value <= end) {
      pfns.begin.value = bytes_.StartOfMapped(begin, pfns.begin.value);
    }
    if (begin <= pfns.end.value && pfns.end.value < end) {
      pfns.end.value = bytes_.FirstZero(pfns.end.value, end);
    }
    return pfns;
  }

  // Calls fn(Run) for the part of each run within `pfns`, ascending. fn must not change the map.
  template <typename Fn>
  void ForEach(PfnRange pfns, Fn fn) const {
    ForEachUntil(pfns, [&fn](const Run& run) {
      fn(run);
      return true;
    });
  }
  template <typename Fn>
  void ForEach(Fn fn) const {
    ForEach({Pfn{0}, kPfnMax}, fn);
  }
  // The same, as long as fn(Run) -> bool returns true.
  template <typename Fn>
  void ForEachUntil(PfnRange pfns, Fn fn) const {
    if (ABSL_PREDICT_FALSE(sparse_)) return ForEachSparse(pfns, fn);
    const auto [begin, end] = Within(pfns);
    for (uint64_t at = begin; at < end;) {
      const uint8_t byte = bytes_.AtWithin(at);
      const uint64_t other = bytes_.FirstOther(at, end, byte);
      if (byte != 0 && !fn(Run{{Pfn{at}, Pfn{other}}, Byte::Decode(byte)})) return;
      at = other;
    }
  }
  // Calls fn(PfnRange) for each part of `pfns` that is not mapped, ascending.
  template <typename Fn>
  void ForEachGap(PfnRange pfns, Fn fn) const {
    Pfn at = pfns.begin;
    ForEach(pfns, [&](const Run& run) {
      if (at < run.range.begin) fn(PfnRange{at, run.range.begin});
      at = run.range.end;
    });
    if (at < pfns.end) fn(PfnRange{at, pfns.end});
  }

  // How many pages are mapped.
  uint64_t TotalSize() const {
    uint64_t total = 0;
    ForEach([&total](const Run& run) { total += run.range.size(); });
    return total;
  }

  void Clear() {
    bytes_.Clear();
    runs_.Clear();
  }

  // Same content, whatever holds it.
  friend bool operator==(const PageMap& a, const PageMap& b) { return a.Runs() == b.Runs(); }

 private:
  using Byte = PageByte<Value>;

  // 64 MiB of 4K pages. Above it a look at everything would cost more than runs do.
  static constexpr uint64_t kMostPages = uint64_t{1} << 14;

  struct Part {
    uint64_t begin;
    uint64_t end;
  };
  // Where pages of `pfns` may be mapped; begin is not below end where there are none.
  Part Within(PfnRange pfns) const {
    return {std::max(pfns.begin.value, bytes_.low()), std::min(pfns.end.value, bytes_.top())};
  }

  // As far as new values fit into a byte. Where one does not, the map has become sparse, and the
  // pages from there on, which it returns, are as they were.
  template <typename Fn>
  Pfn UpdateBytes(PfnRange pfns, Fn fn) {
    Pfn left = pfns.end;
    ForEachUntil(pfns, [&](const Run& run) {
      const Value value = fn(run.value);
      if (value == run.value) return true;
      if (Byte::Fits(value)) {
        bytes_.Fill(run.range.begin.value, run.range.end.value, Byte::Encode(value));
        return true;
      }
      left = run.range.begin;
      return false;
    });
    if (ABSL_PREDICT_FALSE(left < pfns.end)) BecomeSparse();
    return left;
  }

  // On large machines. Out of line, so that what small ones do stays small.
  ABSL_ATTRIBUTE_NOINLINE void AssignSparse(PfnRange pfns, Value value) {
    if (!sparse_) BecomeSparse();
    runs_.Assign(pfns, value);
  }
  ABSL_ATTRIBUTE_NOINLINE void EraseSparse(PfnRange pfns) { runs_.Erase(pfns); }
  template <typename Fn>
  ABSL_ATTRIBUTE_NOINLINE void UpdateSparse(PfnRange pfns, Fn fn) {
    runs_.Update(pfns, fn);
  }
  ABSL_ATTRIBUTE_NOINLINE std::optional<Value> AtSparse(Pfn pfn) const {
    const Value* value = runs_.Find(pfn);
    return value == nullptr ? std::nullopt : std::optional(*value);
  }
  ABSL_ATTRIBUTE_NOINLINE std::optional<Pfn> FirstMappedSparse(Pfn from) const {
    const auto run = runs_.FirstIn({from, kPfnMax});
    return run.has_value() ? std::optional(std::max(from, run->range.begin)) : std::nullopt;
  }
  ABSL_ATTRIBUTE_NOINLINE Pfn EndOfRunSparse(Pfn pfn, Pfn limit) const {
    const auto run = runs_.FirstIn({pfn, limit});
    if (!run.has_value()) return limit;
    return std::min(limit, pfn < run->range.begin ? run->range.begin : run->range.end);
  }
  ABSL_ATTRIBUTE_NOINLINE std::optional<Pfn> FirstMissingSparse(PfnRange pfns) const {
    return runs_.FirstMissing(pfns);
  }
  ABSL_ATTRIBUTE_NOINLINE bool AllAreSparse(PfnRange pfns, Value value) const {
    const auto run = runs_.FirstIn(pfns);
    return pfns.empty() || (run.has_value() && run->value == value && run->range.Contains(pfns));
  }
  ABSL_ATTRIBUTE_NOINLINE bool OverlapsSparse(PfnRange pfns) const { return runs_.Overlaps(pfns); }
  ABSL_ATTRIBUTE_NOINLINE PfnRange WithMappedAroundSparse(PfnRange pfns, PfnRange limits) const {
    while (limits.begin < pfns.begin) {
      const auto run = runs_.FirstIn({pfns.begin - 1, pfns.begin});
      if (!run.has_value()) break;
      pfns.begin = std::max(run->range.begin, limits.begin);
    }
    while (pfns.end < limits.end) {
      const auto run = runs_.FirstIn({pfns.end, pfns.end + 1});
      if (!run.has_value()) break;
      pfns.end = std::min(run->range.end, limits.end);
    }
    return pfns;
  }
  template <typename Fn>
  ABSL_ATTRIBUTE_NOINLINE void ForEachSparse(PfnRange pfns, Fn fn) const {
    if (pfns.empty()) return;
    runs_.ForEachFrom(pfns.begin, [&](const Run& run) {
      return run.range.begin < pfns.end && fn(Run{run.range.Intersect(pfns), run.value});
    });
  }

  IntervalMap<Pfn, Value> Runs() const {
    IntervalMap<Pfn, Value> runs;
    ForEach([&runs](const Run& run) { runs.Assign(run.range, run.value); });
    return runs;
  }
  ABSL_ATTRIBUTE_NOINLINE void BecomeSparse() {
    runs_ = Runs();
    sparse_ = true;
    bytes_.Drop();
  }

  bool sparse_ = false;
  PageBytes bytes_;
  IntervalMap<Pfn, Value> runs_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_PAGE_MAP_H_
