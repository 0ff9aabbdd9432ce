#include "linux/tree_subject.h"

#include <algorithm>

namespace khofuzz {

absl::StatusOr<Tree*> LoadedTree(const std::string& object,
                                 std::vector<std::unique_ptr<Tree>>& trees) {
  const auto loaded = std::ranges::find(trees, object, &Tree::path);
  if (loaded != trees.end()) return loaded->get();
  auto tree = Tree::Load(object);
  if (!tree.ok()) return tree.status();
  return trees.emplace_back(*std::move(tree)).get();
}

absl::StatusOr<std::unique_ptr<TreeSubject>> TreeSubject::Load(
    const std::vector<std::string>& objects) {
  auto subject = std::make_unique<TreeSubject>();
  std::vector<Tree*> trees;
  for (const std::string& object : objects) {
    const auto tree = LoadedTree(object, subject->trees_);
    if (!tree.ok()) return tree.status();
    trees.push_back(*tree);
  }
  subject->source_ = std::make_unique<TreeSource>(std::move(trees));
  return subject;
}

}  // namespace khofuzz
