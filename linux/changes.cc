#include "linux/changes.h"

namespace khofuzz {

bool Changes::MayJoin(ChangeKind kind, const Change& change) const {
  if (waiting_ == 0) return true;
  const Change& same = at(kind);
  if (!same.empty()) {
    if (!Continues(same, change)) return false;
  }
  if ((waiting_ & kInTheWay[static_cast<size_t>(kind)]) == 0) return true;
  if (!at(ChangeKind::kFree).empty() && SeenByFrees(kind)) return false;
  if (!at(ChangeKind::kRead).empty() && kind != ChangeKind::kRead) return false;
  // What waits and would be done later than this, though it came earlier.
  for (size_t later = static_cast<size_t>(kind) + 1; later < kChangeKinds; ++later) {
    const Change& other = pending_[later];
    if (other.empty() || Independent(kind, static_cast<ChangeKind>(later))) continue;
    if (other.pfns.Overlaps(change.pfns)) return false;
  }
  return true;
}

void Changes::AddAnew(ChangeKind kind, const Change& change) {
  if (!MayJoin(kind, change)) FlushAll();
  Change& waits = at(kind);
  if (waits.empty()) {
    waits = change;
    waiting_ |= 1U << static_cast<unsigned>(kind);
  } else {
    waits.pfns.end = change.pfns.end;
  }
}

void Changes::FlushAll() {
  flushing_ = true;
  for (size_t kind = 0; kind < kChangeKinds; ++kind) {
    if (pending_[kind].empty()) continue;
    Do(static_cast<ChangeKind>(kind), pending_[kind]);
    pending_[kind] = {};
  }
  waiting_ = 0;
  flushing_ = false;
}

void Changes::Do(ChangeKind kind, const Change& change) {
  const std::string_view function = names_->Who(change.at, change.caller);
  switch (kind) {
    case ChangeKind::kInit:
      return memmap_->Init(change.pfns, static_cast<NodeId>(change.value >> 8),
                           static_cast<ZoneId>(change.value & 0xff), function);
    case ChangeKind::kReserve:
      return memmap_->SetReserved(change.pfns, function);
    case ChangeKind::kClear:
      return memmap_->ClearReserved(change.pfns);
    case ChangeKind::kType:
      return memmap_->SetTypeOfHeads(change.pfns, static_cast<Migratetype>(change.value), function);
    case ChangeKind::kRefcount:
      return memmap_->TellRefcount(change.pfns, static_cast<uint64_t>(change.value), function);
    case ChangeKind::kRead:
      return memmap_->Read(EventKind::kRead, change.pfns, function);
    case ChangeKind::kFree:
      return buddy_->FreeRange(change.pfns, function);
  }
}

}  // namespace khofuzz
