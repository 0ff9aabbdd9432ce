#include "scenario/language/asked.h"

#include <algorithm>
#include <variant>

#include "scenario/language/ops.h"

namespace khofuzz {

std::vector<uint64_t> AskedHugetlbOrders(const Scenario& scenario) {
  std::vector<uint64_t> orders;
  for (const OpVariant& op : scenario.ops) {
    if (const auto* const asked = std::get_if<op::Hugetlb>(&op)) orders.push_back(asked->order);
  }
  return orders;
}

std::vector<std::string> AskedScratch(const Scenario& scenario) {
  std::vector<std::string> params;
  for (const OpVariant& op : scenario.ops) {
    const auto* const boot = std::get_if<op::BootWith>(&op);
    if (boot != nullptr && !boot->scratch.empty()) params.push_back(boot->scratch);
  }
  return params;
}

bool CallsTheApi(const Scenario& scenario) {
  return std::ranges::any_of(scenario.ops, [](const OpVariant& op) {
    return std::holds_alternative<op::PreserveFolio>(op) ||
           std::holds_alternative<op::PreservePages>(op) ||
           std::holds_alternative<op::PreserveVmalloc>(op) ||
           std::holds_alternative<op::PreserveHeld>(op) ||
           std::holds_alternative<op::Unpreserve>(op) || std::holds_alternative<op::Restore>(op) ||
           std::holds_alternative<op::AddSubtree>(op);
  });
}

}  // namespace khofuzz
