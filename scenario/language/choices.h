// The words of operands that are a choice among some, in the order of their numbers.
//
// By themselves, so that who plays or prints a choice is not compiled anew when an op changes.
#ifndef KHOFUZZ_SCENARIO_LANGUAGE_CHOICES_H_
#define KHOFUZZ_SCENARIO_LANGUAGE_CHOICES_H_

#include <array>
#include <string_view>

namespace khofuzz::op {

// What memblock_reserve() is told of a range.
inline constexpr std::array<std::string_view, 4> kReserveFlagNames = {"none", "kern", "noinit",
                                                                      "hugetlb"};

// The flags that memblock_mark sets or clears.
inline constexpr std::array<std::string_view, 6> kMarkFlagNames = {
    "kho_scratch", "nomap", "hotplug", "rsrv_noinit", "rsrv_kern", "rsrv_hugetlb"};

// Which kind of allocation is to fail.
inline constexpr std::array<std::string_view, 5> kFaultSiteNames = {
    "radix_node", "memblock_alloc", "memblock_double", "page_alloc", "vmap"};

// What reserve_mem= calls its areas. The longest that there may be, one byte more, more than that,
// and nothing but blanks among them.
inline constexpr std::array<std::string_view, 8> kReserveMemNames = {
    "area0",
    "area1",
    "area2",
    "area3",
    "fifteen-letters",
    "sixteen--letters",
    "much-too-long-a-name-for-an-area",
    "  "};

// Who frees what is reserved.
inline constexpr std::array<std::string_view, 3> kFreeByNames = {
    "memblock_phys_free", "free_reserved_area", "reserve_mem_release_by_name"};

// The word of a block's header that is poked; or that a block is linked.
inline constexpr std::array<std::string_view, 3> kPokeBlockNames = {"next", "count", "link"};

// What becomes of what is no longer preserved, or that there is no such preservation.
inline constexpr std::array<std::string_view, 3> kUnpreserveHowNames = {"held", "free", "absent"};

// Which pages are asked for of what was handed over, or that they are freed.
inline constexpr std::array<std::string_view, 3> kRestoreHowNames = {"matching", "shifted", "free"};

}  // namespace khofuzz::op

#endif  // KHOFUZZ_SCENARIO_LANGUAGE_CHOICES_H_
