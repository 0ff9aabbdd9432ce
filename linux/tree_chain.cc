#include "linux/tree_chain.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "linux/tree_kernel.h"
#include "linux/tree_parts.h"

namespace khofuzz {
namespace {

class TreeChain final : public KernelChain {
 public:
  TreeChain(const std::vector<Tree*>& trees, const Geometry& geometry, int nodes, Arena* arena)
      : trees_(trees), geometry_(geometry), nodes_(nodes), arena_(arena) {}

  absl::StatusOr<std::unique_ptr<Kernel>> Next(size_t kernel, const Design&, Faults* faults,
                                               KernelListener* listener) override {
    Tree* tree = trees_[kernel % trees_.size()];
    tree->watch().set_kernel(kernel + 1);
    return std::make_unique<TreeKernel>(tree, geometry_, nodes_, arena_, faults, listener);
  }
  std::span<const uint8_t> Read(PhysAddr page) const override { return At(page); }
  void CopyTo(PhysMemory& memory, PhysAddr page) const override {
    if (const auto bytes = Read(page); !bytes.empty()) memory.BackWith(page, bytes);
  }
  bool IsAsIn(const PhysMemory& memory, PhysAddr page) const override {
    const auto bytes = Read(page);
    return !bytes.empty() && std::ranges::equal(bytes, memory.Bytes(page));
  }
  std::span<uint8_t> Bytes(PhysAddr page) override { return At(page); }

 private:
  std::span<uint8_t> At(PhysAddr page) const {
    const uint64_t size = geometry_.page_size();
    uint64_t* const words = arena_->Words(page, size);
    return {reinterpret_cast<uint8_t*>(words), words == nullptr ? 0 : size};
  }

  const std::vector<Tree*>& trees_;
  const Geometry geometry_;
  const int nodes_;
  Arena* const arena_;
};

}  // namespace

void TreeSource::Answers::Begin(const Lineage& designs, std::string_view put_right,
                                std::optional<Pfn> page) {
  for (const auto& [page_shift, trees] : source_->by_page_shift_) {
    for (size_t i = 0; i < trees.size(); ++i) {
      trees[i]->watch().Begin(trees[i]->calls(), designs.Of(i), put_right, page);
    }
  }
}

KernelAnswers::Seen TreeSource::Answers::End() {
  Seen all;
  for (const auto& [page_shift, trees] : source_->by_page_shift_) {
    for (Tree* const tree : trees) {
      Seen seen = tree->watch().End();
      for (WrongAnswer& answer : seen.wrong) all.wrong.push_back(std::move(answer));
      all.requests.known.merge(seen.requests.known);
      all.requests.asked.merge(seen.requests.asked);
      all.requests.beyond.merge(seen.requests.beyond);
      all.requests.given_nodes.merge(seen.requests.given_nodes);
    }
  }
  return all;
}

std::string TreeSource::Answers::BeginOf(std::string_view function) const {
  for (const auto& [page_shift, trees] : source_->by_page_shift_) {
    for (const Tree* const tree : trees) {
      if (const std::string_view begin = tree->BeginOf(function); !begin.empty()) {
        return std::string(begin);
      }
    }
  }
  return {};
}

TreeSource::TreeSource(const std::vector<Tree*>& trees) {
  for (Tree* const tree : trees) by_page_shift_[tree->calls().page_shift].push_back(tree);
}

absl::StatusOr<const std::vector<Tree*>*> TreeSource::MakeRoom(const Geometry& geometry,
                                                               Pfn end) const {
  const auto trees = by_page_shift_.find(geometry.page_shift);
  if (trees == by_page_shift_.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("a machine of ", geometry.page_size() >> 10,
                     " KiB pages cannot run a tree that is built for others"));
  }
  size_t page_bytes = 0;
  for (const Tree* const tree : trees->second) {
    page_bytes = std::max<size_t>(page_bytes, tree->calls().page_bytes);
  }
  // mm_init.c takes zones to begin on sections, and on every architecture they do.
  if (!IsAligned((geometry.low_limit + 1).value, geometry.section_bytes())) {
    return absl::InvalidArgumentError(absl::StrCat("low memory ends at 0x",
                                                   absl::Hex((geometry.low_limit + 1).value),
                                                   ", within a section: no kernel has such zones"));
  }
  // Struct pages up to the end of the last section, since sections are initialised whole.
  const uint64_t section = geometry.section_bytes() >> geometry.page_shift;
  const uint64_t pages = AlignUp(end.value, std::max(section, geometry.max_order_pages()));
  const absl::Status room = arena_.Reset(pages << geometry.page_shift, pages, page_bytes);
  if (!room.ok()) return room;
  return &trees->second;
}

bool TreeSource::one_node() const {
  return std::ranges::any_of(by_page_shift_, [](const auto& trees) {
    return std::ranges::any_of(
        trees.second, [](const Tree* tree) { return (tree->calls().features & KF_HAS_NUMA) == 0; });
  });
}

absl::StatusOr<std::unique_ptr<KernelChain>> TreeSource::NewChain(const Geometry& geometry, Pfn end,
                                                                  int nodes) const {
  const auto trees = MakeRoom(geometry, end);
  if (!trees.ok()) return trees.status();
  return std::make_unique<TreeChain>(**trees, geometry, nodes, &arena_);
}

absl::StatusOr<std::unique_ptr<KernelParts>> TreeSource::NewParts(const Geometry& geometry, Pfn end,
                                                                  int nodes) const {
  const auto trees = MakeRoom(geometry, std::max(end, geometry.PfnUp(PhysAddr{kRawKeyMemory})));
  if (!trees.ok()) return trees.status();
  return NewTreeParts((*trees)->front(), geometry, nodes, &arena_);
}

}  // namespace khofuzz
