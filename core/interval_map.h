// A run-length map from addresses or pfns to values: what memory looks like, at a cost that grows
// with the number of distinct runs, not with the machine.
#ifndef KHOFUZZ_CORE_INTERVAL_MAP_H_
#define KHOFUZZ_CORE_INTERVAL_MAP_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "absl/base/attributes.h"
#include "absl/container/inlined_vector.h"
#include "core/address.h"

namespace khofuzz {

// Maps each point of T (PhysAddr or Pfn) to a Value or to nothing. Neighbouring runs with equal
// values are always one run, so two maps with the same content compare equal. Value needs
// operator== and is small.
//
// Runs lie in order in chunks of bounded size: a boot changes its maps a thousand times, and moving
// a few of a chunk's runs is cheaper than a tree's nodes, while a million runs stay affordable.
template <typename T, typename Value>
class IntervalMap {
 public:
  struct Run {
    Range<T> range;
    Value value;
    friend bool operator==(const Run&, const Run&) = default;
  };

  bool empty() const { return chunks_.empty(); }
  size_t run_count() const {
    size_t count = 0;
    for (const Chunk& chunk : chunks_) count += chunk.size();
    return count;
  }

  // Sets every point of `range` to `value`.
  void Assign(Range<T> range, Value value) {
    if (range.empty()) return;
    Pos first = EndingAfter(range.begin);
    std::array<Run, 3> pieces;
    size_t count = 0;
    Run added{range, std::move(value)};
    if (!AtEnd(first) && At(first).range.begin < range.begin) {
      const Run& left = At(first);
      if (left.value == added.value) {
        if (range.end <= left.range.end) return;
        added.range.begin = left.range.begin;
      } else {
        pieces[count++] = {{left.range.begin, range.begin}, left.value};
      }
    } else if (const std::optional<Pos> before = Before(first);
               before.has_value() && At(*before).range.end == range.begin &&
               At(*before).value == added.value) {
      first = *before;
      added.range.begin = At(first).range.begin;
    }
    Pos last = first;
    std::optional<Run> right;
    for (; !AtEnd(last) && At(last).range.begin < range.end; last = Next(last)) {
      const Run& run = At(last);
      if (!(range.end < run.range.end)) continue;
      if (run.value == added.value) {
        added.range.end = run.range.end;
      } else {
        right = Run{{range.end, run.range.end}, run.value};
      }
    }
    if (added.range.end == range.end && !right.has_value() && !AtEnd(last) &&
        At(last).range.begin == range.end && At(last).value == added.value) {
      added.range.end = At(last).range.end;
      last = Next(last);
    }
    pieces[count++] = std::move(added);
    if (right.has_value()) pieces[count++] = *std::move(right);
    Replace(first, last, std::span(pieces).first(count));
  }

  // Forgets every point of `range`.
  void Erase(Range<T> range) {
    if (range.empty()) return;
    const Pos first = EndingAfter(range.begin);
    if (AtEnd(first) || !(At(first).range.begin < range.end)) return;
    std::array<Run, 2> pieces;
    size_t count = 0;
    if (const Run& run = At(first); run.range.begin < range.begin) {
      pieces[count++] = {{run.range.begin, range.begin}, run.value};
    }
    Pos last = first;
    for (; !AtEnd(last) && At(last).range.begin < range.end; last = Next(last)) {
      const Run& run = At(last);
      if (range.end < run.range.end) pieces[count++] = {{range.end, run.range.end}, run.value};
    }
    Replace(first, last, std::span(pieces).first(count));
  }

  // Replaces the value v of every mapped point of `range` by fn(v), which depends on v alone.
  template <typename Fn>
  void Update(Range<T> range, Fn fn) {
    // Mostly there is nothing to change, and then nothing need be put together.
    bool changes = false;
    ForEach(range, [&](const Run& run) { changes = changes || !(fn(run.value) == run.value); });
    if (!changes) return;
    Pos first = EndingAfter(range.begin);
    absl::InlinedVector<Run, 5> pieces;
    const auto add = [&pieces](Range<T> part, Value value) {
      if (part.empty()) return;
      if (!pieces.empty() && pieces.back().range.end == part.begin &&
          pieces.back().value == value) {
        pieces.back().range.end = part.end;
      } else {
        pieces.push_back({part, std::move(value)});
      }
    };
    // Values may become equal to a neighbour's on either side.
    if (const std::optional<Pos> before = Before(first); before.has_value()) {
      first = *before;
      add(At(first).range, At(first).value);
    }
    Pos last = pieces.empty() ? first : Next(first);
    for (; !AtEnd(last) && At(last).range.begin < range.end; last = Next(last)) {
      const Run& run = At(last);
      const Range<T> part = run.range.Intersect(range);
      add({run.range.begin, part.begin}, run.value);
      add(part, fn(std::as_const(run.value)));
      add({part.end, run.range.end}, run.value);
    }
    if (!AtEnd(last)) {
      add(At(last).range, At(last).value);
      last = Next(last);
    }
    Replace(first, last, pieces);
  }

