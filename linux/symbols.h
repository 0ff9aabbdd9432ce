// Names of the functions in a shared object, those that it keeps to itself too.
#ifndef KHOFUZZ_LINUX_SYMBOLS_H_
#define KHOFUZZ_LINUX_SYMBOLS_H_

#include <cstdint>
#include <map>
#include <string>

namespace khofuzz {

struct FunctionSymbol {
  std::string name;
  uint64_t end = 0;
};
// By where they begin, as offsets from where the object is loaded. Empty where the file at `path`
// cannot be read or has no symbols.
using FunctionSymbols = std::map<uint64_t, FunctionSymbol>;
FunctionSymbols ReadFunctionSymbols(const std::string& path);

// The function that holds `offset`; empty if none does.
std::string FunctionAt(const FunctionSymbols& symbols, uint64_t offset);

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_SYMBOLS_H_
