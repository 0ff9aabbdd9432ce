#include "scenario/language/scenario.h"

#include <algorithm>
#include <utility>
#include <variant>

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

bool Scenario::HasKexec() const {
  return std::ranges::any_of(ops,
                             [](const Op& one) { return std::holds_alternative<op::Kexec>(one); });
}

void Scenario::EraseHarmless() {
  std::erase_if(ops, [](const Op& one) { return std::holds_alternative<op::Harmless>(one); });
}

bool Scenario::Equals(const Scenario& other) const {
  return machine == other.machine && ops == other.ops;
}

}  // namespace khofuzz
