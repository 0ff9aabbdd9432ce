#include "linux/tree_subject.h"

#include <algorithm>

namespace khofuzz {

absl::StatusOr<std::unique_ptr<TreeSubject>> TreeSubject::Load(
    const std::vector<std::string>& objects) {
  auto subject = std::make_unique<TreeSubject>();
  std::vector<Tree*> trees;
  for (const std::string& path : objects) {
    // An object that is loaded twice is still one.
    auto loaded = std::ranges::find(subject->trees_, path, &Tree::path);
    if (loaded == subject->trees_.end()) {
      auto tree = Tree::Load(path);
      if (!tree.ok()) return tree.status();
      loaded = subject->trees_.insert(subject->trees_.end(), *std::move(tree));
    }
    trees.push_back(loaded->get());
  }
  subject->source_ = std::make_unique<TreeSource>(std::move(trees));
  return subject;
}

}  // namespace khofuzz
