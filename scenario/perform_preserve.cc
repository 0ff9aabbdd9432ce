// The ops on bootmem and on the memory that the running kernel preserves.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/memblock/memblock.h"
#include "core/preserve/preserve.h"
#include "core/radix/preservation.h"
#include "oracle/describe.h"
#include "oracle/params.h"
#include "oracle/scratch.h"
#include "scenario/life.h"
#include "scenario/ops.h"
#include "scenario/state.h"

namespace khofuzz {
namespace {

// A single preservation stays affordable to walk block by block.
constexpr uint64_t kMaxPages = uint64_t{1} << 22;

// For the functions that cut runs at node boundaries.
auto OnOneNodeOf(const State& state) {
  return [&state](PfnRange pfns) { return state.machine.OnOneNode(state.geometry().ToAddr(pfns)); };
}

// What was preserved as blocks: the folio, or the run cut as kho_preserve_pages() cuts it.
std::vector<Preservation> BlocksOfItem(const State& state, const RunningKernel::Preserved& item) {
  if (item.folio_order.has_value()) {
    return {{state.geometry().ToAddr(item.pages.begin), *item.folio_order}};
  }
  return PreservationsOf(item.pages, state.geometry(), OnOneNodeOf(state));
}

// Preserves pages that are free. They stay taken until unpreserved; a call that fails must leave
// the tree as it was.
void PreserveItem(State& state, RunningKernel& kernel, const RunningKernel::Preserved& item) {
  kernel.free.Take(item.pages);
  const std::vector<Preservation> blocks = BlocksOfItem(state, item);
  const absl::Status status =
      item.folio_order.has_value()
          ? khofuzz::PreserveFolio(*kernel.tree, blocks.front())
          : khofuzz::PreservePages(*kernel.tree, item.pages, state.geometry(), OnOneNodeOf(state));
  if (!status.ok()) {
    state.Note(std::string(status.message()));
    kernel.free.Give(item.pages);
    state.report.Premise(Invariant::kUndo);
    CheckTreeNodes(*kernel.tree, kernel.nodes.live(), "the preserved-memory tree", state.report);
    CheckTreeIsSet(*kernel.tree, kernel.keys, "the preserved-memory tree", state.report);
    return;
  }
  state.Note(Describe(state.geometry().ToAddr(item.pages)));
  for (const Preservation& block : blocks) kernel.keys.insert(state.shape().EncodeUnchecked(block));
  kernel.preserved.push_back(item);
  if (state.scratch.has_value()) {
    CheckOutgoingUnpreserved(blocks, state.scratch->table, state.geometry(), state.report);
  }
}

}  // namespace

namespace op {

void ParseScratch::Perform(State& state) const {
  // A command line ends at its first NUL.
  const std::string_view text = std::string_view(value).substr(0, value.find('\0'));
  const auto got = ParseScratchParams(text);
  const auto expected = ScratchParamsByGrammar(text);
  state.Note(got.ok() ? std::string() : std::string(got.status().message()));
  state.report.Premise(Invariant::kParamsRoundTrip, got.ok() ? 1 : 0);
  if (got.ok() != expected.has_value()) {
    state.report.Fail(
        Invariant::kParamsRoundTrip,
        absl::StrCat("kho_scratch= should be ", expected.has_value() ? "accepted" : "refused"));
  } else if (got.ok() && *got != *expected) {
    state.report.Fail(
        Invariant::kParamsRoundTrip,
        absl::StrCat("kho_scratch= means ", expected->scale, "% or ", expected->lowmem, ",",
                     expected->global, ",", expected->pernode, " bytes; it was read as ",
                     got->scale, "% or ", got->lowmem, ",", got->global, ",", got->pernode));
  }
}

void ReserveScratch::Perform(State& state) const {
  BootMemblock* boot = state.Booting();
  if (boot == nullptr || state.scratch.has_value()) return;
  // As early_param() leaves it: a value that does not parse changes nothing.
  const auto parsed = ParseScratchParams(std::string_view(params).substr(0, params.find('\0')));
  const ScratchParams wanted = parsed.ok() ? *parsed : ScratchParams();
  const Memblock before = boot->memblock;
  auto reserved = khofuzz::ReserveScratch(wanted, state.geometry(), boot->memblock, state.design);
  // The map of the booting kernel's memblock is about memblock's own ops; it ends here.
  boot->EndMap();
  if (!reserved.ok()) {
    state.Note(std::string(reserved.status().message()));
    state.report.Premise(Invariant::kUndo);
    if (!(boot->memblock == before)) {
      state.report.Fail(Invariant::kUndo, "reserving scratch failed and left memblock changed");
    }
    return;
  }
  CheckScratchShape(*reserved, wanted, before, boot->memblock, state.geometry(), state.report);
  state.scratch = *std::move(reserved);
}

void NodesFrom::Perform(State& state) const {
  if (RunningKernel* kernel = state.Running()) kernel->nodes.set_from({pfn});
}

void PreserveFolio::Perform(State& state) const {
  if (Life* life = state.life(); life != nullptr) {
    const unsigned largest = state.geometry().max_page_order;
    return life->PreserveNewFolio({pfn % state.geometry().PfnUp(state.machine.span().end).value},
                                  static_cast<unsigned>(order % (largest + 1)));
  }
  RunningKernel* kernel = state.Running();
  if (kernel == nullptr) return;
  const Geometry& g = state.geometry();
  // From the buddy, or hugetlb's gigantic pages: up to two extension blocks.
  const unsigned most = std::max(g.max_page_order, g.extension_shift - g.page_shift + 1);
  const unsigned o = static_cast<unsigned>(order % (most + 1));
  const uint64_t pages = uint64_t{1} << o;
  const auto first =
      kernel->free.Find({pfn % (g.PfnUp(state.machine.span().end).value)}, pages, pages);
  if (!first.has_value()) return;
  PreserveItem(state, *kernel, {{*first, *first + pages}, o});
}

void PreservePages::Perform(State& state) const {
  if (Life* life = state.life(); life != nullptr) {
    return life->PreserveNewPages({pfn % state.geometry().PfnUp(state.machine.span().end).value},
                                  nr);
  }
  RunningKernel* kernel = state.Running();
  if (kernel == nullptr || nr == 0) return;
  const Pfn from{pfn % state.geometry().PfnUp(state.machine.span().end).value};
  const auto first = kernel->free.Find(from, 1, 1);
  if (!first.has_value()) return;
  const PfnRange run = *kernel->free.RunAt(*first);
  const PfnRange pages{*first, *first + std::min({nr, kMaxPages, run.end - *first})};
  PreserveItem(state, *kernel, {pages, std::nullopt});
}

void Unpreserve::Perform(State& state) const {
  if (Life* life = state.life(); life != nullptr) return life->Unpreserve(index);
  RunningKernel* kernel = state.Running();
  if (kernel == nullptr || kernel->preserved.empty()) return;
  const size_t i = static_cast<size_t>(index % kernel->preserved.size());
  const RunningKernel::Preserved item = kernel->preserved[i];
  kernel->preserved.erase(kernel->preserved.begin() + static_cast<std::ptrdiff_t>(i));
  for (const Preservation& block : BlocksOfItem(state, item)) {
    kernel->keys.erase(state.shape().EncodeUnchecked(block));
  }
  const absl::Status status =
      item.folio_order.has_value()
          ? UnpreserveFolio(*kernel->tree, BlocksOfItem(state, item).front())
          : UnpreservePages(*kernel->tree, item.pages, state.geometry(), OnOneNodeOf(state));
  if (!status.ok()) {
    state.report.Fail(Invariant::kTreeIsSet,
                      absl::StrCat("unpreserving ", Describe(state.geometry().ToAddr(item.pages)),
                                   ": ", std::string(status.message())));
  }
  kernel->free.Give(item.pages);
}

}  // namespace op
}  // namespace khofuzz
