// The ops on the handover as bytes: building it, damaging it, decoding it.
#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "core/handover/fdt.h"
#include "core/handover/handover.h"
#include "core/memblock/memblock.h"
#include "core/memmap/nodes.h"
#include "core/radix/preservation.h"
#include "core/radix/validate.h"
#include "oracle/describe.h"
#include "scenario/extensions.h"
#include "scenario/life.h"
#include "scenario/ops.h"
#include "scenario/state.h"

namespace khofuzz {
namespace {

constexpr size_t kMaxSubtrees = 64;

// A page of the running kernel's for something it hands over.
std::optional<PhysAddr> TakePage(RunningKernel& kernel, const Geometry& geometry) {
  const auto pfn = kernel.free.Find(Pfn{0}, 1, 1);
  if (!pfn.has_value()) return std::nullopt;
  kernel.free.Take({*pfn, *pfn + 1});
  return geometry.ToAddr(*pfn);
}

void Write(PhysMemory& memory, PhysAddr page, std::span<const uint8_t> bytes) {
  memory.BackZeroed(page);
  std::ranges::copy(bytes, memory.Bytes(page).begin());
}

void FailRoundTrip(State& state, const std::string& what) {
  state.report.Fail(Invariant::kHandoverRoundTrip, what);
}

// libfdt puts each new node before its siblings; what counts is which there are.
bool SameSubtrees(std::vector<KhoSubtree> a, std::vector<KhoSubtree> b) {
  std::ranges::sort(a, {}, &KhoSubtree::name);
  std::ranges::sort(b, {}, &KhoSubtree::name);
  return a == b;
}

absl::StatusOr<KhoFdtBuilder> BuildFdt(const State& state, const RunningKernel& kernel) {
  auto fdt =
      KhoFdtBuilder::Create(state.geometry().page_size(), KhoVersion::kV4, kernel.tree->root());
  if (!fdt.ok()) return fdt.status();
  for (const KhoSubtree& subtree : kernel.subtrees) {
    if (absl::Status added = fdt->AddSubtree(subtree, Design()); !added.ok()) return added;
  }
  return fdt;
}

// A whole image, decoded, says exactly what the kernel meant.
void CheckWhole(State& state, const Image& image, const absl::StatusOr<DecodedHandover>& decoded) {
  state.report.Premise(Invariant::kHandoverRoundTrip);
  const RunningKernel& kernel = *state.running();
  if (!decoded.ok()) return FailRoundTrip(state, std::string(decoded.status().message()));
  if (decoded->fdt.memory_map != kernel.tree->root()) {
    FailRoundTrip(state, "the FDT names another root than the tree's");
  }
  if (!SameSubtrees(decoded->fdt.subtrees, kernel.subtrees))
    FailRoundTrip(state, "the FDT's subtrees differ");
  const ScratchTable expected = state.scratch.has_value() ? state.scratch->table : ScratchTable();
  if (decoded->scratch != expected) FailRoundTrip(state, "the scratch table differs");
  if (decoded->tree.keys != kernel.keys.size() ||
      decoded->tree.nodes.size() != kernel.nodes.live().size()) {
    FailRoundTrip(state, absl::StrCat("the tree has ", decoded->tree.keys, " keys on ",
                                      decoded->tree.nodes.size(), " pages, expected ",
                                      kernel.keys.size(), " on ", kernel.nodes.live().size()));
  }
  const absl::Status valid = ValidateHandover(image.handover, *decoded, state.shape());
  if (!valid.ok()) FailRoundTrip(state, std::string(valid.message()));
}

// Whatever a damaged image decodes to, its parts tell the same story; and if all of it lies in the
// machine, a successor could extend its scratch by it.
void CheckDamaged(State& state, Image& image, const DecodedHandover& decoded) {
  const auto fail = [&state](const std::string& what) {
    state.report.Fail(Invariant::kDamageContained, what);
  };
  PhysMemory memory = image.handover.memory.Clone();
  const auto tree =
      RadixTree::FromRoot(state.shape(), &memory, nullptr, decoded.fdt.memory_map, Design());
  if (!tree.ok()) return fail(std::string(tree.status().message()));
  std::vector<Preservation> blocks;
  bool inside = true;
  const PhysAddr end = state.machine.span().end;
  tree->WalkKeys([&](uint64_t key) {
    const auto block = state.shape().Decode(key);
    if (!block.ok()) {
      fail(std::string(block.status().message()));
      return false;
    }
    inside = inside && block->order < 30 && block->phys < end;
    blocks.push_back(*block);
    return true;
  });
  if (blocks.size() != decoded.tree.keys) {
    return fail(
        absl::StrCat("the summary counts ", decoded.tree.keys, " keys, the walk ", blocks.size()));
  }
  (void)ValidateHandover(image.handover, decoded, state.shape());
  std::vector<PhysAddr> nodes;
  for (const RadixTreeSummary::Node& node : decoded.tree.nodes) nodes.push_back(node.page);
  if (!inside) return;
  Memblock memblock = state.machine.FirmwareMemblock(Design());
  // No bootmem is left that a successor could be sure of; what it allocates must spare the tree.
  for (const PhysAddr page : nodes) {
    (void)memblock.Reserve({page, page + state.geometry().page_size()});
  }
  Faults none;
  Report extension;
  CheckExtensions(*tree, blocks, nodes, state.geometry(), memblock, memory, none, state.design,
                  extension, nullptr);
  if (!extension.ok()) fail(extension.violations().front().what);
}

// `fdt` is the kernel's so far.
void AddOneSubtree(State& state, RunningKernel& kernel, KhoFdtBuilder& fdt, const std::string& name,
                   uint64_t size) {
  if (kernel.subtrees.size() == kMaxSubtrees) return;
  const auto page = TakePage(kernel, state.geometry());
  if (!page.has_value()) return;
  const std::vector<uint8_t> before(fdt.bytes().begin(), fdt.bytes().end());
  const KhoSubtree subtree{name, *page, size};
  const absl::Status added = fdt.AddSubtree(subtree, Design());
  state.Note(std::string(added.message()));
  if (added.ok()) {
    kernel.subtrees.push_back(subtree);
    return;
  }
  kernel.free.Give({state.geometry().PfnDown(*page), state.geometry().PfnDown(*page) + 1});
  state.report.Premise(Invariant::kUndo);
  if (!std::ranges::equal(before, fdt.bytes())) {
    state.report.Fail(Invariant::kUndo, "adding a subtree failed and left the FDT changed");
  }
}

}  // namespace

Image* State::HandedOver() {
  if (image_ != nullptr) return image_.get();
  RunningKernel* kernel = Running();
  if (kernel == nullptr) return nullptr;
  const auto fdt_page = TakePage(*kernel, geometry());
  const auto table_page = TakePage(*kernel, geometry());
  const auto fdt = BuildFdt(*this, *kernel);
  if (!fdt_page.has_value() || !table_page.has_value() || !fdt.ok()) return nullptr;
  auto image = std::make_unique<Image>(Image{Handover(geometry().page_shift), {}, false});
  Handover& handover = image->handover;
  handover.memory = kernel->memory.Clone();
  handover.fdt = *fdt_page;
  handover.scratch = *table_page;
  Write(handover.memory, *fdt_page, fdt->bytes());
  const std::vector<uint8_t> table =
      scratch.has_value() ? scratch->table.Serialize() : std::vector<uint8_t>();
  handover.scratch_bytes = table.size();
  Write(handover.memory, *table_page, table);
  kernel->tree->WalkNodes([&](PhysAddr page, unsigned) {
    image->nodes.push_back(page);
    return true;
  });
  image_ = std::move(image);
  return image_.get();
}

namespace op {

void AddSubtree::Perform(State& state) const {
  constexpr uint64_t kMaxCopies = 128;
  const uint64_t count = std::clamp<uint64_t>(copies, 1, kMaxCopies);
  const auto for_each_name = [&](auto fn) {
    for (uint64_t n = 0; n < count; ++n) {
      fn(n == 0 ? name : absl::StrCat(name, n));
    }
  };
  if (Life* life = state.life(); life != nullptr) {
    return for_each_name([&](const std::string& node) { life->AddSubtree(node, size); });
  }
  RunningKernel* kernel = state.Running();
  if (kernel == nullptr) return;
  auto fdt = BuildFdt(state, *kernel);
  if (!fdt.ok()) return;
  for_each_name([&](const std::string& node) { AddOneSubtree(state, *kernel, *fdt, node, size); });
}

void RemoveSubtree::Perform(State& state) const {
  if (Life* life = state.life(); life != nullptr) return life->RemoveSubtree(index);
  RunningKernel* kernel = state.Running();
  if (kernel == nullptr || kernel->subtrees.empty()) return;
  auto fdt = BuildFdt(state, *kernel);
  if (!fdt.ok()) return FailRoundTrip(state, std::string(fdt.status().message()));
  const size_t i = static_cast<size_t>(index % kernel->subtrees.size());
  const absl::Status removed = fdt->RemoveSubtree(kernel->subtrees[i].data);
  kernel->subtrees.erase(kernel->subtrees.begin() + static_cast<std::ptrdiff_t>(i));
  const auto parsed = ParseKhoFdt(fdt->bytes());
  if (!removed.ok() || !parsed.ok() || !SameSubtrees(parsed->subtrees, kernel->subtrees)) {
    FailRoundTrip(state, "removing a subtree did not remove just that");
  }
}

void PokeFdt::Perform(State& state) const {
  Image* image = state.HandedOver();
  if (image == nullptr) return;
  const std::span<uint8_t> page = image->handover.memory.Bytes(image->handover.fdt);
  if (page.empty() || bytes.empty()) return;
  const size_t at = static_cast<size_t>(offset % page.size());
  const size_t count = std::min(bytes.size(), page.size() - at);
  image->damaged = true;
  std::memcpy(page.data() + at, bytes.data(), count);
}

void PokeScratch::Perform(State& state) const {
  Image* image = state.HandedOver();
  if (image == nullptr || image->handover.scratch_bytes < 16) return;
  const std::span<uint8_t> page = image->handover.memory.Bytes(image->handover.scratch);
  const uint64_t areas = std::min<uint64_t>(image->handover.scratch_bytes, page.size()) / 16;
  if (areas == 0) return;
  image->damaged = true;
  std::memcpy(page.data() + area % areas * 16, &addr, sizeof(addr));
  std::memcpy(page.data() + area % areas * 16 + 8, &size, sizeof(size));
}

void PokeTree::Perform(State& state) const {
  Image* image = state.HandedOver();
  if (image == nullptr) return;
  uint64_t* words = image->handover.memory.Words(image->nodes[node % image->nodes.size()]);
  if (words == nullptr) return;
  image->damaged = true;
  words[slot % image->handover.memory.words_per_page()] = value;
}

void LinkTree::Perform(State& state) const {
  Image* image = state.HandedOver();
  if (image == nullptr) return;
  PokeTree{node, slot, image->nodes[target % image->nodes.size()].value}.Perform(state);
}

void DropPage::Perform(State& state) const {
  Image* image = state.HandedOver();
  if (image == nullptr) return;
  std::vector<PhysAddr> pages;
  image->handover.memory.ForEachPage(
      [&pages](PhysAddr page, std::span<const uint64_t>) { pages.push_back(page); });
  if (pages.empty()) return;
  std::ranges::sort(pages);
  image->damaged = true;
  image->handover.memory.Drop(pages[index % pages.size()]);
}

void DecodeImage::Perform(State& state) const {
  Image* image = state.HandedOver();
  if (image == nullptr) return;
  const auto decoded = DecodeHandover(image->handover, state.shape());
  state.Note(std::string(decoded.status().message()));
  if (!image->damaged) return CheckWhole(state, *image, decoded);
  state.report.Premise(Invariant::kDamageContained);
  if (decoded.ok()) CheckDamaged(state, *image, *decoded);
}

}  // namespace op
}  // namespace khofuzz
