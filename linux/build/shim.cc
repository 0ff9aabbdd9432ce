#include "linux/build/shim.h"

#include <fnmatch.h>

#include <algorithm>
#include <sstream>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "system/files.h"

namespace khofuzz {
namespace {

// The words of every line that has any, '#' and what follows left out.
std::vector<std::vector<std::string>> WordsOfLines(std::string_view text) {
  std::vector<std::vector<std::string>> lines;
  std::istringstream in{std::string(text)};
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::vector<std::string> found;
    for (std::string word; words >> word;) found.push_back(std::move(word));
    if (!found.empty()) lines.push_back(std::move(found));
  }
  return lines;
}

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

bool IsBelow(const std::string& path) {
  return !path.empty() && !path.starts_with('/') && path.find("..") == std::string::npos;
}

std::string JoinFrom(const std::vector<std::string>& words, size_t first) {
  return absl::StrJoin(words.begin() + static_cast<std::ptrdiff_t>(std::min(first, words.size())),
                       words.end(), " ");
}

absl::StatusOr<std::vector<SearchedUnit>> ReadSearched(const std::filesystem::path& list,
                                                       std::string_view config) {
  const auto lines = ReadList(list);
  if (!lines.ok()) return lines.status();
  std::vector<SearchedUnit> units;
  for (const auto& line : *lines) {
    SearchedUnit unit{.name = line[0], .places = {}};
    for (size_t i = 1; i < line.size(); ++i) {
      const std::string& word = line[i];
      if (word[0] == '+') {
        unit.follow.push_back(word.substr(1));
      } else if (word[0] == '-') {
        const size_t but = std::min(word.find('/'), word.size());
        if (but == word.size() || word.substr(but + 1) != config) {
          unit.leave.push_back(word.substr(1, but - 1));
        }
      } else if (IsBelow(word)) {
        unit.places.push_back(word);
      } else {
        unit.places.clear();
        break;
      }
    }
    if (unit.places.empty()) {
      return BadLine(list, line,
                     "UNIT PLACE... [+WORD...] [-WORD[/CONFIG]...], places below the tree's top");
    }
    units.push_back(std::move(unit));
  }
  return units;
}

absl::StatusOr<std::vector<ListedFunction>> ReadFunctions(const std::filesystem::path& list) {
  const auto lines = ReadList(list);
  if (!lines.ok()) return lines.status();
  std::vector<ListedFunction> functions;
  for (const auto& line : *lines) {
    if (line.size() < 2) return BadLine(list, line, "UNIT NAME [required|WHAT IS NOT PLAYED]");
    ListedFunction one{.unit = line[0], .name = line[1]};
    one.is_function = one.name.ends_with("()");
    if (one.is_function) one.name.resize(one.name.size() - 2);
    one.narrows = JoinFrom(line, 2);
    one.required = one.narrows == "required";
    if (one.required) one.narrows.clear();
    functions.push_back(std::move(one));
  }
  return functions;
}

absl::StatusOr<std::vector<RefusedTree>> ReadRefused(const std::filesystem::path& list) {
  const auto lines = ReadList(list);
  if (!lines.ok()) return lines.status();
  std::vector<RefusedTree> refused;
  for (const auto& line : *lines) {
    if (line.size() < 3) return BadLine(list, line, "UNIT WORD WHY");
    refused.push_back({line[0], line[1], JoinFrom(line, 2)});
  }
  return refused;
}

absl::Status ReadHeaders(const std::filesystem::path& list, Shim& shim) {
  const auto lines = ReadList(list);
  if (!lines.ok()) return lines.status();
  for (const auto& line : *lines) {
    ListedHeader header{.path = line[0], .word = JoinFrom(line, 1)};
    header.optional = header.path.starts_with('?');
    if (header.optional) header.path.erase(0, 1);
    if (!IsBelow(header.path) || line.size() > 2 || (header.optional && line.size() == 1)) {
      return BadLine(list, line, "[?]PATH WORD, or PATTERN, below the tree's top");
    }
    if (line.size() == 1) {
      shim.header_patterns.push_back(line[0]);
    } else {
      shim.headers.push_back(std::move(header));
    }
  }
  return absl::OkStatus();
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

bool Shim::IsRealHeader(const std::string& path) const {
  return std::ranges::any_of(header_patterns, [&](const std::string& pattern) {
    return fnmatch(pattern.c_str(), path.c_str(), FNM_PATHNAME) == 0;
  });
}

absl::StatusOr<Shim> ReadShim(const std::filesystem::path& folder, std::string_view config) {
  auto units = UnitsIn(folder);
  if (!units.ok()) return units.status();
  auto searched = ReadSearched(folder / "sources.txt", config);
  if (!searched.ok()) return searched.status();
  auto functions = ReadFunctions(folder / "functions.txt");
  if (!functions.ok()) return functions.status();
  auto refused = ReadRefused(folder / "refused.txt");
  if (!refused.ok()) return refused.status();
  const auto flags = ReadList(folder / "flags.txt");
  if (!flags.ok()) return flags.status();

  Shim shim{.folder = folder,
            .units = *std::move(units),
            .searched = *std::move(searched),
            .functions = *std::move(functions)};
  // "UNIT none WHY": what it means that a tree has no source of a unit.
  for (RefusedTree& one : *refused) {
    const auto unit = std::ranges::find(shim.searched, one.unit, &SearchedUnit::name);
    if (one.word == "none" && unit != shim.searched.end()) {
      unit->why_none = one.why;
    } else {
      shim.refused.push_back(std::move(one));
    }
  }
  if (absl::Status headers = ReadHeaders(folder / "real_headers.txt", shim); !headers.ok()) {
    return headers;
  }
  for (const auto& line : *flags) {
    const bool link = line[0] == "link";
    auto& into = link ? shim.link_flags : shim.compile_flags;
    into.insert(into.end(), line.begin() + (link ? 1 : 0), line.end());
  }
  return shim;
}

}  // namespace khofuzz
