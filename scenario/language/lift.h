// From a tiny machine to one with the sizes of a real kernel: the way back that shrinking came.
//
// What breaks on a machine of 32 MiB with pageblocks of 128 KiB is more easily believed on one with
// pageblocks of 2 MiB. Nobody can say beforehand by how much each number has to grow with them, so
// there are several ways, and whoever judges the scenario tries one after the other.
#ifndef KHOFUZZ_SCENARIO_LANGUAGE_LIFT_H_
#define KHOFUZZ_SCENARIO_LANGUAGE_LIFT_H_

#include <cstdint>
#include <vector>

#include "core/geometry.h"
#include "scenario/language/scenario.h"

namespace khofuzz {

// The scenario on machines of `geometry` with at most `max_bytes` of memory, the likeliest first,
// none twice: banks and addresses grow by one factor, sizes by another or not at all, orders by how
// much larger the buddy's blocks are or not, counts of pages with the addresses or not; gigantic
// pages, and the large ones of vmalloc areas, are of the one size that there is. Machines that
// would need repair are left out. Empty where the scenario's machine is of that geometry.
std::vector<Scenario> LiftsOf(const Scenario& scenario, Geometry geometry, uint64_t max_bytes);

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_LANGUAGE_LIFT_H_
