#include "scenario/language/values.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "core/preserve/block_set.h"
#include "scenario/language/limits.h"

namespace khofuzz {
namespace {

constexpr std::array<std::string_view, 8> kNames = {
    "LUO", "kho_test", "kexec-metadata", "memblock", "a", "", "x/y", "preserved-data"};
constexpr std::string_view kParamBytes = "0123456789KMGTPEkmgx,%+ \n-abcXF";

}  // namespace

ValueSource::ValueSource(const Machine& machine, Rng& rng) : machine_(machine), rng_(rng) {
  const Geometry& g = machine.geometry;
  grains_ = {g.page_size(), g.pageblock_bytes(), g.max_order_bytes(), g.section_bytes(),
             g.extension_bytes()};
}

uint64_t ValueSource::Address() {
  const Machine::Bank& bank = rng_.Pick(machine_.banks);
  const uint64_t page = machine_.geometry.page_size();
  uint64_t at = rng_.OneIn(4) ? (rng_.OneIn(2) ? bank.range.begin.value : bank.range.end.value)
                              : bank.range.begin.value + rng_.Below(bank.range.size());
  at = AlignDown(at, rng_.Pick(grains_));
  // On the edge, a page to either side of it, or well inside.
  switch (rng_.Below(4)) {
    case 0:
      return at + page;
    case 1:
      return at >= page ? at - page : at;
    default:
      return at;
  }
}

uint64_t ValueSource::Size() {
  const uint64_t grain = rng_.Pick(grains_);
  switch (rng_.Below(8)) {
    case 0:
      return 0;
    case 1:
      return grain + machine_.geometry.page_size();
    case 2:
      return grain - machine_.geometry.page_size();
    case 3:
      return rng_.Between(1, grain);
    default:
      return grain * rng_.Between(1, 4);
  }
}

uint64_t ValueSource::Key() {
  const RadixShape shape(machine_.geometry.page_shift, Design());
  switch (rng_.Below(6)) {
    case 0:
      return rng_.Next() >> rng_.Below(64);
    case 1:
      return uint64_t{1} << rng_.Below(64);
    case 2:
      return (uint64_t{1} << rng_.Below(64)) - 1;
    default: {
      const unsigned order = static_cast<unsigned>(rng_.OneIn(2) ? 0 : rng_.Below(12));
      const uint64_t block = machine_.geometry.order_bytes(order);
      return shape.EncodeUnchecked({PhysAddr{AlignDown(Address(), block)}, order});
    }
  }
}

std::string ValueSource::ScratchParams() {
  const auto size = [this] {
    if (rng_.OneIn(4)) return std::string("0");
    // Mostly what fits: any grain but the extension block.
    const uint64_t bytes = rng_.OneIn(8)
                               ? Size()
                               : grains_[rng_.Below(grains_.size() - 1)] * rng_.Between(1, 4) +
                                     (rng_.OneIn(4) ? rng_.Below(4096) : 0);
    return rng_.OneIn(3) ? absl::StrCat("0x", absl::Hex(bytes)) : absl::StrCat(bytes >> 10, "K");
  };
  if (rng_.OneIn(5)) return absl::StrCat(rng_.Below(400), "%");
  return absl::StrCat(size(), ",", size(), ",", size());
}

// Mostly none: a kernel of which much is ZONE_MOVABLE finds less room for all else.
std::string ValueSource::CoreSize() {
  constexpr uint64_t kOneIn = 12;
  if (!rng_.OneIn(kOneIn)) return "";
  if (rng_.OneIn(2)) return absl::StrCat(rng_.Between(1, 99), "%");
  // Rounded up to a buddy block by the kernel.
  const uint64_t bytes = rng_.Below(machine_.memory_bytes());
  return absl::StrCat((rng_.OneIn(2) ? AlignDown(bytes, rng_.Pick(grains_)) : bytes) >> 10, "K");
}

std::string ValueSource::FittingScratch() {
  const uint64_t block = machine_.geometry.scratch_alignment();
  const auto size = [&](uint64_t least) {
    return absl::StrCat((block * rng_.Between(least, 3)) >> 10, "K");
  };
  // Of a node that has the room sometimes more than 32 bits hold.
  constexpr uint64_t kDeep = uint64_t{4} << 30;
  const bool deep = std::ranges::any_of(machine_.banks, [](const Machine::Bank& bank) {
    return bank.range.size() > kDeep + kDeep / 4;
  });
  const std::string node =
      deep && rng_.OneIn(2) ? absl::StrCat((kDeep >> 10) + (block >> 10), "K") : size(0);
  return absl::StrCat(size(0), ",", size(1), ",", node);
}

uint64_t ValueSource::BlockCount() {
  switch (rng_.Below(3)) {
    case 0:
      return 0;
    case 1:
      return EntriesOfBlock(Number(Kind::kCount, 0)) + rng_.Below(2);
    default:
      return Key();
  }
}

uint64_t ValueSource::EntriesOfBlock(uint64_t bytes) const {
  const uint64_t page = machine_.geometry.page_size();
  return EntriesInBlock(page, std::clamp<uint64_t>(bytes, 1, LargestBlockEntry(page)));
}

uint64_t ValueSource::ChunkCount() {
  const uint64_t entries = VmallocBlocksInChunk(machine_.geometry.page_size());
  return entries * rng_.Between(1, 2) - 1 + rng_.Below(3);
}

uint64_t ValueSource::Number(Kind kind, size_t choices) {
  const Geometry& g = machine_.geometry;
  switch (kind) {
    case Kind::kAddress:
      return Address();
    case Kind::kSize:
      return Size();
    case Kind::kPfn:
      return Address() >> g.page_shift;
    case Kind::kCount:
      return rng_.OneIn(4) ? Size() >> g.page_shift : rng_.Below(uint64_t{2} << 2 * rng_.Below(3));
    case Kind::kOrder:
      switch (rng_.Below(8)) {
        case 0:
          return rng_.Below(64);
        case 1:  // as large as an extension block, or two: gigantic
          return g.extension_shift - g.page_shift + rng_.Below(2);
        default:
          return rng_.Below(g.max_page_order + 2);
      }
    case Kind::kNode:
      return rng_.OneIn(4) ? kAnyNode : rng_.Below(static_cast<uint64_t>(machine_.node_count()));
    case Kind::kIndex:
      return rng_.Below(rng_.OneIn(4) ? 512 : 8);
    case Kind::kKey:
      return Key();
    default:
      return choices == 0 ? 0 : rng_.Below(choices);
  }
}

std::string ValueSource::Text(Kind kind) {
  if (kind == Kind::kBytes) {
    std::string bytes;
    for (uint64_t n = rng_.Between(1, 8); n > 0; --n)
      bytes += static_cast<char>(rng_.Next() >> (rng_.OneIn(3) ? 8 : 60));
    return bytes;
  }
  if (kind == Kind::kParams && !rng_.OneIn(8)) return ScratchParams();
  if (kind == Kind::kCore) return CoreSize();
  return std::string(rng_.Pick(kNames));
}

uint64_t ValueSource::Vary(uint64_t value, Kind kind, size_t choices) {
  if (kind == Kind::kChoice || rng_.OneIn(4)) return Number(kind, choices);
  const uint64_t step = kind == Kind::kAddress || kind == Kind::kSize ? rng_.Pick(grains_) : 1;
  switch (rng_.Below(5)) {
    case 0:
      return value + step;
    case 1:
      return value >= step ? value - step : value;
    case 2:
      return value << 1;
    case 3:
      return value >> 1;
    default:
      return value ^ uint64_t { 1 } << rng_.Below(kind == Kind::kKey ? 64 : 32);
  }
}

std::string ValueSource::Vary(const std::string& value, Kind kind) {
  constexpr size_t kLongEnough = 512;
  if (value.empty() || value.size() > kLongEnough || rng_.OneIn(3)) return Text(kind);
  std::string varied = value;
  const size_t at = static_cast<size_t>(rng_.Below(varied.size()));
  const char byte =
      kind == Kind::kBytes ? static_cast<char>(rng_.Next() >> 56) : rng_.Pick(kParamBytes);
  switch (rng_.Below(3)) {
    case 0:
      varied[at] = byte;
      break;
    case 1:
      varied.insert(at, 1, byte);
      break;
    default:
      varied.erase(at, 1);
  }
  return varied;
}

}  // namespace khofuzz