  // The value at `at`, or nullptr.
  const Value* Find(T at) const {
    const Pos pos = EndingAfter(at);
    return AtEnd(pos) || at < At(pos).range.begin ? nullptr : &At(pos).value;
  }

  // The run that holds `at`.
  std::optional<Run> RunAt(T at) const {
    const Pos pos = EndingAfter(at);
    if (AtEnd(pos) || at < At(pos).range.begin) return std::nullopt;
    return At(pos);
  }

  // True if every point of `range` is mapped.
  bool Covers(Range<T> range) const { return !FirstMissing(range).has_value(); }
  // The first point of `range` that is not mapped.
  std::optional<T> FirstMissing(Range<T> range) const {
    T at = range.begin;
    for (Pos pos = EndingAfter(at); at < range.end; pos = Next(pos)) {
      if (AtEnd(pos) || at < At(pos).range.begin) return at;
      at = At(pos).range.end;
    }
    return std::nullopt;
  }
  // The lowest run that has a point in `range`, whole.
  std::optional<Run> FirstIn(Range<T> range) const {
    if (range.empty()) return std::nullopt;
    const Pos pos = EndingAfter(range.begin);
    if (AtEnd(pos) || !(At(pos).range.begin < range.end)) return std::nullopt;
    return At(pos);
  }
  // True if some point of `range` is mapped.
  bool Overlaps(Range<T> range) const {
    if (range.empty()) return false;
    const Pos pos = EndingAfter(range.begin);
    return !AtEnd(pos) && At(pos).range.begin < range.end;
  }

  // Calls fn(Run) for the part of each run within `range`, ascending. fn must not change the map.
  template <typename Fn>
  void ForEach(Range<T> range, Fn fn) const {
    if (range.empty()) return;
    for (Pos pos = EndingAfter(range.begin); !AtEnd(pos); pos = {pos.chunk + 1, 0}) {
      const Chunk& chunk = chunks_[pos.chunk];
      for (const Run& run : std::span(chunk).subspan(pos.run)) {
        if (!(run.range.begin < range.end)) return;
        fn(Run{run.range.Intersect(range), run.value});
      }
    }
  }
  template <typename Fn>
  void ForEach(Fn fn) const {
    for (const Chunk& chunk : chunks_) {
      for (const Run& run : chunk) fn(run);
    }
  }

  // Calls fn(Range) for each part of `range` that is not mapped, ascending.
  template <typename Fn>
  void ForEachGap(Range<T> range, Fn fn) const {
    T at = range.begin;
    ForEach(range, [&](const Run& run) {
      if (at < run.range.begin) fn(Range<T>{at, run.range.begin});
      at = run.range.end;
    });
    if (at < range.end) fn(Range<T>{at, range.end});
  }

  // Calls fn(Run) -> bool for each whole run that ends above `from`, ascending, until it returns
  // false.
  template <typename Fn>
  void ForEachFrom(T from, Fn fn) const {
    for (Pos pos = EndingAfter(from); !AtEnd(pos); pos = Next(pos)) {
      if (!fn(At(pos))) return;
    }
  }

  // Total size of all runs, in the units of T.
  uint64_t TotalSize() const {
    uint64_t total = 0;
    ForEach([&total](const Run& run) { total += run.range.size(); });
    return total;
  }

  void Clear() { chunks_.clear(); }

  // Same content, however it is chunked.
  friend bool operator==(const IntervalMap& a, const IntervalMap& b) {
    Pos pos;
    bool equal = true;
    a.ForEach([&](const Run& run) {
      if (!equal || b.AtEnd(pos) || !(b.At(pos) == run)) {
        equal = false;
        return;
      }
      pos = b.Next(pos);
    });
    return equal && b.AtEnd(pos);
  }

 private:
  static constexpr size_t kMaxChunk = 64;
  using Chunk = std::vector<Run>;
  // Of a run; chunk == chunks_.size() is the end. No chunk is empty.
  struct Pos {
    size_t chunk = 0;
    size_t run = 0;
  };

  bool AtEnd(Pos pos) const { return pos.chunk == chunks_.size(); }
  const Run& At(Pos pos) const { return chunks_[pos.chunk][pos.run]; }
  Pos Next(Pos pos) const {
    return pos.run + 1 < chunks_[pos.chunk].size() ? Pos{pos.chunk, pos.run + 1}
                                                   : Pos{pos.chunk + 1, 0};
  }
  std::optional<Pos> Before(Pos pos) const {
    if (pos.run > 0) return Pos{pos.chunk, pos.run - 1};
    if (pos.chunk == 0) return std::nullopt;
    return Pos{pos.chunk - 1, chunks_[pos.chunk - 1].size() - 1};
  }

