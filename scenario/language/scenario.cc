#include "scenario/language/scenario.h"

#include <utility>

#include "scenario/language/ops.h"

namespace khofuzz {

Scenario::Scenario() = default;
Scenario::Scenario(std::vector<MachineLine> lines, std::vector<Op> then)
    : machine(std::move(lines)), ops(std::move(then)) {}
Scenario::Scenario(const Scenario& other) = default;
Scenario::Scenario(Scenario&& other) noexcept = default;
Scenario& Scenario::operator=(const Scenario& other) = default;
Scenario& Scenario::operator=(Scenario&& other) noexcept = default;
Scenario::~Scenario() = default;

size_t Scenario::op_count() const { return ops.size(); }

bool Scenario::Equals(const Scenario& other) const {
  return machine == other.machine && ops == other.ops;
}

}  // namespace khofuzz
