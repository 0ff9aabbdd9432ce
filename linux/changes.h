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
#include <string_view>

#include "core/buddy/buddy.h"
#include "core/geometry.h"
#include "core/memmap/memmap.h"

namespace khofuzz {

// In the order in which those that wait together become visible.
enum class ChangeKind : uint8_t { kInit, kReserve, kClear, kType, kRefcount, kRead, kFree };
inline constexpr size_t kChangeKinds = 7;

// One kind of change to neighbouring pages, by one function.
struct Change {
  PfnRange pfns{};
  int64_t value = 0;  // kInit: nid << 8 | zone; kType: the type; kRefcount: the count
  std::string_view function{};

  bool empty() const { return pfns.empty(); }
};

class Changes {
 public:
  Changes(Memmap* memmap, Buddy* buddy) : memmap_(memmap), buddy_(buddy) {}

  void Init(PfnRange pfns, NodeId nid, ZoneId zone, std::string_view function) {
    Add(ChangeKind::kInit, {pfns, int64_t{nid} << 8 | static_cast<int64_t>(zone), function});
  }
  void SetReserved(PfnRange pfns, std::string_view function) {
    Add(ChangeKind::kReserve, {pfns, 0, function});
  }
  void ClearReserved(PfnRange pfns) { Add(ChangeKind::kClear, {pfns, 0, {}}); }
  // `pfns` are whole pageblocks.
  void SetType(PfnRange pfns, Migratetype type, std::string_view function) {
    Add(ChangeKind::kType, {pfns, static_cast<int64_t>(type), function});
  }
  void SetRefcount(PfnRange pfns, int count, std::string_view function) {
    Add(ChangeKind::kRefcount, {pfns, count, function});
  }
  void Read(PfnRange pfns, std::string_view function) {
    Add(ChangeKind::kRead, {pfns, 0, function});
  }
  void Free(PfnRange pfns, std::string_view function) {
    Add(ChangeKind::kFree, {pfns, 0, function});
  }

  // Everything that waits is done. While that is under way, those who are told of it see the state
  // that it has come to.
  void Flush() {
    if (waiting_ != 0 && !flushing_) FlushAll();
  }

 private:
  void Add(ChangeKind kind, const Change& change);
  // Whether `change` may join those that wait without passing one that it must not pass.
  bool MayJoin(ChangeKind kind, const Change& change) const;
  void FlushAll();
  void Do(ChangeKind kind, const Change& change);

  Change& at(ChangeKind kind) { return pending_[static_cast<size_t>(kind)]; }
  const Change& at(ChangeKind kind) const { return pending_[static_cast<size_t>(kind)]; }

  Memmap* memmap_;
  Buddy* buddy_;
  std::array<Change, kChangeKinds> pending_{};
  unsigned waiting_ = 0;  // a bit for each kind
  bool flushing_ = false;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_CHANGES_H_
