#include "linux/build/shim.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "linux/build/text_files.h"

namespace khofuzz {
namespace {

using Lines = std::vector<std::vector<std::string>>;

absl::StatusOr<Lines> ReadList(const std::filesystem::path& path) {
  const auto text = ReadText(path);
  if (!text.ok()) return text.status();
  return WordsOfLines(*text);
}

absl::Status BadLine(const std::filesystem::path& list, const std::vector<std::string>& line,
                     const std::string& expected) {
  return absl::InvalidArgumentError(
      absl::StrCat(list.string(), ": '", absl::StrJoin(line, " "), "' should be ", expected));
}

absl::StatusOr<std::vector<ListedPath>> ReadPaths(const std::filesystem::path& list) {
  const auto lines = ReadList(list);
  if (!lines.ok()) return lines.status();
  std::vector<ListedPath> paths;
  for (const auto& line : *lines) {
    // "?path" and "? path".
    std::string path = absl::StrJoin(line, "");
    const bool optional = path.starts_with('?');
    if (optional) path.erase(0, 1);
    const bool escapes = path.starts_with('/') || path.find("..") != std::string::npos;
    if (path.empty() || escapes || line.size() > (optional ? 2u : 1u)) {
      return BadLine(list, line, "[?]PATH, below the tree's top");
    }
    paths.push_back({std::move(path), optional});
  }
  return paths;
}

absl::StatusOr<std::vector<Probe>> ReadProbes(const std::filesystem::path& list) {
  const auto lines = ReadList(list);
  if (!lines.ok()) return lines.status();
  std::vector<Probe> probes;
  for (const auto& line : *lines) {
    if (line.size() != 3) return BadLine(list, line, "FILE IDENTIFIER MACRO|required");
    probes.push_back({line[0], line[1], line[2] == "required" ? "" : line[2]});
  }
  return probes;
}

absl::StatusOr<std::vector<std::string>> UnitsIn(const std::filesystem::path& folder) {
  std::vector<std::string> units;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".c") units.push_back(entry.path().filename().string());
  }
  if (units.empty()) {
    return absl::NotFoundError(
        absl::StrCat(folder.string(), ": ", error ? error.message() : "holds no .c file"));
  }
  std::ranges::sort(units);
  return units;
}

}  // namespace

absl::StatusOr<Shim> ReadShim(const std::filesystem::path& folder) {
  auto units = UnitsIn(folder);
  if (!units.ok()) return units.status();
  auto sources = ReadPaths(folder / "sources.txt");
  if (!sources.ok()) return sources.status();
  auto headers = ReadPaths(folder / "real_headers.txt");
  if (!headers.ok()) return headers.status();
  auto probes = ReadProbes(folder / "probes.txt");
  if (!probes.ok()) return probes.status();
  const auto flags = ReadList(folder / "flags.txt");
  if (!flags.ok()) return flags.status();

  Shim shim{.folder = folder,
            .units = *std::move(units),
            .sources = *std::move(sources),
            .real_headers = *std::move(headers),
            .probes = *std::move(probes)};
  for (const auto& line : *flags) {
    const bool link = line[0] == "link";
    auto& into = link ? shim.link_flags : shim.compile_flags;
    into.insert(into.end(), line.begin() + (link ? 1 : 0), line.end());
  }
  return shim;
}

}  // namespace khofuzz
