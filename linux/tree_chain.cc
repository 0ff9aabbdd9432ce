#include "linux/tree_chain.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "linux/tree_kernel.h"
#include "linux/tree_parts.h"

namespace khofuzz {
namespace {

class TreeChain final : public KernelChain {
 public:
  TreeChain(const std::vector<Tree*>& trees, const Geometry& geometry, int nodes, Arena* arena)
      : trees_(trees), geometry_(geometry), nodes_(nodes), arena_(arena) {}

  absl::StatusOr<std::unique_ptr<Kernel>> Next(const Design&, Faults* faults,
                                               KernelListener* listener) override {
    Tree* tree = trees_[booted_++ % trees_.size()];
    return std::make_unique<TreeKernel>(tree, geometry_, nodes_, arena_, faults, listener);
  }

 private:
  const std::vector<Tree*>& trees_;
  const Geometry geometry_;
  const int nodes_;
  Arena* const arena_;
  size_t booted_ = 0;
};

}  // namespace

absl::Status TreeSource::MakeRoom(const Geometry& geometry, Pfn end) const {
  size_t page_bytes = 0;
  for (const Tree* tree : trees_) {
    if (tree->calls().page_shift != geometry.page_shift) {
      return absl::InvalidArgumentError(absl::StrCat(
          "a machine of ", geometry.page_size() >> 10, " KiB pages cannot run a tree built for ",
          (uint64_t{1} << tree->calls().page_shift) >> 10, " KiB pages"));
    }
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
  return arena_.Reset(pages << geometry.page_shift, pages, page_bytes);
}

absl::StatusOr<std::unique_ptr<KernelChain>> TreeSource::NewChain(const Geometry& geometry, Pfn end,
                                                                  int nodes) const {
  const absl::Status status = MakeRoom(geometry, end);
  if (!status.ok()) return status;
  return std::make_unique<TreeChain>(trees_, geometry, nodes, &arena_);
}

absl::StatusOr<std::unique_ptr<KernelParts>> TreeSource::NewParts(const Geometry& geometry, Pfn end,
                                                                  int nodes) const {
  const absl::Status status =
      MakeRoom(geometry, std::max(end, geometry.PfnUp(PhysAddr{kRawKeyMemory})));
  if (!status.ok()) return status;
  return NewTreeParts(trees_.front(), geometry, nodes, &arena_);
}

}  // namespace khofuzz
