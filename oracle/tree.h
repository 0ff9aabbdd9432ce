// Oracles about radix trees.
#ifndef KHOFUZZ_ORACLE_TREE_H_
#define KHOFUZZ_ORACLE_TREE_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "absl/container/btree_set.h"
#include "core/address.h"
#include "core/radix/tree.h"
#include "oracle/report.h"

namespace khofuzz {

using KeySet = absl::btree_set<uint64_t>;

// tree-is-set: a walk of `tree` yields exactly `keys`, ascending. `name` tells the reader which
// tree.
void CheckTreeIsSet(const RadixTree& tree, const KeySet& keys, std::string_view name,
                    Report& report);

// undo, as far as nodes go: after a call that failed, the tree reaches exactly the `live` pages
// that were allocated for it and not freed, each once. A page fewer has leaked; one that is reached
// but not live is dangling.
void CheckTreeNodes(const RadixTree& tree, const absl::btree_set<PhysAddr>& live,
                    std::string_view name, Report& report);

}  // namespace khofuzz

#endif  // KHOFUZZ_ORACLE_TREE_H_
