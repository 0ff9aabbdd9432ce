// The ops of a machine's whole life: what a boot is asked to do, what a running kernel does, kexec.
//
// Those that describe a boot apply to the next one: the cold boot, as long as no kernel runs, and
// afterwards the successor's. An op that needs a running kernel boots one.
#ifndef KHOFUZZ_SCENARIO_LANGUAGE_OPS_LIFE_H_
#define KHOFUZZ_SCENARIO_LANGUAGE_OPS_LIFE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "scenario/language/choices.h"
#include "scenario/language/field.h"

namespace khofuzz {

class State;

namespace op {

// ---- what the next boot is asked to do --------------------------------------------------------

struct BootWith {
  bool kho_off = false, kdump = false, keep_memblock = false, device_tree = false;
  bool bottom_up = false;
  uint64_t threads = 1, schedule = 0, memblock_entries = 0, crashkernel = 0;
  std::string scratch, kernelcore, movablecore;
  static constexpr std::string_view kName = "boot_with";
  static constexpr std::string_view kDoc =
      "The next boot's configuration and command line; what is left out is as usual.";
  static constexpr auto Fields() {
    using L = BootWith;
    return std::tuple(
        Field<L, std::string>{"scratch", &L::scratch, Kind::kParams, "kho_scratch=, if not empty",
                              true},
        Field<L, std::string>{"kernelcore", &L::kernelcore, Kind::kCore,
                              "kernelcore=, if not empty; \"mirror\" is not played", true},
        Field<L, std::string>{"movablecore", &L::movablecore, Kind::kCore,
                              "movablecore=, if not empty", true},
        Optional("crashkernel", &L::crashkernel, Kind::kSize,
                 "crashkernel=, memory that is kept for load_crash; 0: not given"),
        Optional("threads", &L::threads, Kind::kCount, "per node, for deferred initialisation"),
        Optional("schedule", &L::schedule, Kind::kKey,
                 "who of them goes next, as a seed; 0: one after another"),
        Optional("memblock_entries", &L::memblock_entries, Kind::kCount,
                 "room in memblock's arrays before they double; 0: 128, as in the kernel"),
        Flag("kho_off", &L::kho_off, "kho=off"), Flag("kdump", &L::kdump, "a crash kernel"),
        Flag("keep_memblock", &L::keep_memblock, "ARCH_KEEP_MEMBLOCK"),
        Flag("device_tree", &L::device_tree, "the firmware's map comes before kho_populate()"),
        Flag("bottom_up", &L::bottom_up, "memblock allocates from low addresses"));
  }
  void Perform(State& state) const;
  friend bool operator==(const BootWith&, const BootWith&) = default;
};

struct EarlyAlloc {
  uint64_t size = 0, align = 0, nid = kAnyNode, end = 0;
  static constexpr std::string_view kName = "early_alloc";
  static constexpr std::string_view kDoc =
      "The next boot allocates from memblock before its struct pages exist; so does every boot "
      "after it.";
  static constexpr auto Fields() {
    using L = EarlyAlloc;
    return std::tuple(
        Number("size", &L::size, Kind::kSize, "how much"),
        Optional("align", &L::align, Kind::kSize, "rounded to a power of two, at least 64 bytes"),
        Optional("nid", &L::nid, Kind::kNode, "the node to prefer"),
        Optional("end", &L::end, Kind::kAddress, "nothing at or above it; 0: no limit"));
  }
  void Perform(State& state) const;
  friend bool operator==(const EarlyAlloc&, const EarlyAlloc&) = default;
};

struct EarlyReserve {
  uint64_t base = 0, size = 0;
  bool nomap = false;
  static constexpr std::string_view kName = "early_reserve";
  static constexpr std::string_view kDoc =
      "Firmware keeps a range from all kernels; only before the first has booted.";
  static constexpr auto Fields() {
    using L = EarlyReserve;
    return std::tuple(Number("base", &L::base, Kind::kAddress, "where it begins"),
                      Number("size", &L::size, Kind::kSize, "how large it is"),
                      Flag("nomap", &L::nomap, "as NOMAP memory, in whole pages"));
  }
  void Perform(State& state) const;
  friend bool operator==(const EarlyReserve&, const EarlyReserve&) = default;
};

struct Hugetlb {
  uint64_t order = 0, count = 1, nid = kAnyNode;
  static constexpr std::string_view kName = "hugetlb";
  static constexpr std::string_view kDoc =
      "hugepages= on the next boot's command line: gigantic pages from memblock.";
  static constexpr auto Fields() {
    using L = Hugetlb;
    return std::tuple(Number("order", &L::order, Kind::kOrder, "above MAX_PAGE_ORDER"),
                      Optional("count", &L::count, Kind::kCount, "how many"),
                      Optional("nid", &L::nid, Kind::kNode, "on this node only"));
  }
  void Perform(State& state) const;
  friend bool operator==(const Hugetlb&, const Hugetlb&) = default;
};

struct ReserveMem {
  uint64_t size = 0, align = 0, name = 0;
  static constexpr std::string_view kName = "reserve_mem";
  static constexpr std::string_view kDoc =
      "reserve_mem= on the command line of the next boot and every one after it.";
  static constexpr auto Fields() {
    using L = ReserveMem;
    return std::tuple(
        Number("size", &L::size, Kind::kSize, "how much"),
        Optional("align", &L::align, Kind::kSize, "rounded to a power of two"),
        Optional(
            "name", &L::name, Kind::kIndex,
            "which name of eight, of which three are refused: two are too long, one is blank; a "
            "second area of the same name is not taken"));
  }
  void Perform(State& state) const;
  friend bool operator==(const ReserveMem&, const ReserveMem&) = default;
};

struct EarlyPages {
  uint64_t order = 0, count = 1, nid = kAnyNode;
  bool movable = false;
  static constexpr std::string_view kName = "early_pages";
  static constexpr std::string_view kDoc =
      "The next boot allocates pages before deferred initialisation; a zone without room grows.";
  static constexpr auto Fields() {
    using L = EarlyPages;
    return std::tuple(Number("order", &L::order, Kind::kOrder, "2^order pages"),
                      Optional("count", &L::count, Kind::kCount, "how many such blocks"),
                      Optional("nid", &L::nid, Kind::kNode, "on this node only"),
                      Flag("movable", &L::movable, "movable pages, which CMA may give"));
  }
  void Perform(State& state) const;
  friend bool operator==(const EarlyPages&, const EarlyPages&) = default;
};

struct EarlyFree {
  uint64_t index = 0, by = 0;
  static constexpr std::string_view kName = "early_free";
  static constexpr std::string_view kDoc =
      "As free_reserved, by the next boot between memblock_free_all() and deferred "
      "initialisation, when it must be refused with a WARN and change nothing.";
  static constexpr auto Fields() {
    using L = EarlyFree;
    return std::tuple(
        Number("index", &L::index, Kind::kIndex, "which of them, oldest first"),
        Field<L, uint64_t>{"by", &L::by, Kind::kChoice, "the call", true, kFreeByNames});
  }
  void Perform(State& state) const;
  friend bool operator==(const EarlyFree&, const EarlyFree&) = default;
};

struct Harmless {
  uint64_t which = 0;
  static constexpr std::string_view kName = "harmless";
  static constexpr std::string_view kDoc =
      "From the next boot on kernels have these quirks too, of those that are declared harmless.";
  static constexpr auto Fields() {
    return std::tuple(Number("which", &Harmless::which, Kind::kKey,
                             "a bit for each harmless quirk, in the catalogue's order"));
  }
  void Perform(State& state) const;
  friend bool operator==(const Harmless&, const Harmless&) = default;
};

struct Boot {
  static constexpr std::string_view kName = "boot";
  static constexpr std::string_view kDoc = "Boots the next kernel; without effect while one runs.";
  static constexpr auto Fields() { return std::tuple(); }
  void Perform(State& state) const;
  friend bool operator==(const Boot&, const Boot&) = default;
};

struct Kexec {
  uint64_t image = 0;
  static constexpr std::string_view kName = "kexec";
  static constexpr std::string_view kDoc =
      "Hands over: the running kernel loads the next one into bootmem and is over.";
  static constexpr auto Fields() {
    return std::tuple(Optional(
        "image", &Kexec::image, Kind::kSize,
        "size of the kernel image and initrd, which bootmem must have room for in one piece"));
  }
  void Perform(State& state) const;
  friend bool operator==(const Kexec&, const Kexec&) = default;
};

struct Unplug {
  uint64_t index = 0;
  static constexpr std::string_view kName = "unplug";
  static constexpr std::string_view kDoc =
      "A bank of memory is gone when the next kernel boots, unless it is the last one or the "
      "handover itself lies in it.";
  static constexpr auto Fields() {
    return std::tuple(Number("index", &Unplug::index, Kind::kIndex, "which of those present"));
  }
  void Perform(State& state) const;
  friend bool operator==(const Unplug&, const Unplug&) = default;
};

struct Plug {
  uint64_t index = 0;
  static constexpr std::string_view kName = "plug";
  static constexpr std::string_view kDoc =
      "A bank of memory that is gone is there again when the next kernel boots: new memory, if it "
      "was unplugged before the first.";
  static constexpr auto Fields() {
    return std::tuple(Number("index", &Plug::index, Kind::kIndex, "which of those gone"));
  }
  void Perform(State& state) const;
  friend bool operator==(const Plug&, const Plug&) = default;
};

// ---- a running kernel -------------------------------------------------------------------------

struct AllocPages {
  uint64_t pfn = 0, order = 0, nid = kAnyNode;
  bool movable = false;
  static constexpr std::string_view kName = "alloc_pages";
  static constexpr std::string_view kDoc =
      "Takes pages at the first free place at or above a page, and holds them.";
  static constexpr auto Fields() {
    using L = AllocPages;
    return std::tuple(Number("pfn", &L::pfn, Kind::kPfn, "where to look first"),
                      Optional("order", &L::order, Kind::kOrder, "2^order pages"),
                      Optional("nid", &L::nid, Kind::kNode, "on this node only"),
                      Flag("movable", &L::movable, "movable pages, which CMA may give"));
  }
  void Perform(State& state) const;
  friend bool operator==(const AllocPages&, const AllocPages&) = default;
};

struct FreePages {
  uint64_t index = 0;
  static constexpr std::string_view kName = "free_pages";
  static constexpr std::string_view kDoc = "Frees something held and not preserved.";
  static constexpr auto Fields() {
    return std::tuple(Number("index", &FreePages::index, Kind::kIndex, "which, oldest first"));
  }
  void Perform(State& state) const;
  friend bool operator==(const FreePages&, const FreePages&) = default;
};

struct FreeReserved {
  uint64_t index = 0, by = 0;
  static constexpr std::string_view kName = "free_reserved";
  static constexpr std::string_view kDoc =
      "Gives back what early_reserve has reserved, as far as it is nobody else's, or releases a "
      "reserve_mem area by its name. Firmware's memory is ordinary memory for good then.";
  static constexpr auto Fields() {
    using L = FreeReserved;
    return std::tuple(
        Number("index", &L::index, Kind::kIndex, "which of them, oldest first"),
        Field<L, uint64_t>{"by", &L::by, Kind::kChoice, "the call", true, kFreeByNames});
  }
  void Perform(State& state) const;
  friend bool operator==(const FreeReserved&, const FreeReserved&) = default;
};

struct OfflineMemory {
  uint64_t base = 0, size = 1;
  static constexpr std::string_view kName = "offline_memory";
  static constexpr std::string_view kDoc =
      "offline_and_remove_memory() of the memory blocks, sections here, that a range touches: all "
      "of them, or none. Movable pages migrate first; a block with a hole, of two zones, or with a "
      "page that is CMA (as bootmem is), reserved, preserved or in use otherwise is refused. The "
      "next kernel does not have that memory, unless plug brings it back.";
  static constexpr auto Fields() {
    using L = OfflineMemory;
    return std::tuple(Number("base", &L::base, Kind::kAddress, "where it begins"),
                      Optional("size", &L::size, Kind::kSize, "how large it is"));
  }
  void Perform(State& state) const;
  friend bool operator==(const OfflineMemory&, const OfflineMemory&) = default;
};

struct PreserveHeld {
  uint64_t index = 0;
  static constexpr std::string_view kName = "preserve_held";
  static constexpr std::string_view kDoc =
      "Preserves something held: allocated or restored pages, or a gigantic page. Movable pages "
      "migrate out of CMA and ZONE_MOVABLE first.";
  static constexpr auto Fields() {
    return std::tuple(Number("index", &PreserveHeld::index, Kind::kIndex, "which, oldest first"));
  }
  void Perform(State& state) const;
  friend bool operator==(const PreserveHeld&, const PreserveHeld&) = default;
};

struct PreserveVmalloc {
  uint64_t pfn = 0, nr = 1, order = 0;
  static constexpr std::string_view kName = "preserve_vmalloc";
  static constexpr std::string_view kDoc = "kho_preserve_vmalloc() of an area of new pages.";
  static constexpr auto Fields() {
    using L = PreserveVmalloc;
    return std::tuple(Number("pfn", &L::pfn, Kind::kPfn, "where to look for its pages first"),
                      Number("nr", &L::nr, Kind::kCount, "how many blocks"),
                      Optional("order", &L::order, Kind::kOrder, "of each block"));
  }
  void Perform(State& state) const;
  friend bool operator==(const PreserveVmalloc&, const PreserveVmalloc&) = default;
};

struct LoadCrash {
  uint64_t image = 1;
  static constexpr std::string_view kName = "load_crash";
  static constexpr std::string_view kDoc =
      "kexec_file_load() of a crash kernel into what crashkernel= keeps. It is never booted: "
      "boot_with kdump is such a kernel by itself.";
  static constexpr auto Fields() {
    return std::tuple(Number("image", &LoadCrash::image, Kind::kSize, "how large it is"));
  }
  void Perform(State& state) const;
  friend bool operator==(const LoadCrash&, const LoadCrash&) = default;
};

struct OwnTest {
  uint64_t size = 0;
  static constexpr std::string_view kName = "own_test";
  static constexpr std::string_view kDoc =
      "Loads the kernel's own test of KHO (lib/test_kho.c), once in each kernel: it saves folios, "
      "a vmalloc area and a subtree, or restores what the kernel before has saved; not where "
      "somebody else's subtree of its name is handed over.";
  static constexpr auto Fields() {
    return std::tuple(Number("size", &OwnTest::size, Kind::kSize, "max_mem=, at most 4 MiB"));
  }
  void Perform(State& state) const;
  friend bool operator==(const OwnTest&, const OwnTest&) = default;
};

struct PreserveBlocks {
  uint64_t entries = 1, size = 1, spare = 0;
  static constexpr std::string_view kName = "preserve_blocks";
  static constexpr std::string_view kDoc =
      "A kho_block set of new entries: it grows, shrinks by what it has too much of, and is "
      "written. "
      "Unpreserving and restoring it destroy it, and restoring reads all entries before.";
  static constexpr auto Fields() {
    using L = PreserveBlocks;
    return std::tuple(
        Number("entries", &L::entries, Kind::kCount, "how many"),
        Number("size", &L::size, Kind::kCount, "bytes of each; what is above a block's is cut"),
        Optional("spare", &L::spare, Kind::kCount, "for how many more it had grown"));
  }
  void Perform(State& state) const;
  friend bool operator==(const PreserveBlocks&, const PreserveBlocks&) = default;
};

struct PokeBlock {
  uint64_t index = 0, block = 0, what = 0, value = 0;
  static constexpr std::string_view kName = "poke_block";
  static constexpr std::string_view kDoc =
      "Damages a kho_block set that is handed over: the address of a block's successor, or how "
      "many entries a block says that it has; or another block of any set becomes its successor: a "
      "circle, or a short cut.";
  static constexpr auto Fields() {
    using L = PokeBlock;
    return std::tuple(
        Number("index", &L::index, Kind::kIndex, "which set, oldest first"),
        Number("block", &L::block, Kind::kIndex, "which block of it"),
        Choice("what", &L::what, kPokeBlockNames, "the word, or that a block is linked"),
        Number("value", &L::value, Kind::kKey,
               "any 64 bits; of link which block of all sets, of count modulo twice what fits"));
  }
  void Perform(State& state) const;
  friend bool operator==(const PokeBlock&, const PokeBlock&) = default;
};

struct Restore {
  uint64_t index = 0, how = 0;
  static constexpr std::string_view kName = "restore";
  static constexpr std::string_view kDoc =
      "Asks for something that was handed over; it is then held. Asking again, or for a range that "
      "begins a page late, must be refused. A folio may be restored and freed at once: "
      "kho_restore_free().";
  static constexpr auto Fields() {
    using L = Restore;
    return std::tuple(
        Number("index", &L::index, Kind::kIndex, "which, oldest first"),
        Field<L, uint64_t>{"how", &L::how, Kind::kChoice,
                           "the range asked for, or that it is freed", true, kRestoreHowNames});
  }
  void Perform(State& state) const;
  friend bool operator==(const Restore&, const Restore&) = default;
};

}  // namespace op
}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_LANGUAGE_OPS_LIFE_H_
