// What a kernel's functions answer each other, held against what is right.
//
// A function that only answers wrongly changes nothing itself, and has returned when its answer is
// used: no event and no call trace has it.
#ifndef KHOFUZZ_CORE_KERNEL_ANSWERS_H_
#define KHOFUZZ_CORE_KERNEL_ANSWERS_H_

#include <string>
#include <string_view>
#include <vector>

#include "core/designs/lineage.h"

namespace khofuzz {

struct WrongAnswer {
  std::string function;            // the kernel's, without parentheses
  std::string source;              // where it begins, "mm/memblock.c:2068"; or empty
  std::string asked;               // "kho_scratch_overlap(phys=0xc00000, size=0x20000)"
  std::string answer;              // "true", "-1", "0xc00000"
  std::string right;               // likewise
  std::string why;                 // what makes it right, a clause
  std::vector<std::string> calls;  // the call trace there, innermost first
};

class KernelAnswers {
 public:
  virtual ~KernelAnswers() = default;
  // From now on answers are looked at, and kernels are slow. Right is what a kernel of its design
  // in `designs` would answer. Wrong answers of the function `put_right` are replaced by the right
  // ones; empty: of none.
  virtual void Begin(const Lineage& designs, std::string_view put_right) = 0;
  // Until now. The first wrong answer of each function, in the order in which they were given.
  virtual std::vector<WrongAnswer> End() = 0;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_KERNEL_ANSWERS_H_
