#include "scenario/language/scenario.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "scenario/language/ops.h"

namespace khofuzz {
namespace {

std::string_view NameOf(const Op& op) {
  return std::visit([](const auto& line) { return std::remove_cvref_t<decltype(line)>::kName; },
                    static_cast<const OpVariant&>(op));
}

}  // namespace

Scenario::Scenario() = default;
Scenario::Scenario(std::vector<MachineLine> lines, std::vector<Op> then)
    : machine(std::move(lines)), ops(std::move(then)) {}
Scenario::Scenario(const Scenario& other) = default;
Scenario::Scenario(Scenario&& other) noexcept = default;
Scenario& Scenario::operator=(const Scenario& other) = default;
Scenario& Scenario::operator=(Scenario&& other) noexcept = default;
Scenario::~Scenario() = default;

size_t Scenario::op_count() const { return ops.size(); }

bool Scenario::HasOp(std::string_view name) const {
  return std::ranges::any_of(ops, [name](const Op& op) { return NameOf(op) == name; });
}

void Scenario::EraseOps(std::string_view name) {
  std::erase_if(ops, [name](const Op& op) { return NameOf(op) == name; });
}

bool Scenario::Equals(const Scenario& other) const {
  return machine == other.machine && ops == other.ops;
}

}  // namespace khofuzz
