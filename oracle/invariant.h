// The invariants that oracles check, by the names people use for them.
#ifndef KHOFUZZ_ORACLE_INVARIANT_H_
#define KHOFUZZ_ORACLE_INVARIANT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace khofuzz {

enum class Invariant : uint8_t {
  // What the KHO algorithms promise.
  kScratchIsCma,
  kInitOnce,
  kHeadSurvives,
  kBootmemUnpreserved,
  kHandoverUntouched,
  kRoundTrip,
  kAccounting,
  kFreeOnce,
  kBuddySeesInit,
  kUndo,
  kTreeIsSet,
  kScratchShape,
  kBootCompletes,
  kReserveEstimate,
  kSegmentsClear,
  kTypeIsDefault,
  // Agreement between our own implementations.
  kKeyRoundTrip,
  kParamsRoundTrip,
  kMemblockIsMap,
  kFreeRangesExact,
  kExtensionsAgree,
  kHandoverRoundTrip,
  kDamageContained,
  kLanguageRoundTrip,
  // For compiled kernels only.
  kKernelRuns,
  kMaySleep,
  kKernelsAgree,
  // Fails on purpose: what the canary looks for.
  kCanary,
};
inline constexpr size_t kInvariantCount = 28;

struct InvariantInfo {
  Invariant invariant;
  std::string_view slug;
  std::string_view statement;
  std::string_view premise;  // what is counted: the occasions on which it could fail
};

std::span<const InvariantInfo> InvariantCatalogue();
const InvariantInfo& Info(Invariant invariant);
std::optional<Invariant> InvariantBySlug(std::string_view slug);

}  // namespace khofuzz

#endif  // KHOFUZZ_ORACLE_INVARIANT_H_
