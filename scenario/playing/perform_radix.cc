// The ops on keys and on the tree of raw keys, each beside a set.
#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "core/radix/preservation.h"
#include "core/radix/shape.h"
#include "scenario/language/ops.h"
#include "scenario/playing/state.h"

namespace khofuzz {
namespace {

std::string Hex(uint64_t value) { return absl::StrCat("0x", absl::Hex(value)); }

void FailKey(State& state, const std::string& what) {
  state.report.Fail(Invariant::kKeyRoundTrip, what);
}

// After a call that failed: nothing may have changed.
void CheckUndone(State& state, RawTree& raw) {
  state.report.Premise(Invariant::kUndo);
  CheckTreeNodes(*raw.tree, raw.pages.live(), "the tree", state.report);
  CheckTreeIsSet(*raw.tree, raw.keys, "the tree", state.report);
}

// The real tree of raw keys that is played beside; null if none is.
RadixPart* RealKeys(State& state) {
  return state.beside() == nullptr ? nullptr : state.beside()->parts().radix();
}

// The kernel shifts addresses by the block's order, and for the one order that a key has room for
// beyond that of all memory it shifts by 64 bits: what comes of it is the compiler's choice. Keys
// of preserved memory are far from there.
bool ShiftsWithinAWord(const Preservation& block, const RadixShape& shape) {
  return shape.page_shift() + block.order < 64;
}

// Plays it on a real tree of raw keys too, if one is played beside, and compares: `on_real` returns
// what became of it.
template <typename OnReal>
void PlayBeside(State& state, const RawTree& raw, std::string_view call, const absl::Status& status,
                OnReal on_real) {
  RadixPart* const real = RealKeys(state);
  if (real == nullptr) return;
  state.beside()->CompareOutcome(call, status, on_real(*real));
  state.beside()->CompareKeys(raw);
}

void DelKey(State& state, RawTree& raw, uint64_t key) {
  const bool held = raw.keys.erase(key) != 0;
  const absl::Status status = raw.tree->Del(key);
  if (!status.ok()) state.outcome.Refused(status.message());
  if (held != status.ok()) {
    state.report.Fail(Invariant::kTreeIsSet, absl::StrCat("deleting key ", Hex(key),
                                                          held ? ", which was added, failed: "
                                                               : " succeeded; it was not there",
                                                          std::string(status.message())));
  }
  if (raw.tree->Contains(key)) {
    state.report.Fail(Invariant::kTreeIsSet, absl::StrCat("key ", Hex(key), " is still there"));
  }
  // The kernel says nothing of a key that was not there.
  PlayBeside(state, raw, "kho_radix_del_key()", absl::OkStatus(), [key](RadixPart& real) {
    real.Del(key);
    return absl::OkStatus();
  });
}

}  // namespace

namespace op {

void EncodeKey::Perform(State& state) const {
  if (!state.CallParts()) return;
  const RadixShape& shape = state.shape();
  const unsigned o = static_cast<unsigned>(order % (shape.max_order() + 1));
  const unsigned shift = shape.page_shift() + o;
  const Preservation block{{shift >= 64 ? 0 : phys >> shift << shift}, o};
  state.report.Premise(Invariant::kKeyRoundTrip);
  const auto key = shape.Encode(block);
  if (!key.ok()) return FailKey(state, std::string(key.status().message()));
  if (state.outcome.telling()) state.outcome.Say(Hex(*key));
  if (RadixPart* const real = RealKeys(state); real != nullptr && ShiftsWithinAWord(block, shape)) {
    state.beside()->CompareNumbers("kho_encode_radix_key()", *key, real->Encode(block));
  }
  if (!shape.KeyFits(*key)) {
    return FailKey(state,
                   absl::StrCat("key ", Hex(*key), " is wider than ", shape.key_width(), " bits"));
  }
  const auto back = shape.Decode(*key);
  if (!back.ok()) return FailKey(state, std::string(back.status().message()));
  if (*back != block) {
    FailKey(state, absl::StrCat("order ", o, " at ", Hex(block.phys.value), " came back as order ",
                                back->order, " at ", Hex(back->phys.value)));
  }
  // The tree must be deep enough to tell all keys apart: the top table's index reaches the top bit.
  const unsigned top = shape.depth() - 1;
  if (shape.LevelShift(top) + shape.table_log2() < shape.key_width()) {
    FailKey(state, absl::StrCat("a tree of depth ", shape.depth(), " does not see all of ",
                                shape.key_width(), " key bits"));
  }
}

void DecodeKey::Perform(State& state) const {
  if (!state.CallParts()) return;
  const RadixShape& shape = state.shape();
  const auto block = shape.Decode(key);
  state.report.Premise(Invariant::kKeyRoundTrip);
  const bool valid = key != 0 && shape.KeyFits(key);
  if (block.ok() != valid) {
    return FailKey(state, absl::StrCat("key ", Hex(key), valid ? " was refused" : " was accepted"));
  }
  if (!block.ok()) return state.outcome.Refused(block.status().message());
  if (state.outcome.telling()) {
    state.outcome.Say("order ", block->order, " at ", Hex(block->phys.value));
  }
  if (RadixPart* const real = RealKeys(state);
      real != nullptr && ShiftsWithinAWord(*block, shape)) {
    const Preservation decoded = real->Decode(key);
    state.beside()->CompareNumbers("kho_decode_radix_key(), order", block->order, decoded.order);
    state.beside()->CompareNumbers("kho_decode_radix_key(), address", block->phys.value,
                                   decoded.phys.value);
  }
  const auto back = shape.Encode(*block);
  if (!back.ok() || *back != key) {
    FailKey(state, absl::StrCat("key ", Hex(key), " does not encode back to itself"));
  }
}

void RadixAdd::Perform(State& state) const {
  RawTree* raw = state.raw();
  if (raw == nullptr) return;
  const uint64_t refused = state.faults.hits();
  const absl::Status status = raw->tree->Add(key);
  if (!status.ok()) state.outcome.Refused(status.message());
  PlayBeside(state, *raw, "kho_radix_add_key()", status,
             [this](RadixPart& real) { return real.Add(key); });
  if (status.ok()) {
    raw->keys.insert(key);
    if (!raw->tree->Contains(key)) {
      state.report.Fail(Invariant::kTreeIsSet,
                        absl::StrCat("key ", Hex(key), " was added and is not there"));
    }
    if (!state.shape().KeyFits(key)) {
      // A tree that takes wide keys cannot tell them from narrow ones.
      state.report.Premise(Invariant::kTreeIsSet);
      state.report.Fail(Invariant::kTreeIsSet,
                        absl::StrCat("key ", Hex(key), " is wider than ", state.shape().key_width(),
                                     " bits and was taken"));
    }
    return;
  }
  if (state.shape().KeyFits(key) && refused == state.faults.hits()) {
    state.report.Fail(
        Invariant::kTreeIsSet,
        absl::StrCat("adding key ", Hex(key), " failed: ", std::string(status.message())));
  }
  CheckUndone(state, *raw);
}

void RadixDel::Perform(State& state) const {
  if (RawTree* raw = state.raw()) DelKey(state, *raw, key);
}

void RadixDelNth::Perform(State& state) const {
  RawTree* raw = state.raw();
  if (raw == nullptr) return;
  if (raw->keys.empty()) return state.outcome.NoEffect("the tree is empty");
  const auto nth = static_cast<std::ptrdiff_t>(index % raw->keys.size());
  DelKey(state, *raw, *std::next(raw->keys.begin(), nth));
}

void RadixWalk::Perform(State& state) const {
  RawTree* raw = state.raw();
  if (raw == nullptr) return;
  CheckTreeIsSet(*raw->tree, raw->keys, "the tree", state.report);
  if (raw->keys.empty()) return;
  // The callback that says stop must be the last one called.
  const uint64_t last = stop % raw->keys.size();
  uint64_t visited = 0;
  const bool finished = raw->tree->WalkKeys([&](uint64_t) { return visited++ < last; });
  PlayBeside(state, *raw, "kho_radix_walk_tree()", absl::OkStatus(), [&](RadixPart& real) {
    uint64_t seen = 0;
    (void)real.WalkKeys([&](uint64_t) { return seen++ < last; });
    state.beside()->CompareNumbers("keys visited until the walk was stopped", visited, seen);
    return absl::OkStatus();
  });
  if (finished || visited != last + 1) {
    state.report.Fail(Invariant::kTreeIsSet, absl::StrCat("a walk stopped at key number ", last,
                                                          " visited ", visited, " keys"));
  }
}

void RadixReopen::Perform(State& state) const {
  RawTree* raw = state.raw();
  if (raw == nullptr) return;
  auto again = RadixTree::FromRoot(state.shape(), &raw->memory, &raw->pages, raw->tree->root(),
                                   state.design);
  if (!again.ok()) {
    state.report.Fail(Invariant::kTreeIsSet, std::string(again.status().message()));
    return;
  }
  raw->tree = *std::move(again);
  PlayBeside(state, *raw, "kho_radix_init_tree()", absl::OkStatus(),
             [](RadixPart& real) { return real.Reopen(); });
}

void RadixDestroy::Perform(State& state) const {
  RawTree* raw = state.raw();
  if (raw == nullptr) return;
  raw->tree->Destroy();
  raw->tree.reset();
  raw->keys.clear();
  state.report.Premise(Invariant::kUndo);
  PlayBeside(state, *raw, "kho_radix_destroy_tree()", absl::OkStatus(), [&](RadixPart& real) {
    real.Destroy();
    state.beside()->CompareNumbers("pages that outlived the tree", 0, real.LiveNodes());
    return absl::OkStatus();
  });
  if (!raw->pages.live().empty()) {
    state.report.Fail(Invariant::kUndo,
                      absl::StrCat(raw->pages.live().size(), " node pages outlived their tree"));
  }
}

}  // namespace op
}  // namespace khofuzz
