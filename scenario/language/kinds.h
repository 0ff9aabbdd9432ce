// The kinds of line: all ops, and all lines of a machine.
#ifndef KHOFUZZ_SCENARIO_LANGUAGE_KINDS_H_
#define KHOFUZZ_SCENARIO_LANGUAGE_KINDS_H_

#include <cstddef>
#include <type_traits>
#include <utility>
#include <variant>

#include "scenario/language/machine.h"
#include "scenario/language/ops.h"
#include "scenario/language/scenario.h"

namespace khofuzz {

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
static_assert(kOpKinds <= OpSet().size());

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

// Exactly these kinds of op.
template <typename... Ops>
OpSet OpsOf() {
  OpSet set;
  ForEachKind<Op>([&set]<typename Line>(size_t i) { set[i] = (std::is_same_v<Line, Ops> || ...); });
  return set;
}

// Every kind of op.
inline OpSet AllOps() { return OpSet().set() >> (OpSet().size() - kOpKinds); }

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_LANGUAGE_KINDS_H_
