// What the file of a shared object says without being loaded: its sections, and the names of its
// functions, those that it keeps to itself too.
#ifndef KHOFUZZ_LINUX_SYMBOLS_H_
#define KHOFUZZ_LINUX_SYMBOLS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace khofuzz {

// How many bytes its section of this name has; nullopt where it has none, or the file at `path`
// cannot be read.
std::optional<uint64_t> SectionBytes(const std::string& path, std::string_view section);

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
