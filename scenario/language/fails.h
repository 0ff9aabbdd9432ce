// The `fail` ops of a scenario, for who knows no others.
#ifndef KHOFUZZ_SCENARIO_LANGUAGE_FAILS_H_
#define KHOFUZZ_SCENARIO_LANGUAGE_FAILS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "scenario/language/scenario.h"

namespace khofuzz {

// Which of its ops they are, ascending.
std::vector<size_t> FailsOf(const Scenario& scenario);
// That so many such allocations succeed before; `op` is one of FailsOf().
void SetFail(Scenario& scenario, size_t op, uint64_t k);

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_LANGUAGE_FAILS_H_
