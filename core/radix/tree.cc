#include "core/radix/tree.h"

#include "absl/strings/str_cat.h"
#include "core/designs/quirks.h"
#include "core/radix/words.h"

namespace khofuzz {
namespace {

absl::Status NotBacked(PhysAddr table, unsigned level, uint64_t slot, uint64_t child) {
  return absl::DataLossError(absl::StrCat("radix node 0x", absl::Hex(table.value), " (level ",
                                          level, ") slot ", slot, " points to 0x", absl::Hex(child),
                                          ", which is not backed"));
}

}  // namespace

absl::StatusOr<RadixTree> RadixTree::Create(RadixShape shape, PhysMemory* memory,
                                            RadixNodeAllocator* allocator, const Design& design) {
  const absl::StatusOr<PhysAddr> root = allocator->AllocNode();
  if (!root.ok()) return root.status();
  return FromRoot(shape, memory, allocator, *root, design);
}

absl::StatusOr<RadixTree> RadixTree::FromRoot(RadixShape shape, PhysMemory* memory,
                                              RadixNodeAllocator* allocator, PhysAddr root,
                                              const Design& design) {
  if (memory->Words(root) == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("radix root 0x", absl::Hex(root.value), " is not a backed page"));
  }
  return RadixTree(shape, memory, allocator, root, design);
}

absl::StatusOr<RadixTree::Descent> RadixTree::Descend(uint64_t key) const {
  if (!root_.has_value()) return absl::FailedPreconditionError("the radix tree has no root");
  if (!Accepts(key)) {
    return absl::OutOfRangeError(absl::StrCat("radix key 0x", absl::Hex(key), " has ",
                                              std::bit_width(key), " bits, expected at most ",
                                              shape_.key_width()));
  }
  Descent at{.words = memory_->WordsToNote(*root_), .level = shape_.depth() - 1, .path = {}};
  at.path[at.level] = *root_;
  if (at.words == nullptr) {
    return absl::DataLossError(
        absl::StrCat("radix root 0x", absl::Hex(root_->value), " is no longer backed"));
  }
  while (at.level > 0) {
    const uint64_t slot = shape_.TableIndex(key, at.level);
    const uint64_t child = at.words[slot];
    if (child == 0) break;
    uint64_t* words = memory_->WordsToNote(PhysAddr{child});
    if (words == nullptr) return NotBacked(at.path[at.level], at.level, slot, child);
    at.words = words;
    at.path[--at.level] = PhysAddr{child};
  }
  return at;
}

bool RadixTree::Remember(Memo& memo, PhysAddr page) const {
  uint64_t* const words = page.value == 0 ? nullptr : memory_->WordsToNote(page);
  if (words == nullptr) return false;
  memo = {page, words};
  return true;
}

void RadixTree::ForgetNodes() const {
  memo_.fill({});
  memo_generation_ = memory_->generation();
}

bool RadixTree::AliasesWideKeys() const { return design_.Has(Quirk::kRadixWideKeysAlias); }
bool RadixTree::Trusts() const { return design_.Has(Quirk::kTreeTrusted); }

absl::Status RadixTree::AddSlowly(uint64_t key) {
  absl::StatusOr<Descent> descent = Descend(key);
  if (!descent.ok()) return descent.status();
  if (allocator_ == nullptr) {
    return absl::FailedPreconditionError("the radix tree has nowhere to allocate nodes from");
  }
  // The branch hangs from the tree while it grows, as in the kernel; a failure cuts it off again.
  uint64_t* table = descent->words;
  for (unsigned level = descent->level; level > 0; --level) {
    const absl::StatusOr<PhysAddr> page = allocator_->AllocNode();
    if (!page.ok()) {
      UndoAdd(key, *descent, level);
      return page.status();
    }
    const uint64_t slot = shape_.TableIndex(key, level);
    table[slot] = page->value;
    memory_->NoteWritten(table, slot);
    descent->path[level - 1] = *page;
    table = memory_->WordsToNote(*page);
  }
  SetBit(table, key);
  return absl::OkStatus();
}

// Frees the nodes that the failed call has made, from below the anchor down to `failed_level`, and
// clears the anchor's slot.
void RadixTree::UndoAdd(uint64_t key, const Descent& descent, unsigned failed_level) {
  const unsigned anchor = descent.level;
  for (unsigned level = anchor; level-- > failed_level;) allocator_->FreeNode(descent.path[level]);
  memory_->Write(descent.path[anchor], shape_.TableIndex(key, anchor), 0);
}

absl::Status RadixTree::Del(uint64_t key) {
  const absl::StatusOr<Descent> descent = Descend(key);
  if (!descent.ok() && !absl::IsOutOfRange(descent.status())) return descent.status();
  if (descent.ok() && descent->level == 0) {
    const uint64_t bit = shape_.BitmapIndex(key);
    const uint64_t mask = uint64_t{1} << (bit % 64);
    uint64_t& word = descent->words[bit / 64];
    if ((word & mask) != 0) {
      word &= ~mask;
      return absl::OkStatus();
    }
  }
  return absl::NotFoundError(absl::StrCat("radix key 0x", absl::Hex(key), " is not in the tree"));
}

bool RadixTree::Contains(uint64_t key) const {
  const uint64_t* leaf = FindLeaf(key);
  const uint64_t bit = shape_.BitmapIndex(key);
  return leaf != nullptr && (leaf[bit / 64] >> (bit % 64) & 1) != 0;
}

// Appends the backed nodes of the subtree at `page`, each once, children before parents.
void RadixTree::ListNodes(PhysAddr page, unsigned level, absl::flat_hash_set<PhysAddr>* met,
                          std::vector<PhysAddr>* nodes) const {
  const uint64_t* words = memory_->Words(page);
  if (words == nullptr || !met->insert(page).second) return;
  if (level > 0) {
    ForEachNonZero(words, shape_.table_entries(), PhysMemory::WrittenParts(words),
                   [&](uint64_t, uint64_t child) {
                     ListNodes(PhysAddr{child}, level - 1, met, nodes);
                     return true;
                   });
  }
  nodes->push_back(page);
}

void RadixTree::Destroy() {
  if (!root_.has_value()) return;
  if (allocator_ != nullptr) {
    // Listed before the first is freed: in a tree that a quirk has damaged, a node may be met
    // twice.
    absl::flat_hash_set<PhysAddr> met;
    std::vector<PhysAddr> nodes;
    ListNodes(*root_, shape_.depth() - 1, &met, &nodes);
    for (const PhysAddr node : nodes) allocator_->FreeNode(node);
  }
  root_.reset();
}

}  // namespace khofuzz
