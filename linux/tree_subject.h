// Trees to play scenarios on, as a command line names them.
#ifndef KHOFUZZ_LINUX_TREE_SUBJECT_H_
#define KHOFUZZ_LINUX_TREE_SUBJECT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "linux/tree.h"
#include "linux/tree_chain.h"

namespace khofuzz {

// The tree of this shared object, one of `trees`; loaded unless it is, since an object that is
// loaded twice is still one.
absl::StatusOr<Tree*> LoadedTree(const std::string& object,
                                 std::vector<std::unique_ptr<Tree>>& trees);

class TreeSubject {
 public:
  // Loads shared objects that linux/build has made of trees, each for one page size. With several
  // for the same, each kernel of a chain is of the next one.
  static absl::StatusOr<std::unique_ptr<TreeSubject>> Load(const std::vector<std::string>& objects);

  const KernelSource* kernels() const { return source_.get(); }
  const std::vector<std::unique_ptr<Tree>>& trees() const { return trees_; }
  void set_telling(bool on) {
    for (const auto& tree : trees_) tree->set_telling(on);
  }

 private:
  std::vector<std::unique_ptr<Tree>> trees_;
  std::unique_ptr<TreeSource> source_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_TREE_SUBJECT_H_
