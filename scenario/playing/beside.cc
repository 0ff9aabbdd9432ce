#include "scenario/playing/beside.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/interval_map.h"
#include "core/memblock/iterate.h"
#include "oracle/describe.h"
#include "scenario/playing/state.h"

namespace khofuzz {
namespace {

std::string Text(const absl::Status& status) {
  return status.ok() ? std::string("succeeds") : std::string(status.message());
}

std::string Text(const MemblockRegion& region) {
  return absl::StrCat(Describe(region.range()), " flags 0x", absl::Hex(region.flags), " node ",
                      region.nid);
}
std::string Text(const AddrRange& range) { return Describe(range); }
std::string Text(uint64_t key) { return absl::StrCat("0x", absl::Hex(key)); }

// "number 3 is A, the model has B", of the first that differs; empty if none does.
template <typename T>
std::string FirstDifference(const std::vector<T>& model, const std::vector<T>& real) {
  const auto [m, r] = std::ranges::mismatch(model, real);
  if (m == model.end() && r == real.end()) return "";
  return absl::StrCat("number ", m - model.begin(), " is ",
                      r == real.end() ? std::string("missing") : Text(*r), ", the model has ",
                      m == model.end() ? std::string("none") : Text(*m));
}

// Whether memblock's arrays are where nothing else may be.
bool ArraysAreSafe(const Memblock& memblock) {
  IntervalMap<PhysAddr, bool> reserved;
  for (const MemblockRegion& region : memblock.reserved().regions) {
    reserved.Assign(region.range(), true);
  }
  std::vector<AddrRange> arrays;
  for (const MemblockType* type : {&memblock.memory(), &memblock.reserved()}) {
    if (!type->array.has_value()) continue;
    const AddrRange bytes{*type->array, *type->array + type->max * kMemblockRegionBytes};
    if (!reserved.Covers(bytes)) return false;
    arrays.push_back(bytes);
  }
  return arrays.size() < 2 || !arrays[0].Overlaps(arrays[1]);
}

}  // namespace

void Beside::Fail(std::string what) {
  report_->Fail(Invariant::kKernelsAgree, std::move(what), std::nullopt, call_);
}

void Beside::CompareOutcome(std::string_view call, const absl::Status& model,
                            const absl::Status& real) {
  report_->Premise(Invariant::kKernelsAgree);
  call_ = call.substr(0, call.find('('));
  if (!parts_->stopped().empty() && absl::IsFailedPrecondition(model)) {
    lost_ = true;  // both have come to a BUG()
    return;
  }
  if (!parts_->stopped().empty()) {
    report_->Fail(Invariant::kKernelRuns, std::string(parts_->stopped()));
    return;
  }
  if (model.ok() == real.ok()) return;
  Fail(absl::StrCat(std::string(call), ": the kernel's ", Text(real), ", the model's ",
                    Text(model)));
}

bool Beside::LosesTo(const Memblock& model) {
  lost_ = lost_ || !ArraysAreSafe(model);
  return lost_;
}

void Beside::CompareMemblock(const Memblock& model) {
  if (lost_) return;
  for (const bool reserved : {false, true}) {
    const MemblockType& type = reserved ? model.reserved() : model.memory();
    const std::string difference =
        FirstDifference(type.regions, parts_->memblock().Regions(reserved));
    if (difference.empty()) continue;
    Fail(absl::StrCat("memblock.", std::string(type.name), ": region ", difference));
    return;
  }
}

void Beside::CompareFreeRanges(const Memblock& model, NodeId nid, MemblockFlags flags) {
  report_->Premise(Invariant::kKernelsAgree);
  for (const bool reverse : {false, true}) {
    std::vector<AddrRange> ranges;
    uint64_t idx = reverse ? kMemblockIterEnd : 0;
    while (const auto free = reverse ? NextFreeRangeRev(model, &idx, nid, flags)
                                     : NextFreeRange(model, &idx, nid, flags)) {
      ranges.push_back(free->range);
    }
    const std::string difference =
        FirstDifference(ranges, parts_->memblock().FreeRanges(nid, flags, reverse));
    if (difference.empty()) continue;
    Fail(absl::StrCat("for_each_free_mem_range", reverse ? "_reverse" : "", "(): range ",
                      difference));
    return;
  }
}

void Beside::CompareKeys(const RawTree& model) {
  RadixPart* const raw = parts_->radix();
  if (raw == nullptr || !model.tree.has_value()) return;
  std::vector<uint64_t> keys;
  model.tree->WalkKeys([&keys](uint64_t key) {
    keys.push_back(key);
    return true;
  });
  std::vector<uint64_t> real;
  (void)raw->WalkKeys([&real](uint64_t key) {
    real.push_back(key);
    return true;
  });
  if (const std::string difference = FirstDifference(keys, real); !difference.empty()) {
    Fail(absl::StrCat("the tree's key ", difference));
    return;
  }
  uint64_t nodes = 0;
  model.tree->WalkNodes([&nodes](PhysAddr, unsigned) { return ++nodes != 0; });
  CompareNumbers("pages of the tree", nodes, raw->CountNodes());
  CompareNumbers("pages held for the tree", model.pages.live().size(), raw->LiveNodes());
}

void Beside::CompareNumbers(std::string_view what, uint64_t model, uint64_t real) {
  if (model == real) return;
  Fail(absl::StrCat(std::string(what), ": the kernel has ", Text(real), ", the model ",
                    Text(model)));
}

}  // namespace khofuzz
