#include "linux/confined_trees.h"

#include <unistd.h>

#include <cstdio>
#include <map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "linux/line_server.h"
#include "linux/source_line.h"
#include "linux/tree.h"
#include "linux/tree_chain.h"
#include "system/confine.h"
#include "system/contained.h"

namespace khofuzz {
namespace {

// Loading takes milliseconds.
constexpr Limits kWhileLoading = {.seconds = 30, .memory_mb = 2048};

// This process's, loaded once each: a tree has one state.
absl::StatusOr<std::vector<Tree*>> LoadAll(const std::vector<std::string>& objects) {
  static auto* const loaded = new std::map<std::string, std::unique_ptr<Tree>>;
  std::vector<Tree*> trees;
  for (const std::string& object : objects) {
    std::unique_ptr<Tree>& tree = (*loaded)[object];
    if (tree == nullptr) {
      auto fresh = Tree::Load(object);
      if (!fresh.ok()) return fresh.status();
      tree = *std::move(fresh);
      const AddressSpan& at = tree->loaded_at();
      NoteCode(object, reinterpret_cast<uint64_t>(at.base), reinterpret_cast<uint64_t>(at.end));
    }
    trees.push_back(tree.get());
  }
  return trees;
}

std::string ConfineOnce() {
  static const std::string lacking = Confine({});
  return lacking;
}

}  // namespace

class ConfinedTrees::Source final : public KernelSource {
 public:
  explicit Source(const std::vector<std::string>& objects) : objects_(objects) {}

  absl::StatusOr<std::unique_ptr<KernelChain>> NewChain(const Geometry& geometry, Pfn end,
                                                        int nodes) const override {
    return Loaded().NewChain(geometry, end, nodes);
  }
  absl::StatusOr<std::unique_ptr<KernelParts>> NewParts(const Geometry& geometry, Pfn end,
                                                        int nodes) const override {
    return Loaded().NewParts(geometry, end, nodes);
  }
  bool one_node() const override { return Loaded().one_node(); }
  KernelAnswers* answers() const override { return Loaded().answers(); }
  void set_telling(bool on) {
    telling_ = on;
    for (Tree* const tree : trees_) tree->set_telling(on);
  }

 private:
  const KernelSource& Loaded() const {
    if (source_ != nullptr) return *source_;
    ConfineOnce();
    const auto trees = LoadAll(objects_);
    if (!trees.ok()) {
      // They were looked at before. Nobody may take another kernel's answers for theirs.
      std::fprintf(stderr, "%s\n", std::string(trees.status().message()).c_str());
      std::fflush(stderr);
      _exit(1);
    }
    trees_ = *trees;
    for (Tree* const tree : trees_) tree->set_telling(telling_);
    source_ = std::make_unique<TreeSource>(trees_);
    return *source_;
  }

  const std::vector<std::string> objects_;
  bool telling_ = false;
  mutable std::vector<Tree*> trees_;
  mutable std::unique_ptr<TreeSource> source_;
};

ConfinedTrees::ConfinedTrees(std::vector<std::string> objects)
    : objects_(std::move(objects)), source_(std::make_unique<Source>(objects_)) {}
ConfinedTrees::~ConfinedTrees() = default;

absl::StatusOr<std::shared_ptr<const ConfinedTrees>> ConfinedTrees::Of(
    std::vector<std::string> objects) {
  // Before anything of theirs runs.
  const absl::Status served = ServeLines(objects);
  if (!served.ok()) return served;
  std::shared_ptr<ConfinedTrees> all(new ConfinedTrees(std::move(objects)));
  // "!" and what is wrong; or two lines.
  const auto seen = RunContained(
      [&] {
        const std::string lacking = ConfineOnce();
        const auto trees = LoadAll(all->objects_);
        if (!trees.ok()) return absl::StrCat("!", std::string(trees.status().message()));
        std::vector<std::string> compatible;
        for (const Tree* const tree : *trees) compatible.emplace_back(tree->calls().compatible);
        return absl::StrCat(lacking, "\n", absl::StrJoin(compatible, " "));
      },
      kWhileLoading);
  if (!seen.ok()) return seen.status();
  if (!seen->loss.ok()) {
    const std::string place = PlaceOf(seen->loss);
    return absl::FailedPreconditionError(absl::StrCat(
        "the tree cannot be loaded: ", Describe(seen->loss), place.empty() ? "" : ", in ", place));
  }
  if (seen->result.starts_with('!')) return absl::FailedPreconditionError(seen->result.substr(1));
  const std::vector<std::string> lines = absl::StrSplit(seen->result, absl::MaxSplits('\n', 1));
  all->lacking_ = lines[0];
  all->compatible_ = absl::StrSplit(lines[1], ' ');
  return all;
}

const KernelSource* ConfinedTrees::kernels() const { return source_.get(); }

void ConfinedTrees::set_telling(bool on) const { source_->set_telling(on); }

std::string ConfinementWarning(const std::string& lacking) {
  if (lacking.empty()) return {};
  return absl::StrCat("the tree's code is not confined as it should be on this host: ", lacking,
                      "; it runs with more of your rights (docs/linux.md, \"What it may do\")");
}

}  // namespace khofuzz
