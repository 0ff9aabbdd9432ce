#include "linux/tree_subject.h"

namespace khofuzz {

absl::StatusOr<std::unique_ptr<TreeSubject>> TreeSubject::Load(
    const std::vector<std::string>& objects) {
  auto subject = std::make_unique<TreeSubject>();
  std::vector<Tree*> trees;
  for (const std::string& path : objects) {
    auto tree = Tree::Load(path);
    if (!tree.ok()) return tree.status();
    subject->trees_.push_back(*std::move(tree));
    trees.push_back(subject->trees_.back().get());
  }
  subject->source_ = std::make_unique<TreeSource>(std::move(trees));
  return subject;
}

}  // namespace khofuzz
