#include "linux/symbols.h"

#include <elf.h>
#include <link.h>

#include <cstring>
#include <span>

#include "system/files.h"

namespace khofuzz {
namespace {

// What lies at `offset` of the file; null where it ends before that.
template <typename T>
const T* At(const std::string& file, uint64_t offset, uint64_t count = 1) {
  if (offset > file.size() || count > (file.size() - offset) / sizeof(T)) return nullptr;
  return reinterpret_cast<const T*>(file.data() + offset);
}

// Empty where the file is none of a shared object.
std::span<const ElfW(Shdr)> SectionsOf(const std::string& file) {
  const auto* const header = At<ElfW(Ehdr)>(file, 0);
  if (header == nullptr || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) return {};
  const auto* const sections = At<ElfW(Shdr)>(file, header->e_shoff, header->e_shnum);
  if (sections == nullptr) return {};
  return {sections, header->e_shnum};
}

// Of a table of strings, all of it: each ends with a NUL. Empty where it is none.
std::string_view StringsOf(const std::string& file, const ElfW(Shdr) & strings) {
  const char* const names = At<char>(file, strings.sh_offset, strings.sh_size);
  if (names == nullptr || strings.sh_size == 0 || names[strings.sh_size - 1] != '\0') return {};
  return {names, strings.sh_size};
}

}  // namespace

std::optional<uint64_t> SectionBytes(const std::string& path, std::string_view section) {
  const std::string file = ReadText(path).value_or("");
  const auto sections = SectionsOf(file);
  if (sections.empty()) return std::nullopt;
  const size_t names_at = At<ElfW(Ehdr)>(file, 0)->e_shstrndx;
  if (names_at >= sections.size()) return std::nullopt;
  const std::string_view names = StringsOf(file, sections[names_at]);
  for (const ElfW(Shdr) & one : sections) {
    if (one.sh_name < names.size() && names.data() + one.sh_name == section) return one.sh_size;
  }
  return std::nullopt;
}

FunctionSymbols ReadFunctionSymbols(const std::string& path) {
  const std::string file = ReadText(path).value_or("");
  FunctionSymbols symbols;
  const auto sections = SectionsOf(file);
  for (const ElfW(Shdr) & table : sections) {
    if (table.sh_type != SHT_SYMTAB || table.sh_link >= sections.size()) continue;
    const std::string_view names = StringsOf(file, sections[table.sh_link]);
    const size_t count = table.sh_size / sizeof(ElfW(Sym));
    const auto* const symbol = At<ElfW(Sym)>(file, table.sh_offset, count);
    if (names.empty() || symbol == nullptr) continue;
    for (size_t s = 0; s < count; ++s) {
      const bool function = (symbol[s].st_info & 0xf) == STT_FUNC && symbol[s].st_size != 0;
      if (!function || symbol[s].st_name >= names.size()) continue;
      symbols[symbol[s].st_value] = {names.data() + symbol[s].st_name,
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