  // The lowest run that holds `at` or lies above it. Whoever works on memory asks about the same
  // place several times, then about the next: the search begins where the last one ended.
  ABSL_ATTRIBUTE_ALWAYS_INLINE Pos EndingAfter(T at) const {
    if (finger_.chunk < chunks_.size()) {
      const Chunk& chunk = chunks_[finger_.chunk];
      const size_t run = finger_.run;
      if (run < chunk.size()) {
        if (!(at < chunk[run].range.end)) {
          if (run + 1 < chunk.size() && at < chunk[run + 1].range.end) {
            return finger_ = {finger_.chunk, run + 1};
          }
        } else if (!(at < chunk[run].range.begin) ||
                   (run > 0 && !(at < chunk[run - 1].range.end))) {
          return finger_;
        }
      }
    }
    return finger_ = Search(at);
  }
  ABSL_ATTRIBUTE_NOINLINE Pos Search(T at) const {
    size_t c = 0;
    if (chunks_.size() > 1) {
      c = static_cast<size_t>(std::partition_point(chunks_.begin(), chunks_.end(),
                                                   [at](const Chunk& chunk) {
                                                     return !(at < chunk.back().range.end);
                                                   }) -
                              chunks_.begin());
    }
    if (c == chunks_.size()) return {c, 0};
    const Chunk& chunk = chunks_[c];
    // Which way it goes is anybody's guess, so a step must not be a branch.
    const Run* first = chunk.data();
    for (size_t count = chunk.size(); count > 1;) {
      const size_t half = count / 2;
      first += at < first[half - 1].range.end ? 0 : half;
      count -= half;
    }
    const size_t run = static_cast<size_t>(first - chunk.data()) + (at < first->range.end ? 0 : 1);
    return run == chunk.size() ? Pos{c + 1, 0} : Pos{c, run};
  }

  // Puts `pieces` in the place of the runs from `first` up to `last`.
  void Replace(Pos first, Pos last, std::span<const Run> pieces) {
    if (AtEnd(first)) {
      // Behind everything: onto the last chunk.
      if (pieces.empty()) return;
      if (chunks_.empty()) chunks_.emplace_back().reserve(kFirstRoom);
      first = last = {chunks_.size() - 1, chunks_.back().size()};
    } else if (last.chunk != first.chunk) {
      // What lies in further chunks goes, then the first chunk's rest is all that is replaced.
      if (!AtEnd(last)) {
        Chunk& tail = chunks_[last.chunk];
        tail.erase(tail.begin(), tail.begin() + static_cast<std::ptrdiff_t>(last.run));
      }
      chunks_.erase(chunks_.begin() + static_cast<std::ptrdiff_t>(first.chunk + 1),
                    chunks_.begin() + static_cast<std::ptrdiff_t>(last.chunk));
      last = {first.chunk, chunks_[first.chunk].size()};
    }
    Chunk& chunk = chunks_[first.chunk];
    const size_t old = last.run - first.run;
    const size_t size = chunk.size();
    // The runs behind make room or close up.
    if (pieces.size() > old) chunk.resize(size + (pieces.size() - old));
    Run* const at = chunk.data() + first.run;
    Run* const end = chunk.data() + size;
    if (pieces.size() > old) {
      std::move_backward(at + old, end, end + (pieces.size() - old));
    } else if (pieces.size() < old) {
      std::move(at + old, end, at + pieces.size());
    }
    std::copy(pieces.begin(), pieces.end(), at);
    if (pieces.size() < old) chunk.resize(size - (old - pieces.size()));
    if (chunk.empty()) {
      chunks_.erase(chunks_.begin() + static_cast<std::ptrdiff_t>(first.chunk));
    } else if (chunk.size() > kMaxChunk) {
      SplitChunk(first.chunk);
    }
  }

  void SplitChunk(size_t c) {
    while (chunks_[c].size() > kMaxChunk) {
      // Runs mostly come in order: the lower part stays nearly full.
      const auto keep =
          static_cast<std::ptrdiff_t>(std::min(chunks_[c].size() / 2 + kMaxChunk / 4, kMaxChunk));
      Chunk upper(chunks_[c].begin() + keep, chunks_[c].end());
      chunks_[c].resize(static_cast<size_t>(keep), chunks_[c].front());
      chunks_.insert(chunks_.begin() + static_cast<std::ptrdiff_t>(++c), std::move(upper));
    }
  }

  static constexpr size_t kFirstRoom = 8;

  std::vector<Chunk> chunks_;
  mutable Pos finger_;  // what the last look-up found; a hint, wherever it points
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_INTERVAL_MAP_H_
