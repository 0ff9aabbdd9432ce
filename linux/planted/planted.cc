#include "linux/planted/planted.h"

#include <algorithm>
#include <array>
#include <regex>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/lines.h"
#include "system/files.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

std::string_view Trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

struct FaultLine {
  std::string_view name;
  std::string PlantedFault::* value;
};
constexpr std::array kFields = {
    FaultLine{"fault", &PlantedFault::name},          FaultLine{"area", &PlantedFault::area},
    FaultLine{"place", &PlantedFault::file},          FaultLine{"pattern", &PlantedFault::pattern},
    FaultLine{"becomes", &PlantedFault::replacement}, FaultLine{"breaks", &PlantedFault::breaks},
};

bool IsRegex(const std::string& pattern) {
  try {
    const std::regex regex(pattern);
    return true;
  } catch (const std::regex_error&) {
    return false;
  }
}

// What is wrong with a fault that has been read to its end; empty: nothing.
std::string Complaint(const PlantedFault& fault) {
  for (const FaultLine& field : kFields) {
    if ((fault.*field.value).empty()) {
      return absl::StrCat("fault ", fault.name, " has no \"", std::string(field.name), "\"");
    }
  }
  if (fault.function.empty()) {
    return absl::StrCat("the place of fault ", fault.name, " has no function");
  }
  if (!IsRegex(fault.pattern)) {
    return absl::StrCat("the pattern of fault ", fault.name,
                        " is no regular expression: ", fault.pattern);
  }
  return "";
}

bool IsWordCharacter(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Whether a definition of `function` may begin on this line, in kernel style: not indented.
bool Heads(std::string_view line, std::string_view function) {
  if (line.empty() || !IsWordCharacter(line[0])) return false;
  for (size_t at = line.find(function); at != line.npos; at = line.find(function, at + 1)) {
    const bool begins = at == 0 || !IsWordCharacter(line[at - 1]);
    if (begins && line.substr(at + function.size()).starts_with('(')) return true;
  }
  return false;
}

// The lines of the body of every definition of `function`: branches of an #if may each have one.
std::vector<size_t> BodyLines(const std::vector<std::string_view>& lines,
                              std::string_view function) {
  enum class In { kNothing, kHead, kBody } in = In::kNothing;
  std::vector<size_t> body;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (in == In::kNothing && Heads(lines[i], function)) in = In::kHead;
    if (in == In::kHead) {
      // A declaration, or all of it on a line.
      if (lines[i].ends_with(';') || lines[i].ends_with('}')) in = In::kNothing;
      if (lines[i].starts_with('{')) in = In::kBody;
    } else if (in == In::kBody) {
      body.push_back(i);
      if (lines[i].starts_with('}')) in = In::kNothing;
    }
  }
  return body;
}

// Makes `folder` look like `tree` but for what `first..last` of a path leads to.
void LinkAllBut(const fs::path& tree, const fs::path& folder, fs::path::const_iterator first,
                fs::path::const_iterator last) {
  fs::create_directories(folder);
  for (const auto& entry : fs::directory_iterator(tree)) {
    const fs::path name = entry.path().filename();
    if (name != *first) fs::create_symlink(entry.path(), folder / name);
  }
  const fs::path next = *first;
  if (++first != last) LinkAllBut(tree / next, folder / next, first, last);
}

}  // namespace

absl::StatusOr<std::vector<PlantedFault>> ParseFaults(std::string_view text) {
  std::vector<PlantedFault> faults;
  std::set<std::string> names;
  size_t number = 0;
  const auto error = [&](const std::string& what) {
    return absl::InvalidArgumentError(absl::StrCat(number, ": ", what));
  };
  for (std::string_view line : LinesOf(text)) {
    ++number;
    line = Trimmed(line);
    if (line.empty() || line.starts_with('#')) continue;
    const std::string_view word = line.substr(0, line.find(' '));
    const std::string_view value = Trimmed(line.substr(word.size()));
    const auto field = std::find_if(kFields.begin(), kFields.end(),
                                    [&](const FaultLine& f) { return f.name == word; });
    if (field == kFields.end()) return error("no such field: " + std::string(word));
    if (word == "fault") {
      if (!faults.empty()) {
        if (std::string wrong = Complaint(faults.back()); !wrong.empty()) return error(wrong);
      }
      faults.emplace_back();
      if (!names.insert(std::string(value)).second) {
        return error("two faults are called " + std::string(value));
      }
    } else if (faults.empty()) {
      return error("\"fault NAME\" comes first");
    }
    std::string& into = faults.back().*field->value;
    if (!into.empty()) return error("a second \"" + std::string(word) + "\"");
    into = value;
    if (word == "place") {
      const size_t space = std::min(value.find(' '), value.size());
      into = value.substr(0, space);
      faults.back().function = Trimmed(value.substr(space));
    }
  }
  if (!faults.empty()) {
    if (std::string wrong = Complaint(faults.back()); !wrong.empty()) return error(wrong);
  }
  return faults;
}

bool IsAsked(std::string_view asked, const PlantedFault& fault) {
  const std::vector<std::string> names = absl::StrSplit(std::string(asked), ',');
  return asked == "all" || std::ranges::find(names, fault.name) != names.end();
}

absl::StatusOr<std::string> Planted(const PlantedFault& fault, std::string_view source) {
  const std::regex regex(fault.pattern);
  const std::vector<std::string_view> lines = LinesOf(source);
  size_t places = 0, begin = 0, length = 0;
  for (const size_t i : BodyLines(lines, fault.function)) {
    const char* const line = lines[i].data();
    for (std::cregex_iterator match(line, line + lines[i].size(), regex), end; match != end;
         ++match) {
      ++places;
      begin = static_cast<size_t>(line - source.data() + match->position());
      length = static_cast<size_t>(match->length());
    }
  }
  if (places != 1) {
    return absl::FailedPreconditionError(
        absl::StrCat("fault ", fault.name, " does not fit this tree: ", fault.file, " has ", places,
                     " places like ", fault.pattern, " in ", fault.function, "()"));
  }
  return std::string(source.substr(0, begin)) + fault.replacement +
         std::string(source.substr(begin + length));
}

absl::Status PlantInCopy(const PlantedFault& fault, const fs::path& tree, const fs::path& folder) {
  const auto source = ReadText(tree / fault.file);
  if (!source.ok()) return source.status();
  const auto planted = Planted(fault, *source);
  if (!planted.ok()) return planted.status();
  try {
    const fs::path file = fault.file;
    LinkAllBut(fs::absolute(tree), folder, file.begin(), file.end());
  } catch (const fs::filesystem_error& error) {
    return absl::UnavailableError(error.what());
  }
  return WriteText(folder / fault.file, *planted);
}

}  // namespace khofuzz
