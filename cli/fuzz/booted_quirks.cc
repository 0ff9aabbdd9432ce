#include "cli/fuzz/booted_quirks.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace khofuzz {
namespace {

// The figures are those of cli/vm/recorded, whose scenarios `tools/check-vm TREE` boots again.
constexpr auto kRows = std::to_array<BootedQuirk>({
    {"extend-leaves-partial-marks", "linux-7.3", "7.3.4", false,
     "memblock's allocation must fail before the kernel can be told to make one fail"},
    {"memblock-frees-array-first", "linux-7.3", "7.3.4", false,
     "memblock's array must be full before the kernel can be told to make an allocation fail"},
    {"memblock-array-in-pending", "linux-7.3", "7.3.4", false,
     "memblock's array must be full before the kernel can be told to make an allocation fail"},
    {"blocks-compare-ends", "linux-7.3", "7.3.4", false,
     "memory of one node on both sides of another's is two nodes in QEMU"},
    {"restore-ignores-nodes", "linux-7.3", "7.3.4", true,
     "kho_restore_pages() returns the first page of 256 MiB on two nodes; page->private of the "
     "part on node 1 is still KHO's magic"},
    {"restore-stops-halfway", "linux-7.3", "7.3.4", true,
     "kho_restore_vmalloc() fails for want of the vmalloc area; called once more it WARNs in "
     "kho_restore_page() and fails"},
    {"absent-memory-retrieved", "linux-7.3", "7.3.4", true,
     "the successor, without the memory that was preserved, panics by a page fault below "
     "kho_preserved_memory_reserve()"},
    {"populate-keeps-partial-marks", "linux-7.3", "7.3.4", false,
     "it cannot be reached: marking fails only where memblock's array is full, and there the "
     "kernel panics"},
    {"kho-off-still-inherits", "linux-7.3", "7.3.4", true,
     "a successor with kho=off says \"found kexec handover data\", and has 96 CMA pageblocks with "
     "KHO off"},
    {"init-failure-frees-inherited-bootmem", "linux-7.3", "7.3.4", true,
     "a successor with debugfs=off panics in free_reserved_area() below kho_init()"},
    {"reserve-mem-in-bootmem", "linux-7.3", "7.3.4", true,
     "a new reserve_mem= area of a handover boot lies in bootmem, and the next kernel revives it "
     "there"},
    {"reserve-mem-rounds-down", "linux-7.3", "7.3.4", true,
     "the page at the end of a reserve_mem= area of 6 KiB is some file's in the successor that "
     "revives it"},
    {"scratch-overlap-counts-empty", "linux-7.3", "7.3.4", false,
     "the empty area would have to lie within 1 GiB of free memory, and a PC has devices below 4 "
     "GiB"},
    {"retrieve-ignores-failures", "linux-7.3", "7.3.4", false,
     "memblock's array must be full before the kernel can be told to make an allocation fail"},
    {"reserved-node-of-start", "linux-7.3", "7.3.4", true,
     "page->flags of ACPI tables in a hole at the end of node 1 are those of node 0 and ZONE_DMA"},
    {"reserve-failure-keeps-table", "linux-7.3", "7.3.4", true,
     "\"Failed to reserve scratch area, disabling kexec handover\", then 16 CMA pageblocks with "
     "KHO off"},
    {"vmalloc-undo-forgets-order", "linux-7.3", "7.3.4", true,
     "kho_preserve_vmalloc() fails, and the successor has its blocks preserved: KHO's magic and "
     "order 9 in page->private"},
    {"reserve-undo-piecewise", "linux-7.3", "7.3.4", false,
     "it shows in memblock.reserved only, which x86-64 does not keep"},
    {"restore-counts-in-one-zone", "linux-7.3", "7.3.4", true,
     "after kho_restore_pages() of 16 MiB in two zones /proc/zoneinfo has all 4096 pages in the "
     "lower one"},
    {"late-free-drops-reservation", "linux-7.3", "7.3.4", false,
     "nothing that a command line asks for gives memory back that early"},
    {"release-ignores-refusal", "linux-7.3", "7.3.4", false,
     "nothing that a command line asks for gives memory back that early"},
    {"release-keeps-preservation", "linux-7.3", "7.3.4", true,
     "the successor revives the reserve_mem= area that was released, and its first page has KHO's "
     "magic"},
    {"block-chain-trusted", "linux-7.3", "7.3.4", false,
     "no code of the kernel that is built for these boots reads a block set, so nobody can be "
     "handed a damaged one"},
    {"radix-wide-keys-alias", "linux-7.2", "7.2.12", false,
     "no memory of a machine has an address whose key is wider than the tree"},
    {"block-chain-trusted", "linux-7.2", "7.2.12", false,
     "no code of the kernel that is built for these boots reads a block set, so nobody can be "
     "handed a damaged one"},
    {"memblock-frees-array-first", "linux-7.2", "7.2.12", false,
     "memblock's array must be full before the kernel can be told to make an allocation fail"},
    {"memblock-array-in-pending", "linux-7.2", "7.2.12", false,
     "memblock's array must be full before the kernel can be told to make an allocation fail"},
    {"type-by-memblock-flag", "linux-7.2", "7.2.12", false,
     "as long as nothing but bootmem carries the flag it makes no difference, and 7.2 extends "
     "nothing"},
    {"blocks-compare-ends", "linux-7.2", "7.2.12", false,
     "memory of one node on both sides of another's is two nodes in QEMU"},
    {"restore-ignores-nodes", "linux-7.2", "7.2.12", true,
     "kho_restore_pages() returns the first page of 256 MiB on two nodes; page->private of the "
     "part on node 1 is still KHO's magic"},
    {"restore-stops-halfway", "linux-7.2", "7.2.12", true,
     "kho_restore_vmalloc() fails for want of the vmalloc area; called once more it WARNs in "
     "kho_restore_page() and fails"},
    {"absent-memory-retrieved", "linux-7.2", "7.2.12", true,
     "the successor, without the memory that was preserved, panics by a page fault below "
     "kho_preserved_memory_reserve()"},
    {"hugetlb-counts-in-sizing", "linux-7.2", "7.2.12", true,
     "on 6 GiB with hugepagesz=1G hugepages=1 and no kho_scratch= it is \"Failed to reserve global "
     "scratch buffer\", and KHO is off; 7.3.4 has its areas there"},
    {"kdump-reserves-bootmem", "linux-7.2", "7.2.12", false,
     "nobody loads a crash kernel, and the kernels that are booted have no CRASH_DUMP"},
    {"populate-keeps-partial-marks", "linux-7.2", "7.2.12", false,
     "it cannot be reached: marking fails only where memblock's array is full, and there the "
     "kernel panics"},
    {"kho-off-still-inherits", "linux-7.2", "7.2.12", true,
     "a successor with kho=off says \"found kexec handover data\", and has 96 CMA pageblocks with "
     "KHO off"},
    {"init-failure-frees-inherited-bootmem", "linux-7.2", "7.2.12", true,
     "a successor with debugfs=off panics in free_reserved_area() below kho_init()"},
    {"reserve-mem-in-bootmem", "linux-7.2", "7.2.12", true,
     "a new reserve_mem= area of a handover boot lies in bootmem, and the next kernel revives it "
     "there"},
    {"reserve-mem-rounds-down", "linux-7.2", "7.2.12", true,
     "the page at the end of a reserve_mem= area of 6 KiB is some file's in the successor that "
     "revives it"},
    {"retrieve-ignores-failures", "linux-7.2", "7.2.12", false,
     "memblock's array must be full before the kernel can be told to make an allocation fail"},
    {"reserved-node-of-start", "linux-7.2", "7.2.12", true,
     "page->flags of ACPI tables in a hole at the end of node 1 are those of node 0 and ZONE_DMA"},
    {"vmalloc-undo-forgets-order", "linux-7.2", "7.2.12", true,
     "kho_preserve_vmalloc() fails, and the successor has its blocks preserved: KHO's magic and "
     "order 9 in page->private"},
    {"never-extends", "linux-7.2", "7.2.12", true,
     "a successor on 4 GiB with three areas of 16 MiB panics in mm_core_init_early(), since memmap "
     "has no room; 7.3.4 comes up there"},
    {"init-undo-keeps-nodes", "linux-7.2", "7.2.12", false,
     "pages of the tree leak where kho_init() fails, and no file of the kernel's counts them"},
    {"hugetlb-by-plain-alloc", "linux-7.2", "7.2.12", true,
     "a gigantic page of a handover boot lies in bootmem: 832 CMA pageblocks where the areas "
     "overlap 1344"},
    {"hugetlb-before-zones", "linux-7.2", "7.2.12", false,
     "a page across the start of ZONE_MOVABLE is allocated and says \"1 invalid page discarded\", "
     "but what merging reads meanwhile is not seen"},
    {"reserve-undo-piecewise", "linux-7.2", "7.2.12", false,
     "it shows in memblock.reserved only, which x86-64 does not keep"},
    {"restore-counts-in-one-zone", "linux-7.2", "7.2.12", true,
     "after kho_restore_pages() of 16 MiB in two zones /proc/zoneinfo has all 4096 pages in the "
     "lower one"},
    {"late-free-drops-reservation", "linux-7.2", "7.2.12", false,
     "nothing that a command line asks for gives memory back that early"},
    {"release-ignores-refusal", "linux-7.2", "7.2.12", false,
     "nothing that a command line asks for gives memory back that early"},
    {"release-keeps-preservation", "linux-7.2", "7.2.12", true,
     "the successor revives the reserve_mem= area that was released, and its first page has KHO's "
     "magic"},
});

}  // namespace

std::span<const BootedQuirk> BootedQuirks() { return kRows; }

std::vector<std::string> TellBootedQuirks(const std::string& quirks, std::string_view design) {
  const bool booted =
      std::ranges::any_of(kRows, [design](const BootedQuirk& row) { return row.design == design; });
  const std::vector<std::string> names = absl::StrSplit(quirks, '+', absl::SkipEmpty());
  std::vector<std::string> told;
  for (const std::string& name : names) {
    for (const BootedQuirk& row : kRows) {
      if (row.quirk != name || (booted && row.design != design)) continue;
      told.push_back(absl::StrCat(name, row.confirmed ? " was seen" : " was not seen",
                                  " on a booted ", std::string(row.release), ": ",
                                  std::string(row.what), "."));
    }
  }
  return told;
}

}  // namespace khofuzz
