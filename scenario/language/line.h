// A line's operands at run time: what Fields() says, with the struct's type erased.
//
// Parser, printer, generator, mutator, shrinker and reference work on these, so that each is
// compiled once and not once an op.
#ifndef KHOFUZZ_SCENARIO_LANGUAGE_LINE_H_
#define KHOFUZZ_SCENARIO_LANGUAGE_LINE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "scenario/language/field.h"
#include "scenario/language/machine.h"

namespace khofuzz {

class Op;

// One operand of a particular line. `value` points into the line. C is `const` or nothing.
template <template <typename> typename C>
struct BasicFieldRef {
  std::string_view name;
  Kind kind = Kind::kCount;
  std::string_view doc;
  bool optional = false;
  std::span<const std::string_view> choices;
  std::variant<C<uint64_t>*, C<bool>*, C<std::string>*> value;
};

template <typename T>
using Mutable = T;
template <typename T>
using Const = const T;

// A particular line. Good as long as the line stays where it is.
template <template <typename> typename C>
struct BasicLineRef {
  static constexpr size_t kMaxFields = 12;

  std::string_view name;
  std::string_view doc;
  size_t field_count = 0;
  std::array<BasicFieldRef<C>, kMaxFields> storage;

  std::span<const BasicFieldRef<C>> fields() const { return {storage.data(), field_count}; }
};
using FieldRef = BasicFieldRef<Mutable>;
using LineRef = BasicLineRef<Mutable>;
using ConstFieldRef = BasicFieldRef<Const>;
using ConstLineRef = BasicLineRef<Const>;

template <template <typename> typename C, typename Line>
BasicLineRef<C> ReferTo(Line& line) {
  using Plain = std::remove_const_t<Line>;
  static_assert(FieldCount<Plain>() <= BasicLineRef<C>::kMaxFields);
  BasicLineRef<C> ref{.name = Plain::kName, .doc = Plain::kDoc};
  ForEachField(line, [&ref](const auto& field, auto& value) {
    ref.storage[ref.field_count++] = {field.name,     field.kind,    field.doc,
                                      field.optional, field.choices, &value};
  });
  return ref;
}

// The line that an Op or a MachineLine holds. Defined for those two in line.cc.
LineRef Refer(Op& op);
LineRef Refer(MachineLine& line);
ConstLineRef Refer(const Op& op);
ConstLineRef Refer(const MachineLine& line);

// The line of that kind as its struct leaves it: the defaults of its operands.
template <typename Variant>
const Variant& DefaultOf(size_t kind);
template <>
const Op& DefaultOf<Op>(size_t kind);
template <>
const MachineLine& DefaultOf<MachineLine>(size_t kind);

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_LANGUAGE_LINE_H_
