// A run-length map from addresses or pfns to values: what memory looks like, at a cost that grows
// with the number of distinct runs, not with the machine.
#ifndef KHOFUZZ_CORE_INTERVAL_MAP_H_
#define KHOFUZZ_CORE_INTERVAL_MAP_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "core/address.h"

namespace khofuzz {

// Maps each point of T (PhysAddr or Pfn) to a Value or to nothing. Neighbouring runs with equal
// values are always one run, so two maps with the same content compare equal. Value needs
// operator==.
template <typename T, typename Value>
class IntervalMap {
 public:
  struct Run {
    Range<T> range;
    Value value;
    friend bool operator==(const Run&, const Run&) = default;
  };

  bool empty() const { return runs_.empty(); }
  size_t run_count() const { return runs_.size(); }

  // Sets every point of `range` to `value`.
  void Assign(Range<T> range, Value value) {
    if (range.empty()) return;
    CutAt(range.begin);
    CutAt(range.end);
    auto first = runs_.lower_bound(range.begin);
    const auto last = runs_.lower_bound(range.end);
    first = runs_.erase(first, last);
    first = runs_.insert(first, {range.begin, {range.end, std::move(value)}});
    JoinWithNext(first);
    if (first != runs_.begin()) JoinWithNext(std::prev(first));
  }

  // Forgets every point of `range`.
  void Erase(Range<T> range) {
    if (range.empty()) return;
    CutAt(range.begin);
    CutAt(range.end);
    runs_.erase(runs_.lower_bound(range.begin), runs_.lower_bound(range.end));
  }

  // Replaces the value v of every mapped point of `range` by fn(v).
  template <typename Fn>
  void Update(Range<T> range, Fn fn) {
    if (range.empty()) return;
    CutAt(range.begin);
    CutAt(range.end);
    auto it = runs_.lower_bound(range.begin);
    for (; it != runs_.end() && it->first < range.end; ++it) {
      it->second.value = fn(std::as_const(it->second.value));
    }
    // Values may have become equal; join from the run below the range to the one above it.
    it = runs_.lower_bound(range.begin);
    if (it != runs_.begin()) --it;
    while (it != runs_.end() && it->first < range.end) {
      if (!JoinWithNext(it)) ++it;
    }
  }

  // The value at `at`, or nullptr.
  const Value* Find(T at) const {
    const auto it = Holding(at);
    return it == runs_.end() ? nullptr : &it->second.value;
  }

  // The run that holds `at`.
  std::optional<Run> RunAt(T at) const {
    const auto it = Holding(at);
    if (it == runs_.end()) return std::nullopt;
    return Run{{it->first, it->second.end}, it->second.value};
  }

  // True if every point of `range` is mapped.
  bool Covers(Range<T> range) const {
    T at = range.begin;
    for (auto it = Holding(at); at < range.end; ++it) {
      if (it == runs_.end() || at < it->first) return false;
      at = it->second.end;
    }
    return true;
  }
  // The lowest run that has a point in `range`, whole.
  std::optional<Run> FirstIn(Range<T> range) const {
    if (range.empty()) return std::nullopt;
    const auto it = EndingAfter(range.begin);
    if (it == runs_.end() || !(it->first < range.end)) return std::nullopt;
    return Run{{it->first, it->second.end}, it->second.value};
  }
  // True if some point of `range` is mapped.
  bool Overlaps(Range<T> range) const {
    if (range.empty()) return false;
    const auto it = EndingAfter(range.begin);
    return it != runs_.end() && it->first < range.end;
  }

  // Calls fn(Run) for the part of each run within `range`, ascending.
  template <typename Fn>
  void ForEach(Range<T> range, Fn fn) const {
    if (range.empty()) return;
    for (auto it = EndingAfter(range.begin); it != runs_.end() && it->first < range.end; ++it) {
      const Range<T> part = Range<T>{it->first, it->second.end}.Intersect(range);
      fn(Run{part, it->second.value});
    }
  }
  template <typename Fn>
  void ForEach(Fn fn) const {
    for (const auto& [begin, tail] : runs_) fn(Run{{begin, tail.end}, tail.value});
  }

  // Calls fn(Run) -> bool for each whole run that ends above `from`, ascending, until it returns
  // false.
  template <typename Fn>
  void ForEachFrom(T from, Fn fn) const {
    auto it = runs_.upper_bound(from);
    if (it != runs_.begin() && from < std::prev(it)->second.end) --it;
    for (; it != runs_.end(); ++it) {
      if (!fn(Run{{it->first, it->second.end}, it->second.value})) return;
    }
  }

  // Total size of all runs, in the units of T.
  uint64_t TotalSize() const {
    uint64_t total = 0;
    for (const auto& [begin, tail] : runs_) total += tail.end - begin;
    return total;
  }

  void Clear() { runs_.clear(); }

  friend bool operator==(const IntervalMap& a, const IntervalMap& b) { return a.runs_ == b.runs_; }

 private:
  struct Tail {
    T end;
    Value value;
    friend bool operator==(const Tail&, const Tail&) = default;
  };
  using Map = std::map<T, Tail>;

  typename Map::const_iterator Holding(T at) const {
    auto it = runs_.upper_bound(at);
    if (it == runs_.begin()) return runs_.end();
    --it;
    return at < it->second.end ? it : runs_.end();
  }

  // The lowest run that holds `at` or lies above it.
  typename Map::const_iterator EndingAfter(T at) const {
    const auto it = runs_.upper_bound(at);
    if (it == runs_.begin()) return it;
    const auto below = std::prev(it);
    return at < below->second.end ? below : it;
  }

  // Makes `at` a run boundary if it lies inside a run.
  void CutAt(T at) {
    auto it = runs_.lower_bound(at);
    if (it == runs_.begin()) return;
    --it;
    if (!(at < it->second.end)) return;
    Tail upper{it->second.end, it->second.value};
    it->second.end = at;
    runs_.emplace_hint(std::next(it), at, std::move(upper));
  }

  // Joins the run at `it` with the next one if they touch and agree.
  bool JoinWithNext(typename Map::iterator it) {
    const auto next = std::next(it);
    if (next == runs_.end() || it->second.end != next->first ||
        !(it->second.value == next->second.value)) {
      return false;
    }
    it->second.end = next->second.end;
    runs_.erase(next);
    return true;
  }

  Map runs_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_INTERVAL_MAP_H_
