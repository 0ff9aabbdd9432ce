#include "linux/tree_subject.h"

#include "core/designs/named.h"

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

Lineage TreeSubject::designs() const {
  std::vector<Design> designs;
  // Of what is built for several page sizes, one object stands for each tree.
  for (const auto& tree : trees_) {
    if (tree->calls().page_shift == trees_.front()->calls().page_shift) {
      designs.push_back(DesignOf(tree->calls()));
    }
  }
  return Lineage(designs);
}

const Design& DesignOf(const kf_tree& tree) {
  const bool extends = (tree.features & KF_HAS_EXTENSION) != 0;
  return FindNamedDesign(extends ? "linux-7.3" : "linux-7.2")->design;
}

}  // namespace khofuzz
