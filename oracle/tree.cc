#include "oracle/tree.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "core/radix/words.h"

namespace khofuzz {
namespace {

std::string Hex(uint64_t value) { return absl::StrCat("0x", absl::Hex(value)); }

// Collects the pages that table slots point to, level by level, without following a slot into a
// page that is not there. RadixTree::WalkNodes() would leave out just the slots this is about.
void CollectReferenced(const RadixTree& tree, PhysAddr page, unsigned level,
                       absl::btree_multiset<PhysAddr>& referenced) {
  referenced.insert(page);
  const uint64_t* words = tree.memory().Words(page);
  // A page that is met again is reported by the caller; following it twice would only repeat that.
  if (level == 0 || words == nullptr || referenced.count(page) > 1) return;
  ForEachNonZero(words, tree.shape().table_entries(), PhysMemory::WrittenParts(words),
                 [&](uint64_t, uint64_t child) {
                   CollectReferenced(tree, PhysAddr{child}, level - 1, referenced);
                   return true;
                 });
}

}  // namespace

void CheckTreeIsSet(const RadixTree& tree, const KeySet& keys, std::string_view name,
                    Report& report) {
  if (!keys.empty()) report.Premise(Invariant::kTreeIsSet);
  const std::string who(name);
  auto expected = keys.begin();
  bool differs = false;
  tree.WalkKeys([&](uint64_t key) {
    if (expected != keys.end() && *expected == key) {
      ++expected;
      return true;
    }
    differs = true;
    report.Fail(Invariant::kTreeIsSet, expected == keys.end() || key < *expected
                                           ? absl::StrCat(who, " holds key ", Hex(key),
                                                          ", which was never added or was removed")
                                           : absl::StrCat(who, " has lost key ", Hex(*expected)));
    return false;
  });
  if (!differs && expected != keys.end()) {
    report.Fail(Invariant::kTreeIsSet, absl::StrCat(who, " has lost key ", Hex(*expected)));
  }
}

void CheckTreeNodes(const RadixTree& tree, const absl::btree_set<PhysAddr>& live,
                    std::string_view name, Report& report) {
  const std::string who(name);
  absl::btree_multiset<PhysAddr> referenced;
  CollectReferenced(tree, tree.root(), tree.shape().depth() - 1, referenced);
  for (const PhysAddr page : referenced) {
    const AddrRange where{page, page + tree.shape().page_size()};
    if (!live.contains(page)) {
      report.Fail(Invariant::kUndo,
                  absl::StrCat(who, " still points to page ", Hex(page.value), ", which was freed"),
                  where);
      return;
    }
    if (referenced.count(page) > 1) {
      report.Fail(Invariant::kUndo,
                  absl::StrCat(who, " points to page ", Hex(page.value), " more than once"), where);
      return;
    }
  }
  for (const PhysAddr page : live) {
    if (referenced.contains(page)) continue;
    report.Fail(Invariant::kUndo, absl::StrCat(who, " has leaked node page ", Hex(page.value)),
                AddrRange{page, page + tree.shape().page_size()});
    return;
  }
}

}  // namespace khofuzz
