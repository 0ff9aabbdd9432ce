// kho_scratch= read a second time, straight from the grammar.
#ifndef KHOFUZZ_ORACLE_PARAMS_H_
#define KHOFUZZ_ORACLE_PARAMS_H_

#include <optional>
#include <string_view>

#include "core/scratch/params.h"

namespace khofuzz {

// What a kho_scratch= value means; nullopt where the kernel refuses it. Written against the grammar
//   value  := ["+"] digits ["\n"] "%"            at most 11 bytes, below 2^32
//           | size "," size "," size             their sum, modulo 2^64, not zero
//   size   := number [one of KMGTPE, any case]   2^64-1 where the suffix makes it too large
//   number := "0x" hex | "0" octal | decimal     as far as its digits go; 2^64-1 if larger
// and not against ParseScratchParams(), which it is held against.
std::optional<ScratchParams> ScratchParamsByGrammar(std::string_view value);

}  // namespace khofuzz

#endif  // KHOFUZZ_ORACLE_PARAMS_H_
