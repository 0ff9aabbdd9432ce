// What a compiled kernel does to its struct pages, gathered into ranges.
//
// Kernel code works page by page; oracles and the memmap want ranges, each announced before it is
// done. So a change waits while the next one continues it, and becomes visible all at once.
// Nothing that an oracle could tell apart is reordered: a free looks at its neighbours, so whatever
// initialises pages comes either before the first free that waits or after the last.
#ifndef KHOFUZZ_LINUX_CHANGES_H_
#define KHOFUZZ_LINUX_CHANGES_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/buddy/buddy.h"
#include "core/geometry.h"
#include "core/memmap/memmap.h"
#include "linux/site_names.h"

namespace khofuzz {

// In the order in which those that wait together become visible.
enum class ChangeKind : uint8_t { kInit, kReserve, kClear, kType, kRefcount, kRead, kFree };
inline constexpr size_t kChangeKinds = 7;

// One kind of change to neighbouring pages, by one function.
struct Change {
  PfnRange pfns{};
  int64_t value = 0;  // kInit: nid << 8 | zone; kType: the type; kRefcount: the count
  const kf_site* at = nullptr;
  void* caller = nullptr;

  bool empty() const { return pfns.empty(); }
};

// A type is told when a block's first page is initialised, and is of the whole block: it may come
// before the initialisation of the block's other pages and after it alike.
constexpr bool Independent(ChangeKind a, ChangeKind b) {
  const auto pair = [&](ChangeKind x, ChangeKind y) {
    return (a == x && b == y) || (a == y && b == x);
  };
  return pair(ChangeKind::kInit, ChangeKind::kType) ||
         pair(ChangeKind::kReserve, ChangeKind::kType) ||
         pair(ChangeKind::kRefcount, ChangeKind::kClear);
}
// Merging looks at struct pages and types that need not be those being freed.
constexpr bool SeenByFrees(ChangeKind kind) {
  return kind == ChangeKind::kInit || kind == ChangeKind::kType || kind == ChangeKind::kReserve;
}

class Changes {
 public:
  // All outlive it.
  Changes(SiteNames* names, Memmap* memmap, Buddy* buddy)
      : names_(names), memmap_(memmap), buddy_(buddy) {}

  void Init(PfnRange pfns, NodeId nid, ZoneId zone, const kf_site* at, void* caller) {
    Add(ChangeKind::kInit, {pfns, int64_t{nid} << 8 | static_cast<int64_t>(zone), at, caller});
  }
  void SetReserved(PfnRange pfns, const kf_site* at, void* caller) {
    Add(ChangeKind::kReserve, {pfns, 0, at, caller});
  }
  void ClearReserved(PfnRange pfns) { Add(ChangeKind::kClear, {pfns}); }
  // `pfns` are whole pageblocks.
  void SetType(PfnRange pfns, Migratetype type, const kf_site* at, void* caller) {
    Add(ChangeKind::kType, {pfns, static_cast<int64_t>(type), at, caller});
  }
  void SetRefcount(PfnRange pfns, int count, const kf_site* at, void* caller) {
    Add(ChangeKind::kRefcount, {pfns, count, at, caller});
  }
  void Read(PfnRange pfns, const kf_site* at, void* caller) {
    Add(ChangeKind::kRead, {pfns, 0, at, caller});
  }
  void Free(PfnRange pfns, const kf_site* at, void* caller) {
    Add(ChangeKind::kFree, {pfns, 0, at, caller});
  }

  // Everything that waits is done. While that is under way, those who are told of it see the state
  // that it has come to.
  void Flush() {
    if (waiting_ != 0 && !flushing_) FlushAll();
  }

 private:
  void Add(ChangeKind kind, const Change& change) {
    // Mostly kernels go from page to page.
    Change& waits = at(kind);
    if (Continues(waits, change) && (waiting_ & kInTheWay[static_cast<size_t>(kind)]) == 0) {
      waits.pfns.end = change.pfns.end;
    } else {
      AddAnew(kind, change);
    }
  }
  void AddAnew(ChangeKind kind, const Change& change);
  static bool Continues(const Change& waits, const Change& change) {
    return waits.pfns.end == change.pfns.begin && waits.value == change.value &&
           waits.at == change.at && waits.caller == change.caller && !waits.empty();
  }
  // Whether `change` may join those that wait without passing one that it must not pass.
  bool MayJoin(ChangeKind kind, const Change& change) const;
  void FlushAll();
  void Do(ChangeKind kind, const Change& change);

  // By kind, a bit for each other kind that one of this kind may not pass, or not everywhere.
  static constexpr std::array<unsigned, kChangeKinds> kInTheWay = [] {
    std::array<unsigned, kChangeKinds> masks{};
    for (size_t k = 0; k < kChangeKinds; ++k) {
      const ChangeKind kind = static_cast<ChangeKind>(k);
      const auto add = [&](ChangeKind other) { masks[k] |= 1U << static_cast<unsigned>(other); };
      if (SeenByFrees(kind)) add(ChangeKind::kFree);
      if (kind != ChangeKind::kRead) add(ChangeKind::kRead);
      for (size_t later = k + 1; later < kChangeKinds; ++later) {
        if (!Independent(kind, static_cast<ChangeKind>(later))) {
          add(static_cast<ChangeKind>(later));
        }
      }
    }
    return masks;
  }();

  Change& at(ChangeKind kind) { return pending_[static_cast<size_t>(kind)]; }
  const Change& at(ChangeKind kind) const { return pending_[static_cast<size_t>(kind)]; }

  SiteNames* names_;
  Memmap* memmap_;
  Buddy* buddy_;
  std::array<Change, kChangeKinds> pending_{};
  unsigned waiting_ = 0;  // a bit for each kind
  bool flushing_ = false;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_CHANGES_H_
