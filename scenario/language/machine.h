// The machine of a scenario: its lines, and the valid machine they describe.
#ifndef KHOFUZZ_SCENARIO_LANGUAGE_MACHINE_H_
#define KHOFUZZ_SCENARIO_LANGUAGE_MACHINE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "core/address.h"
#include "core/geometry.h"
#include "core/memblock/memblock.h"
#include "scenario/language/field.h"
#include "scenario/language/limits.h"

namespace khofuzz {

// All sizes in bytes; a power of two each, but for the two addresses.
struct GeometryLine {
  uint64_t page = 4 << 10;
  uint64_t pageblock = 128 << 10;
  uint64_t max_block = 256 << 10;
  uint64_t section = 1 << 20;
  uint64_t extension = 4 << 20;
  uint64_t lowmem = 16 << 20;
  uint64_t dma = 0;

  static constexpr std::string_view kName = "geometry";
  static constexpr std::string_view kDoc =
      "The sizes the kernel is built for. Left out, the tiny geometry: 4K pages, rich structure in "
      "64M. x86-64's: page=4K pageblock=2M max_block=4M section=128M extension=1G lowmem=4G.";
  static constexpr auto Fields() {
    using L = GeometryLine;
    return std::tuple(
        Number("page", &L::page, Kind::kSize, "page size: 4K, 16K or 64K"),
        Number("pageblock", &L::pageblock, Kind::kSize, "bytes that share a migratetype"),
        Number("max_block", &L::max_block, Kind::kSize, "the buddy's largest block"),
        Number("section", &L::section, Kind::kSize, "memory section; nodes begin and end on one"),
        Number("extension", &L::extension, Kind::kSize, "block size of scratch extension"),
        Number("lowmem", &L::lowmem, Kind::kAddress, "lowmem scratch lies below this address"),
        Optional("dma", &L::dma, Kind::kAddress,
                 "where ZONE_DMA ends, in whole blocks of the buddy's; 0: there is none; x86-64's: "
                 "16M"));
  }
  friend bool operator==(const GeometryLine&, const GeometryLine&) = default;
};

struct MemoryBank {
  uint64_t base = 0;
  uint64_t size = 0;
  uint64_t nid = 0;

  static constexpr std::string_view kName = "memory";
  static constexpr std::string_view kDoc = "A bank of memory, page-aligned, owned by one node.";
  static constexpr auto Fields() {
    using L = MemoryBank;
    return std::tuple(Number("base", &L::base, Kind::kAddress, "where it begins"),
                      Number("size", &L::size, Kind::kSize, "how large it is"),
                      Optional("nid", &L::nid, Kind::kNode, "its node"));
  }
  friend bool operator==(const MemoryBank&, const MemoryBank&) = default;
};

struct FirmwareReservation {
  uint64_t base = 0;
  uint64_t size = 0;

  static constexpr std::string_view kName = "firmware";
  static constexpr std::string_view kDoc =
      "A range that firmware keeps: reserved by every kernel before anything else.";
  static constexpr auto Fields() {
    using L = FirmwareReservation;
    return std::tuple(Number("base", &L::base, Kind::kAddress, "where it begins, in bytes"),
                      Number("size", &L::size, Kind::kSize, "how large it is, in bytes"));
  }
  friend bool operator==(const FirmwareReservation&, const FirmwareReservation&) = default;
};

using MachineLine = std::variant<GeometryLine, MemoryBank, FirmwareReservation>;

// A machine that can exist.
struct Machine {
  struct Bank {
    AddrRange range;
    NodeId nid;
  };
  Geometry geometry = TinyGeometry();
  std::vector<Bank> banks;          // sorted, disjoint, never empty
  std::vector<AddrRange> firmware;  // as given

  AddrRange span() const { return {banks.front().range.begin, banks.back().range.end}; }
  uint64_t memory_bytes() const;
  // The node of the bank that holds `at`; kNoNode in a hole.
  NodeId NodeAt(PhysAddr at) const;
  // True if all banks that have a part of `range`, which is not empty, are of one node.
  bool OnOneNode(AddrRange range) const;
  int node_count() const;  // one more than the largest node id
  // What every kernel's memblock holds once it has read the firmware's map.
  Memblock FirmwareMemblock(const Design& design) const;
};

// The machine that `lines` describe, repaired where they describe none: geometry fields rounded to
// the nearest that nest, banks cut to pages and to what is still free, node boundaries moved up to
// section boundaries, a 16M bank where there would be no memory. Total: any lines give a machine.
Machine MachineFrom(const std::vector<MachineLine>& lines);

// A line that MachineFrom() has to repair.
struct MachineProblem {
  size_t line;  // index into the lines
  std::string what;
};
// The first of them; nullopt if MachineFrom(lines) repairs nothing: then the lines say exactly the
// machine that will be played. Lines without memory do: 16M is what they mean.
std::optional<MachineProblem> FindMachineProblem(const std::vector<MachineLine>& lines);
// The same as a status: InvalidArgument "machine line N: ...", counted from 1.
absl::Status CheckMachine(const std::vector<MachineLine>& lines);

// The lines that say `machine`, valid as they are.
std::vector<MachineLine> LinesFor(const Machine& machine);
// The line that says `geometry`.
GeometryLine GeometryLineFor(const Geometry& geometry);

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_LANGUAGE_MACHINE_H_
