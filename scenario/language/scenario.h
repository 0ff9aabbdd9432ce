// A scenario: a machine, then ops in order.
#ifndef KHOFUZZ_SCENARIO_LANGUAGE_SCENARIO_H_
#define KHOFUZZ_SCENARIO_LANGUAGE_SCENARIO_H_

#include <bitset>
#include <cstddef>
#include <string_view>
#include <variant>
#include <vector>

#include "scenario/language/machine.h"
#include "scenario/language/ops.h"

namespace khofuzz {

struct Scenario {
  std::vector<MachineLine> machine;
  std::vector<Op> ops;

  friend bool operator==(const Scenario&, const Scenario&) = default;
};

// The std::variant behind a kind of line.
template <typename Line>
struct VariantOf {
  using Type = Line;
};
template <>
struct VariantOf<Op> {
  using Type = OpVariant;
};
template <typename Line>
inline constexpr size_t kKindsOf = std::variant_size_v<typename VariantOf<Line>::Type>;

inline constexpr size_t kOpKinds = kKindsOf<Op>;
inline constexpr size_t kMachineKinds = kKindsOf<MachineLine>;

// A set of kinds of op, by their place in the variant Op.
using OpSet = std::bitset<kOpKinds>;

// Calls fn.template operator()<Line>(index) for each alternative of the variant.
template <typename Variant, typename Fn, size_t... I>
constexpr void ForEachKindImpl(Fn& fn, std::index_sequence<I...>) {
  using Lines = typename VariantOf<Variant>::Type;
  (fn.template operator()<std::variant_alternative_t<I, Lines>>(I), ...);
}
template <typename Variant, typename Fn>
constexpr void ForEachKind(Fn fn) {
  ForEachKindImpl<Variant>(fn, std::make_index_sequence<kKindsOf<Variant>>());
}

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_LANGUAGE_SCENARIO_H_
