// Fields: the one description of an op's operands, from which everything else derives.
//
// A line of a scenario (an op, or a line of the machine) is a plain struct with
//   static constexpr std::string_view kName, kDoc;
//   static constexpr auto Fields();   // a std::tuple of Field<Struct, T>
// Parser, printer, generator, mutator, shrinker, dictionary and reference are written once, over
// Fields() (see text.h, generate.h, mutate.h, shrink.h, reference.h).
#ifndef KHOFUZZ_SCENARIO_LANGUAGE_FIELD_H_
#define KHOFUZZ_SCENARIO_LANGUAGE_FIELD_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace khofuzz {

// What a value means: how it is written, which values are worth trying, how it gets simpler.
enum class Kind : uint8_t {
  kAddress,  // a physical address, in bytes
  kSize,     // a number of bytes
  kPfn,      // a page frame number
  kCount,    // how many of something
  kOrder,    // log2 of a number of pages
  kNode,     // a NUMA node; `any` is no node in particular
  kIndex,    // the n-th of what exists, modulo how many there are
  kKey,      // a raw 64-bit pattern
  kChoice,   // one of the field's `choices`
  kFlag,     // present or absent
  kText,     // a string in double quotes
  kParams,   // the same, as a value of kho_scratch=
  kCore,     // the same, as a value of kernelcore= or movablecore=
  kBytes,    // raw bytes in hex
};

// How `any` node is stored in a kNode field.
inline constexpr uint64_t kAnyNode = ~uint64_t{0};

// One operand of the struct `Line`. T is uint64_t (numbers, choices by index), bool (kFlag) or
// std::string (kText, kParams, kCore, kBytes).
template <typename Line, typename T>
struct Field {
  std::string_view name;
  T Line::* member;
  Kind kind;
  std::string_view doc;
  // The line may leave it out; it then has the value the struct gives it.
  bool optional = false;
  std::span<const std::string_view> choices = {};
};

// Calls fn(field, value) for each field of `line`, in order; `line` may be const.
template <typename Line, typename Fn>
constexpr void ForEachField(Line& line, Fn&& fn) {
  std::apply([&](const auto&... field) { (fn(field, line.*(field.member)), ...); },
             std::remove_const_t<Line>::Fields());
}

// How many fields the lines of this type have.
template <typename Line>
constexpr size_t FieldCount() {
  return std::tuple_size_v<decltype(Line::Fields())>;
}

// Shorthands for the tables in machine.h and ops.h.
template <typename Line>
constexpr Field<Line, uint64_t> Number(std::string_view name, uint64_t Line::* member, Kind kind,
                                       std::string_view doc) {
  return {name, member, kind, doc};
}
template <typename Line>
constexpr Field<Line, uint64_t> Optional(std::string_view name, uint64_t Line::* member, Kind kind,
                                         std::string_view doc) {
  return {name, member, kind, doc, true};
}
template <typename Line>
constexpr Field<Line, uint64_t> Choice(std::string_view name, uint64_t Line::* member,
                                       std::span<const std::string_view> choices,
                                       std::string_view doc) {
  return {name, member, Kind::kChoice, doc, false, choices};
}
template <typename Line>
constexpr Field<Line, bool> Flag(std::string_view name, bool Line::* member, std::string_view doc) {
  return {name, member, Kind::kFlag, doc, true};
}
template <typename Line>
constexpr Field<Line, std::string> Text(std::string_view name, std::string Line::* member,
                                        std::string_view doc) {
  return {name, member, Kind::kText, doc};
}
template <typename Line>
constexpr Field<Line, std::string> Params(std::string_view name, std::string Line::* member,
                                          std::string_view doc) {
  return {name, member, Kind::kParams, doc};
}
template <typename Line>
constexpr Field<Line, std::string> RawBytes(std::string_view name, std::string Line::* member,
                                            std::string_view doc) {
  return {name, member, Kind::kBytes, doc};
}

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_LANGUAGE_FIELD_H_
