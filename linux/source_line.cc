#include "linux/source_line.h"

#include <dlfcn.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/lines.h"

namespace khofuzz {
namespace {

// Quoted for a shell: paths may hold anything.
std::string Quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string OutputOf(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string out;
  if (pipe == nullptr) return out;
  std::array<char, 512> buffer{};
  while (std::fgets(buffer.data(), buffer.size(), pipe.get()) != nullptr) out += buffer.data();
  return out;
}

// What is around a tree is nobody's doing.
bool IsOfTheShim(std::string_view file) {
  return file.find("/linux/shim/") != std::string_view::npos;
}

// From the first part that names a folder of a kernel tree on.
std::string BelowTheTop(std::string_view file) {
  for (const std::string_view top : {"/mm/", "/kernel/", "/include/", "/lib/", "/arch/"}) {
    const size_t at = file.rfind(top);
    if (at != std::string_view::npos) return std::string(file.substr(at + 1));
  }
  return std::string(file);
}

}  // namespace

std::optional<SourceLine> LineOfAddress(const std::string& path, const void* address) {
  Dl_info info{};
  if (dladdr(address, &info) == 0 || info.dli_fbase == nullptr) return std::nullopt;
  const auto offset = static_cast<const char*>(address) - static_cast<const char*>(info.dli_fbase);
  const std::string hex = absl::StrCat("0x", absl::Hex(static_cast<uint64_t>(offset) - 1));
  std::string out;
  for (const char* const tool : {"addr2line", "llvm-symbolizer-19 --output-style=GNU"}) {
    out = OutputOf(absl::StrCat(tool, " -i -f -e ", Quoted(path), " ", hex, " 2>/dev/null"));
    if (!out.empty() && !out.starts_with("??")) break;
  }
  return InnermostOfTheTree(out);
}

std::optional<SourceLine> InnermostOfTheTree(std::string_view frames) {
  const std::vector<std::string_view> lines = LinesOf(frames);
  for (size_t i = 0; i + 1 < lines.size(); i += 2) {
    const std::string_view where = lines[i + 1].substr(0, lines[i + 1].find(' '));
    if (IsOfTheShim(where) || where.find(':') == std::string_view::npos ||
        where.starts_with("??") || where.ends_with(":?") || where.ends_with(":0")) {
      continue;
    }
    return SourceLine{std::string(lines[i]), BelowTheTop(where)};
  }
  return std::nullopt;
}

}  // namespace khofuzz
