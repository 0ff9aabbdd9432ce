#include "core/memblock/region.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>

#include "absl/strings/str_cat.h"

namespace khofuzz {
namespace {

struct FlagName {
  MemblockFlags flag;
  std::string_view name;
  std::string_view debugfs;  // where that is spelled differently
};

constexpr std::array<FlagName, 9> kFlagNames = {{
    {kMemblockHotplug, "HOTPLUG", {}},
    {kMemblockMirror, "MIRROR", {}},
    {kMemblockNomap, "NOMAP", {}},
    {kMemblockDriverManaged, "DRIVER_MANAGED", "DRV_MNG"},
    {kMemblockRsrvNoinit, "RSRV_NOINIT", "RSV_NIT"},
    {kMemblockRsrvKern, "RSRV_KERN", "RSV_KERN"},
    {kMemblockKhoScratch, "KHO_SCRATCH", {}},
    {kMemblockRsrvHugetlb, "RSRV_HUGETLB", "RSV_HUGETLB"},
    {kMemblockKhoScratchExt, "KHO_SCRATCH_EXT", {}},
}};

std::optional<MemblockFlags> ParseOneFlag(std::string_view part) {
  if (part.empty()) return std::nullopt;
  for (const FlagName& f : kFlagNames) {
    if (part == f.name || part == f.debugfs) return f.flag;
  }
  if (!part.starts_with("0x")) return std::nullopt;
  part.remove_prefix(2);
  MemblockFlags bits = 0;
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), bits, 16);
  if (error != std::errc() || end != part.data() + part.size()) return std::nullopt;
  return bits;
}

std::string RegionText(const MemblockRegion& r) {
  return absl::StrCat("[0x", absl::Hex(r.base.value), ", 0x", absl::Hex(r.end().value), ")");
}

}  // namespace

std::string MemblockFlagsName(MemblockFlags flags) {
  if (flags == kMemblockNone) return "NONE";
  std::string text;
  const auto add = [&text](std::string_view part) {
    if (!text.empty()) text += '|';
    text += part;
  };
  for (const FlagName& f : kFlagNames) {
    if ((flags & f.flag) != 0) add(f.name);
    flags &= ~f.flag;
  }
  if (flags != 0) add(absl::StrCat("0x", absl::Hex(flags)));
  return text;
}

absl::StatusOr<MemblockFlags> ParseMemblockFlags(std::string_view text) {
  if (text == "NONE") return kMemblockNone;
  MemblockFlags flags = kMemblockNone;
  for (size_t at = 0; at <= text.size();) {
    const std::string_view part = text.substr(at, text.find('|', at) - at);
    const std::optional<MemblockFlags> flag = ParseOneFlag(part);
    if (!flag.has_value()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "memblock flags: byte ", at, ": \"", std::string(part),
          "\" is not a flag; expected NONE, or names such as KHO_SCRATCH joined by |"));
    }
    flags |= *flag;
    at += part.size() + 1;
  }
  return flags;
}

uint64_t MemblockType::total_size() const {
  return std::accumulate(regions.begin(), regions.end(), uint64_t{0},
                         [](uint64_t sum, const MemblockRegion& r) { return sum + r.size; });
}

size_t MemblockType::FirstEndingAbove(PhysAddr at) const {
  const size_t all = regions.size();
  if (all == 0) return 0;
  if (hint.at < all && (hint.at == 0 || regions[hint.at - 1].end() <= at)) {
    if (at < regions[hint.at].end()) return hint.at;
    if (hint.at + 1 < all && at < regions[hint.at + 1].end()) return ++hint.at;
  }
  // By halves; which half is anybody's guess, so a step must not be a branch.
  const MemblockRegion* first = regions.data();
  for (size_t count = all; count > 1;) {
    const size_t half = count / 2;
    first += first[half - 1].end() <= at ? half : 0;
    count -= half;
  }
  return hint.at = static_cast<size_t>(first - regions.data()) + (first->end() <= at ? 1 : 0);
}

std::optional<size_t> MemblockType::Search(PhysAddr at) const {
  const size_t i = FirstEndingAbove(at);
  if (i == cnt() || at < regions[i].base) return std::nullopt;
  return i;
}

bool MemblockType::Overlaps(AddrRange range) const {
  if (range.empty()) return false;
  const size_t i = FirstEndingAbove(range.begin);
  return i < cnt() && regions[i].base < range.end;
}

bool MemblockType::Covers(AddrRange range) const {
  PhysAddr at = range.begin;
  for (size_t i = FirstEndingAbove(at); at < range.end; at = regions[i++].end()) {
    if (i == cnt() || at < regions[i].base) return false;
  }
  return true;
}

absl::Status MemblockType::CheckShape() const {
  const auto bad = [this](size_t i, auto&&... what) {
    return absl::InvalidArgumentError(
        absl::StrCat(std::string(name), "[", i, "] ", RegionText(regions[i]), ": ", what...));
  };
  for (size_t i = 0; i < cnt(); ++i) {
    const MemblockRegion& r = regions[i];
    if (r.size == 0) return bad(i, "is empty; an array holds no empty regions");
    if (r.size > kPhysAddrMax - r.base) {
      return bad(i, "size 0x", absl::Hex(r.size), " ends beyond the highest address");
    }
    if (i == 0) continue;
    const MemblockRegion& before = regions[i - 1];
    if (r.base < before.end()) {
      return bad(i, "begins before the end of [", i - 1, "] ", RegionText(before),
                 "; expected sorted regions without overlap");
    }
    if (r.base == before.end() && r.nid == before.nid && r.flags == before.flags) {
      return bad(i, "touches [", i - 1, "] ", RegionText(before), " with the same node ", r.nid,
                 " and flags ", MemblockFlagsName(r.flags), "; expected one merged region");
    }
  }
  if (cnt() > max) {
    return absl::InvalidArgumentError(absl::StrCat(
        std::string(name), "[", max, "]: the array has room for ", max, " regions, not ", cnt()));
  }
  return absl::OkStatus();
}

}  // namespace khofuzz
