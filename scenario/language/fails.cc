#include "scenario/language/fails.h"

#include <variant>

#include "scenario/language/ops.h"

namespace khofuzz {

std::vector<size_t> FailsOf(const Scenario& scenario) {
  std::vector<size_t> at;
  for (size_t i = 0; i < scenario.ops.size(); ++i) {
    if (std::holds_alternative<op::Fail>(scenario.ops[i])) at.push_back(i);
  }
  return at;
}

void SetFail(Scenario& scenario, size_t op, uint64_t k) {
  std::get<op::Fail>(scenario.ops[op]).k = k;
}

}  // namespace khofuzz
