#include "cli/fuzz/booted_quirks.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace khofuzz {
namespace {

struct Booted {
  std::string_view design, release;
};
constexpr std::array kBooted = {Booted{"linux-7.3", "7.3.4"}, Booted{"linux-7.2", "7.2.12"}};

// Which of these have the quirk, by number: they show the same of it.
enum class Of : uint8_t { k73 = 1, k72 = 2, kBoth = 3 };
struct Row {
  std::string_view quirk;
  Of of;
  bool confirmed;
  std::string_view what;
};

// The figures are those of cli/vm/recorded, whose scenarios `tools/check-vm TREE` boots again.
constexpr auto kRows = std::to_array<Row>({
    {"extend-leaves-partial-marks", Of::k73, false,
     "memblock's allocation must fail before the kernel can be told to make one fail"},
    {"memblock-frees-array-first", Of::kBoth, false,
     "memblock's array must be full before the kernel can be told to make an allocation fail"},
    {"memblock-array-in-pending", Of::kBoth, false,
     "memblock's array must be full before the kernel can be told to make an allocation fail"},
    {"blocks-compare-ends", Of::kBoth, false,
     "memory of one node on both sides of another's is two nodes in QEMU"},
    {"restore-ignores-nodes", Of::kBoth, true,
     "kho_restore_pages() returns the first page of 256 MiB on two nodes; page->private of the "
     "part on node 1 is still KHO's magic"},
    {"restore-stops-halfway", Of::kBoth, true,
     "kho_restore_vmalloc() fails for want of the vmalloc area; called once more it WARNs in "
     "kho_restore_page() and fails"},
    {"absent-memory-retrieved", Of::kBoth, true,
     "the successor, without the memory that was preserved, panics by a page fault below "
     "kho_preserved_memory_reserve()"},
    {"populate-keeps-partial-marks", Of::kBoth, false,
     "it cannot be reached: marking fails only where memblock's array is full, and there the "
     "kernel panics"},
    {"kho-off-still-inherits", Of::kBoth, true,
     "a successor with kho=off says \"found kexec handover data\", and has 96 CMA pageblocks with "
     "KHO off"},
    {"init-failure-frees-inherited-bootmem", Of::kBoth, true,
     "a successor with debugfs=off panics in free_reserved_area() below kho_init()"},
    {"reserve-mem-in-bootmem", Of::kBoth, true,
     "a new reserve_mem= area of a handover boot lies in bootmem, and the next kernel revives it "
     "there"},
    {"reserve-mem-rounds-down", Of::kBoth, true,
     "the page at the end of a reserve_mem= area of 6 KiB is some file's in the successor that "
     "revives it"},
    {"scratch-overlap-counts-empty", Of::k73, false,
     "the empty area would have to lie within 1 GiB of free memory, and a PC has devices below 4 "
     "GiB"},
    {"retrieve-ignores-failures", Of::kBoth, false,
     "memblock's array must be full before the kernel can be told to make an allocation fail"},
    {"reserved-node-of-start", Of::kBoth, true,
     "page->flags of ACPI tables in a hole at the end of node 1 are those of node 0 and ZONE_DMA"},
    {"reserve-failure-keeps-table", Of::k73, true,
     "\"Failed to reserve scratch area, disabling kexec handover\", then 16 CMA pageblocks with "
     "KHO off"},
    {"vmalloc-undo-forgets-order", Of::kBoth, true,
     "kho_preserve_vmalloc() fails, and the successor has its blocks preserved: KHO's magic and "
     "order 9 in page->private"},
    {"reserve-undo-piecewise", Of::kBoth, false,
     "it shows in memblock.reserved only, which x86-64 does not keep"},
    {"restore-counts-in-one-zone", Of::kBoth, true,
     "after kho_restore_pages() of 16 MiB in two zones /proc/zoneinfo has all 4096 pages in the "
     "lower one"},
    {"late-free-drops-reservation", Of::kBoth, false,
     "nothing that a command line asks for gives memory back that early"},
    {"release-ignores-refusal", Of::kBoth, false,
     "nothing that a command line asks for gives memory back that early"},
    {"release-keeps-preservation", Of::kBoth, true,
     "the successor revives the reserve_mem= area that was released, and its first page has KHO's "
     "magic"},
    {"block-chain-trusted", Of::kBoth, false,
     "no code of the kernel that is built for these boots reads a block set, so nobody can be "
     "handed a damaged one"},
    {"tree-trusted", Of::kBoth, false,
     "what is handed over would have to be damaged between the two kernels, which nothing that is "
     "booted can do"},
    {"subtree-trusted", Of::kBoth, false,
     "what is handed over would have to be damaged between the two kernels, which nothing that is "
     "booted can do"},
    {"subtree-while-off", Of::kBoth, false,
     "no code of the kernel that is built for these boots adds a subtree without asking whether "
     "KHO "
     "is on"},
    {"radix-wide-keys-alias", Of::k72, false,
     "no memory of a machine has an address whose key is wider than the tree"},
    {"type-by-memblock-flag", Of::k72, false,
     "as long as nothing but bootmem carries the flag it makes no difference, and 7.2 extends "
     "nothing"},
    {"hugetlb-counts-in-sizing", Of::k72, true,
     "on 6 GiB with hugepagesz=1G hugepages=1 and no kho_scratch= it is \"Failed to reserve global "
     "scratch buffer\", and KHO is off; 7.3.4 has its areas there"},
    {"kdump-reserves-bootmem", Of::k72, false,
     "nobody loads a crash kernel, and the kernels that are booted have no CRASH_DUMP"},
    {"never-extends", Of::k72, true,
     "a successor on 4 GiB with three areas of 16 MiB panics in mm_core_init_early(), since memmap "
     "has no room; 7.3.4 comes up there"},
    {"init-undo-keeps-nodes", Of::k72, false,
     "pages of the tree leak where kho_init() fails, and no file of the kernel's counts them"},
    {"hugetlb-by-plain-alloc", Of::k72, true,
     "a gigantic page of a handover boot lies in bootmem: 832 CMA pageblocks where the areas "
     "overlap 1344"},
    {"hugetlb-before-zones", Of::k72, false,
     "a page across the start of ZONE_MOVABLE is allocated and says \"1 invalid page discarded\", "
     "but what merging reads meanwhile is not seen"},
});

std::vector<BootedQuirk> ReleaseByRelease() {
  std::vector<BootedQuirk> all;
  for (size_t i = 0; i < kBooted.size(); ++i) {
    for (const Row& row : kRows) {
      if ((static_cast<unsigned>(row.of) >> i & 1) == 0) continue;
      all.push_back({row.quirk, kBooted[i].design, kBooted[i].release, row.confirmed, row.what});
    }
  }
  return all;
}

}  // namespace

std::span<const BootedQuirk> BootedQuirks() {
  static const std::vector<BootedQuirk> all = ReleaseByRelease();
  return all;
}

std::vector<std::string> TellBootedQuirks(const std::string& quirks, std::string_view design) {
  const bool booted = std::ranges::find(kBooted, design, &Booted::design) != kBooted.end();
  const std::vector<std::string> names = absl::StrSplit(quirks, '+', absl::SkipEmpty());
  std::vector<std::string> told;
  for (const std::string& name : names) {
    for (const BootedQuirk& row : BootedQuirks()) {
      if (row.quirk != name || (booted && row.design != design)) continue;
      told.push_back(absl::StrCat(name, row.confirmed ? " was seen" : " was not seen",
                                  " on a booted ", std::string(row.release), ": ",
                                  std::string(row.what), "."));
    }
  }
  return told;
}

}  // namespace khofuzz
