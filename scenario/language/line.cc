#include "scenario/language/line.h"

#include <vector>

#include "scenario/language/kinds.h"

namespace khofuzz {
namespace {

template <typename Variant>
std::vector<Variant> MakeDefaults() {
  std::vector<Variant> defaults;
  ForEachKind<Variant>([&defaults]<typename Line>(size_t) { defaults.push_back(Line{}); });
  return defaults;
}

}  // namespace

Op::Op() = default;
Op::Op(const Op& other) = default;
Op::Op(Op&& other) noexcept = default;
Op& Op::operator=(const Op& other) = default;
Op& Op::operator=(Op&& other) noexcept = default;
Op::~Op() = default;

bool Op::Equals(const Op& other) const {
  return static_cast<const OpVariant&>(*this) == static_cast<const OpVariant&>(other);
}

LineRef Refer(Op& op) {
  return std::visit([](auto& line) { return ReferTo<Mutable>(line); }, static_cast<OpVariant&>(op));
}
LineRef Refer(MachineLine& machine_line) {
  return std::visit([](auto& line) { return ReferTo<Mutable>(line); }, machine_line);
}
ConstLineRef Refer(const Op& op) {
  return std::visit([](const auto& line) { return ReferTo<Const>(line); },
                    static_cast<const OpVariant&>(op));
}
ConstLineRef Refer(const MachineLine& machine_line) {
  return std::visit([](const auto& line) { return ReferTo<Const>(line); }, machine_line);
}

template <>
const Op& DefaultOf<Op>(size_t kind) {
  static const std::vector<Op> defaults = MakeDefaults<Op>();
  return defaults[kind];
}
template <>
const MachineLine& DefaultOf<MachineLine>(size_t kind) {
  static const std::vector<MachineLine> defaults = MakeDefaults<MachineLine>();
  return defaults[kind];
}

}  // namespace khofuzz
