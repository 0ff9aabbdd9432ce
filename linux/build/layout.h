// Where in a tree the code is that the shim is about, and what of it a tree lacks: found by what
// files define, so that code may move.
#ifndef KHOFUZZ_LINUX_BUILD_LAYOUT_H_
#define KHOFUZZ_LINUX_BUILD_LAYOUT_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "linux/build/shim.h"
#include "linux/build/tree_sources.h"

namespace khofuzz {

struct Layout {
  // A source of the tree, and the functions of the shim's list that it defines.
  struct Source {
    std::string unit;  // of the shim: tree_<unit>.c
    std::string path;  // below the tree's top
    std::set<std::string> defines{};
  };
  std::vector<Source> sources;       // by unit; the likeliest place first
  std::set<std::string> has;         // of the list's names, those that are there
  std::vector<std::string> headers;  // that the shim includes, in its order; paths below the top
  std::map<std::string, std::string> declares;  // words that a tree may lack, and their headers
  // For kf_tree.signatures (linux/abi.h).
  std::string signatures;
  // What is not played, and the functions that are missing for it.
  std::map<std::string, std::vector<std::string>> not_played;

  // A line for people: "vmalloc areas are not played: no kho_restore_vmalloc()"; empty where all is
  // there.
  std::string NotPlayed() const;
  // The same for kf_tree.lacks (linux/abi.h).
  std::string Lacks() const;
};

// NotFound: "TREE lacks ..." where something that is required is nowhere; "TREE: ..." where the
// shim refuses such a tree.
absl::StatusOr<Layout> FindLayout(TreeSources& tree, const Shim& shim);

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_BUILD_LAYOUT_H_
