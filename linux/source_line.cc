#include "linux/source_line.h"

#include <dlfcn.h>
#include <link.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/lines.h"
#include "linux/line_tool.h"

namespace khofuzz {
namespace {

// What is around a tree is nobody's doing.
bool IsOfTheShim(std::string_view file) {
  return file.find("/linux/shim/") != std::string_view::npos;
}

// From the part that names a folder of a kernel tree on. The folder that the tree is in may be
// called like one of those: the last one counts.
std::string BelowTheTop(std::string_view file) {
  size_t top = 0;
  for (const std::string_view folder : {"/mm/", "/kernel/", "/include/", "/lib/", "/arch/"}) {
    const size_t at = file.rfind(folder);
    if (at != std::string_view::npos) top = std::max(top, at + 1);
  }
  return std::string(file.substr(top));
}

// "path:line", where that is known; what follows is the tool's own.
std::string_view PathAndLine(std::string_view text) {
  const std::string_view where = text.substr(0, text.rfind(" (discriminator "));
  const bool known = where.find(':') != std::string_view::npos && !where.starts_with("??") &&
                     !where.ends_with(":?") && !where.ends_with(":0");
  return known ? where : std::string_view();
}

// Compilers name their copies of a function after it: "kho_restore_page.part.0".
std::string_view Original(std::string_view function) {
  return function.substr(0, function.find('.'));
}

LineTool& TheLineTool() {
  static LineTool tool = [](const std::string& path, const std::vector<uint64_t>& offsets) {
    return RunningLineTools().Ask(path, offsets);
  };
  return tool;
}

}  // namespace

AddressSpan LoadedAt(const void* inside) {
  struct Search {
    const void* inside;
    AddressSpan found;
  } search{inside, {}};
  (void)dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* arg) {
        Search& wanted = *static_cast<Search*>(arg);
        AddressSpan span{.base = reinterpret_cast<const char*>(info->dlpi_addr)};
        for (size_t i = 0; i < info->dlpi_phnum; ++i) {
          const auto& part = info->dlpi_phdr[i];
          if (part.p_type != PT_LOAD) continue;
          const char* const begin = span.base + part.p_vaddr;
          const char* const end = begin + part.p_memsz;
          span.begin = span.begin == nullptr ? begin : std::min(span.begin, begin);
          span.end = std::max(span.end, end);
        }
        if (!span.Has(wanted.inside)) return 0;
        wanted.found = span;
        return 1;
      },
      &search);
  return search.found;
}

void LookUpFrames(const std::string& path, const AddressSpan& object,
                  const std::vector<const void*>& addresses, FramesByAddress& frames) {
  std::vector<const void*> asked;
  std::vector<uint64_t> offsets;
  for (const void* const address : addresses) {
    if (!object.Has(address) || !frames.try_emplace(address).second) continue;
    asked.push_back(address);
    offsets.push_back(static_cast<uint64_t>(static_cast<const char*>(address) - object.base) - 1);
  }
  if (asked.empty()) return;
  std::vector<std::vector<SourceLine>> lines = FramesFrom(TheLineTool()(path, offsets));
  if (lines.size() != asked.size()) return;
  for (size_t i = 0; i < asked.size(); ++i) frames[asked[i]] = std::move(lines[i]);
}

void SetLineTool(LineTool tool) { TheLineTool() = std::move(tool); }

std::string PlaceOf(const ProcessLoss& loss) {
  std::vector<SourceLine> lines;
  if (!loss.object.empty()) {
    const auto found = FramesFrom(TheLineTool()(loss.object, {loss.offset}));
    if (!found.empty()) lines = found.front();
  } else if (Dl_info object = {};
             loss.pc != 0 && dladdr(reinterpret_cast<const void*>(loss.pc), &object) != 0) {
    // Looked up are return addresses, which are one instruction on.
    const auto* const address = reinterpret_cast<const void*>(loss.pc + 1);
    FramesByAddress frames;
    LookUpFrames(object.dli_fname, LoadedAt(address), {address}, frames);
    lines = frames[address];
  }
  return lines.empty() ? "" : absl::StrCat(lines[0].function, "() ", lines[0].source);
}

std::vector<std::vector<SourceLine>> FramesFrom(std::string_view printed) {
  const std::vector<std::string_view> lines = LinesOf(printed);
  std::vector<std::vector<SourceLine>> frames;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].starts_with("0x")) {
      frames.emplace_back();
      continue;
    }
    if (i + 1 == lines.size()) break;
    const std::string_view function = Original(lines[i]);
    const std::string_view where = PathAndLine(lines[++i]);
    if (where.empty() || IsOfTheShim(where) || frames.empty()) continue;
    frames.back().push_back({std::string(function), BelowTheTop(where)});
  }
  return frames;
}

}  // namespace khofuzz
