// A scenario: a machine, then ops in order.
#ifndef KHOFUZZ_SCENARIO_LANGUAGE_SCENARIO_H_
#define KHOFUZZ_SCENARIO_LANGUAGE_SCENARIO_H_

#include <bitset>
#include <vector>

#include "scenario/language/machine.h"

namespace khofuzz {

// One op (ops.h). Who only passes scenarios on need not know them, and is not compiled anew when
// one changes.
class Op;

// Kinds of op, by their place in the variant Op; kinds.h sees to it that they fit.
using OpSet = std::bitset<64>;

struct Scenario {
  Scenario();
  Scenario(std::vector<MachineLine> lines, std::vector<Op> then);
  Scenario(const Scenario& other);
  Scenario(Scenario&& other) noexcept;
  Scenario& operator=(const Scenario& other);
  Scenario& operator=(Scenario&& other) noexcept;
  ~Scenario();

  size_t op_count() const;
  // For who knows no ops.
  bool HasKexec() const;
  void EraseHarmless();

  std::vector<MachineLine> machine;
  std::vector<Op> ops;

  friend bool operator==(const Scenario& a, const Scenario& b) { return a.Equals(b); }

 private:
  bool Equals(const Scenario& other) const;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_LANGUAGE_SCENARIO_H_
