// What a kernel's functions ask and answer each other.
//
// A function that only answers wrongly changes nothing itself, and has returned when its answer is
// used: no event and no call trace has it. Nor does one have a function that was never called, or
// say which of those in it has gone too far.
#ifndef KHOFUZZ_CORE_KERNEL_ANSWERS_H_
#define KHOFUZZ_CORE_KERNEL_ANSWERS_H_

#include <compare>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/address.h"
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

// Which functions were called for a page: for a range that holds it, by the names of their
// parameters.
struct PageRequests {
  // A function, and the kernel of the chain whose it is, from 1.
  struct Called {
    uint64_t kernel = 0;
    std::string function;

    friend auto operator<=>(const Called&, const Called&) = default;
  };
  std::set<std::string> known;  // functions of which it is known what they are called for
  std::set<Called> asked;       // that were called for the page
  std::set<Called> beyond;      // that were not, and have called another for it
  // Functions to whom their callers say which node a page is of.
  std::set<std::string> given_nodes;
};

class KernelAnswers {
 public:
  virtual ~KernelAnswers() = default;
  // From now on answers are looked at, and kernels are slow. Right is what a kernel of its design
  // in `designs` would answer. Wrong answers of the function `put_right` are replaced by the right
  // ones; empty: of none. Requests are of `page`; unset: of none.
  virtual void Begin(const Lineage& designs, std::string_view put_right,
                     std::optional<Pfn> page) = 0;
  struct Seen {
    std::vector<WrongAnswer> wrong;  // the first of each function, in the order of the answers
    PageRequests requests;
  };
  // Until now.
  virtual Seen End() = 0;
  // Where a function begins, "mm/mm_init.c:1480"; empty where nobody knows.
  virtual std::string BeginOf(std::string_view function) const = 0;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_KERNEL_ANSWERS_H_
