// A Linux tree that is part of a fuzz target, for runners that know no file beside a target.
#ifndef KHOFUZZ_FUZZ_BAKED_TREE_H_
#define KHOFUZZ_FUZZ_BAKED_TREE_H_

#include <array>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace khofuzz {

// What bake_tree writes of a tree, as a source file.
struct BakedTree {
  struct Object {
    const unsigned char* begin;
    const unsigned char* end;
  };

  const char* name;               // of the tree's folder
  const char* design;             // as it was measured when it was baked
  std::array<Object, 3> objects;  // shared objects, for machines of each page size
};

// The one that is linked in; its address is null where none is.
extern const BakedTree kBakedTree __attribute__((weak));

// The objects as files that exist in memory only, for as long as the process does. Unavailable with
// the system's reason. They are named by the process, not as its own: a symbolizer looks there too.
absl::StatusOr<std::vector<std::string>> FilesOf(const BakedTree& tree);

}  // namespace khofuzz

#endif  // KHOFUZZ_FUZZ_BAKED_TREE_H_
