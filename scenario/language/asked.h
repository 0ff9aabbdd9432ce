// What a scenario asks of its kernels, for who knows no ops (ops.h).
#ifndef KHOFUZZ_SCENARIO_LANGUAGE_ASKED_H_
#define KHOFUZZ_SCENARIO_LANGUAGE_ASKED_H_

#include <cstdint>
#include <string>
#include <vector>

#include "scenario/language/scenario.h"

namespace khofuzz {

// The order, in pages, of each kind of hugetlb pages that a boot is asked for.
std::vector<uint64_t> AskedHugetlbOrders(const Scenario& scenario);
// kho_scratch= of each boot that is given one.
std::vector<std::string> AskedScratch(const Scenario& scenario);
// Whether a running kernel is asked to preserve, take back, restore, or add a subtree.
bool CallsTheApi(const Scenario& scenario);

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_LANGUAGE_ASKED_H_
