// A kernel command line, taken apart as the kernel does it.
//
// Mirrors next_arg() (lib/cmdline.c), parse_args() and parameq() (kernel/params.c), kstrtobool()
// (lib/kstrtox.c).
#ifndef KHOFUZZ_CORE_SCRATCH_COMMAND_LINE_H_
#define KHOFUZZ_CORE_SCRATCH_COMMAND_LINE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/functional/function_ref.h"

namespace khofuzz {

// One argument; views into the command line.
struct KernelArg {
  std::string_view name;
  std::optional<std::string_view> value;  // nothing without '='
};

// Calls fn for every argument in order, up to an argument "--": what follows is for init. Arguments
// are separated by white space outside of double quotes; one pair of quotes around the value or
// around the whole argument is not part of it. A NUL ends the command line.
void ForEachKernelArg(std::string_view command_line, absl::FunctionRef<void(const KernelArg&)> fn);

// parameq(): equal, with '-' and '_' the same.
bool KernelParamNameEquals(std::string_view a, std::string_view b);

// A yes or no, by the first letters as the kernel reads it (kstrtobool(), lib/kstrtox.c): "y", "t",
// "1" and "on" begin a yes; "n", "f", "0" and "of" a no, in either case. Nothing for all else.
std::optional<bool> KernelBool(std::string_view value);

// The number that a text begins with.
struct ParsedNumber {
  uint64_t value = 0;
  size_t length = 0;  // characters taken; 0: no number there
};
// _parse_integer() (lib/kstrtox.c): takes every digit, and saturates. `base` is at most 16.
ParsedNumber ParseDigits(std::string_view text, unsigned base);
// simple_strtoull(text, &end, 0). "0x" is a prefix only before a hexadecimal digit.
ParsedNumber SimpleStrtoull(std::string_view text);
// memparse() (lib/cmdline.c): too large a value saturates, its suffix is taken all the same.
ParsedNumber MemParse(std::string_view text);

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_SCRATCH_COMMAND_LINE_H_
