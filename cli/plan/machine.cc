#include "cli/plan/machine.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "cli/capture/text.h"
#include "cli/map/units.h"

namespace khofuzz {
namespace {

constexpr uint64_t kFourGib = uint64_t{4} << 30;

// Adds [begin, end) in pieces, each the next node's when the one before has its share.
void AddBanks(AddrRange range, uint64_t share, int nodes, uint64_t section, uint64_t* given,
              std::vector<BootBank>* banks) {
  while (!range.empty()) {
    const NodeId nid =
        static_cast<NodeId>(std::min<uint64_t>(*given / share, static_cast<uint64_t>(nodes) - 1));
    PhysAddr end = range.end;
    if (nid + 1 < nodes) {
      const uint64_t left = (static_cast<uint64_t>(nid) + 1) * share - *given;
      end = std::min(end, AlignUp(range.begin + left, section));
    }
    banks->push_back({{range.begin, end}, nid});
    *given += end - range.begin;
    range.begin = end;
  }
}

}  // namespace

uint64_t PlanMachine::memory() const {
  uint64_t bytes = 0;
  for (const BootBank& bank : banks) bytes += bank.range.size();
  return bytes;
}

int PlanMachine::nodes() const {
  NodeId last = 0;
  for (const BootBank& bank : banks) last = std::max(last, bank.nid);
  return last + 1;
}

PhysAddr PlanMachine::end() const { return banks.empty() ? PhysAddr{0} : banks.back().range.end; }

absl::StatusOr<PlanMachine> MachineOfSize(uint64_t bytes, int nodes, uint64_t low,
                                          const Geometry& geometry) {
  constexpr uint64_t kLeast = uint64_t{64} << 20;
  constexpr uint64_t kMost = uint64_t{1} << 46;
  if (nodes < 1 || nodes > 64) {
    return absl::InvalidArgumentError(absl::StrCat("--nodes ", nodes, ": expected 1 to 64"));
  }
  bytes = AlignDown(bytes, geometry.page_size());
  if (bytes < kLeast * static_cast<uint64_t>(nodes) || bytes > kMost) {
    return absl::InvalidArgumentError(
        absl::StrCat("--memory of ", FormatBytes(bytes), ": expected 64 MiB a node to 64 TiB"));
  }
  if (low < (uint64_t{16} << 20) || low > kFourGib) {
    return absl::InvalidArgumentError(
        absl::StrCat("--low-memory of ", FormatBytes(low), ": expected 16 MiB to 4 GiB"));
  }
  PlanMachine machine;
  machine.geometry = geometry;
  // Up to so much lies below 4 GiB; nodes begin on sections, so the rest does, too.
  const uint64_t below = AlignDown(std::min(bytes, low), geometry.page_size());
  const uint64_t share = bytes / static_cast<uint64_t>(nodes);
  uint64_t given = 0;
  const uint64_t section = geometry.section_bytes();
  AddBanks({PhysAddr{0}, PhysAddr{below}}, share, nodes, section, &given, &machine.banks);
  AddBanks({PhysAddr{kFourGib}, PhysAddr{kFourGib + (bytes - below)}}, share, nodes, section,
           &given, &machine.banks);
  // A PC's first MiB is not for kernels.
  machine.firmware.push_back({PhysAddr{0x1000}, PhysAddr{0x100000}});
  machine.from =
      absl::StrCat(FormatBytes(bytes), " of memory on ", nodes, nodes == 1 ? " node" : " nodes",
                   ", laid out as on a PC: ", FormatBytes(below), " below 4 GiB",
                   bytes > below ? ", the rest from 4 GiB" : "");
  return machine;
}

// A number of bytes below it has lost its unit.
constexpr double kLeastWithoutUnit = 65536;

absl::StatusOr<uint64_t> ParseSize(std::string_view what, std::string_view text) {
  const auto wrong = [&] {
    // "16GB", "16Gb".
    std::string_view meant = text;
    if (meant.ends_with('B') || meant.ends_with('b')) meant.remove_suffix(1);
    const bool unit = meant.size() < text.size() && ParseSize("", meant).ok();
    return absl::InvalidArgumentError(
        absl::StrCat(std::string(what), ": '", std::string(text), "' is no size; ",
                     unit ? absl::StrCat("write ", std::string(meant))
                          : std::string("expected one like 512M or 1.5G")));
  };
  std::string_view digits = text;
  if (digits.ends_with("iB")) digits.remove_suffix(2);
  unsigned shift = 0;
  if (!digits.empty()) {
    const size_t unit = std::string_view("kKmMgGtT").find(digits.back());
    if (unit != std::string_view::npos) {
      shift = 10 * (static_cast<unsigned>(unit) / 2 + 1);
      digits.remove_suffix(1);
    }
  }
  const bool plain = !digits.empty() && std::ranges::all_of(digits, [](char c) {
    return ('0' <= c && c <= '9') || c == '.';
  });
  double number = 0;
  if (!plain || !absl::SimpleAtod(std::string(digits), &number)) return wrong();
  const double bytes = std::ldexp(number, static_cast<int>(shift));
  if (bytes >= std::ldexp(1.0, 62)) return wrong();
  // Nobody means 16 bytes.
  if (what.starts_with("--") && shift == 0 && bytes != 0 && bytes < kLeastWithoutUnit) {
    return absl::InvalidArgumentError(absl::StrCat(std::string(what), ": '", std::string(text),
                                                   "' is that many bytes; expected a unit, as in ",
                                                   std::string(text), "M or ", std::string(text),
                                                   "G"));
  }
  return static_cast<uint64_t>(bytes);
}

absl::StatusOr<Geometry> GeometryOfPageSize(const std::string& page_size) {
  if (page_size.empty() || page_size == "4K" || page_size == "4k") return X86Geometry();
  if (page_size == "16K" || page_size == "16k") return Arm64Geometry16K();
  if (page_size == "64K" || page_size == "64k") return Arm64Geometry64K();
  return absl::InvalidArgumentError(
      absl::StrCat("--page-size ", Quoted(page_size), ": expected 4K, 16K or 64K"));
}

}  // namespace khofuzz
