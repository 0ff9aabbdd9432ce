#include "scenario/language/work.h"

#include <algorithm>
#include <variant>

#include "scenario/language/ops.h"

namespace khofuzz {
namespace {

// In pages of a machine.
constexpr uint64_t kWorkOfOp = 200;
constexpr uint64_t kBytesOfBlocks = 64;  // of block sets, which are written and read
constexpr uint64_t kMostEntries = uint64_t{1} << 24;
constexpr uint64_t kMostEntryBytes = uint64_t{1} << 16;

}  // namespace

uint64_t WorkOf(const Scenario& scenario) {
  const Machine machine = MachineFrom(scenario.machine);
  uint64_t pages = 0;
  for (const Machine::Bank& bank : machine.banks) {
    pages += bank.range.size() >> machine.geometry.page_shift;
  }
  uint64_t boots = 1, bytes = 0;
  for (const Op& one : scenario.ops) {
    boots += std::holds_alternative<op::Kexec>(one);
    if (const auto* const blocks = std::get_if<op::PreserveBlocks>(&one)) {
      bytes += std::min(
          std::min(blocks->entries, kMostEntries) * std::min(blocks->size, kMostEntryBytes),
          pages << machine.geometry.page_shift);
    }
  }
  return pages * boots + kWorkOfOp * scenario.op_count() + bytes / kBytesOfBlocks;
}

}  // namespace khofuzz
