#include "linux/symbols.h"

#include <elf.h>
#include <link.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <string_view>
#include <vector>

namespace khofuzz {
namespace {

// What lies at `offset` of the file; null where it ends before that.
template <typename T>
const T* At(const std::string& file, uint64_t offset, uint64_t count = 1) {
  if (offset > file.size() || count > (file.size() - offset) / sizeof(T)) return nullptr;
  return reinterpret_cast<const T*>(file.data() + offset);
}

}  // namespace

FunctionSymbols ReadFunctionSymbols(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string file((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  FunctionSymbols symbols;
  const auto* const header = At<ElfW(Ehdr)>(file, 0);
  if (header == nullptr || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) return symbols;
  const auto* const sections = At<ElfW(Shdr)>(file, header->e_shoff, header->e_shnum);
  if (sections == nullptr) return symbols;
  for (size_t i = 0; i < header->e_shnum; ++i) {
    const ElfW(Shdr)& table = sections[i];
    if (table.sh_type != SHT_SYMTAB || table.sh_link >= header->e_shnum) continue;
    const ElfW(Shdr)& strings = sections[table.sh_link];
    const char* const names = At<char>(file, strings.sh_offset, strings.sh_size);
    const size_t count = table.sh_size / sizeof(ElfW(Sym));
    const auto* const symbol = At<ElfW(Sym)>(file, table.sh_offset, count);
    if (names == nullptr || symbol == nullptr || strings.sh_size == 0) continue;
    if (names[strings.sh_size - 1] != '\0') continue;
    for (size_t s = 0; s < count; ++s) {
      const bool function = (symbol[s].st_info & 0xf) == STT_FUNC && symbol[s].st_size != 0;
      if (!function || symbol[s].st_name >= strings.sh_size) continue;
      symbols[symbol[s].st_value] = {names + symbol[s].st_name,
                                     symbol[s].st_value + symbol[s].st_size};
    }
  }
  return symbols;
}

std::string FunctionAt(const FunctionSymbols& symbols, uint64_t offset) {
  auto found = symbols.upper_bound(offset);
  if (found == symbols.begin()) return {};
  --found;
  return offset < found->second.end ? found->second.name : std::string();
}

}  // namespace khofuzz
