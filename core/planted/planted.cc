#include "core/planted/planted.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <set>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/lines.h"

namespace khofuzz {
namespace {

struct Field {
  std::string_view name;
  std::string CoreFault::* value;
  bool may_be_empty = false;
};
constexpr std::array<Field, 6> kFields = {{{"fault", &CoreFault::name},
                                           {"file", &CoreFault::file},
                                           {"find", &CoreFault::find},
                                           {"becomes", &CoreFault::becomes, true},
                                           {"breaks", &CoreFault::breaks},
                                           {"what", &CoreFault::what}}};

std::string_view Trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

absl::StatusOr<std::vector<CoreFault>> ParseCoreFaults(std::string_view text) {
  std::vector<CoreFault> faults;
  std::set<std::string_view> names;
  std::bitset<kFields.size()> seen;
  size_t number = 0;
  const auto error = [&number](std::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat(number, ": ", std::string(what)));
  };
  const auto missing = [&]() -> std::string {
    for (size_t i = 0; i < kFields.size(); ++i) {
      if (seen[i]) continue;
      return absl::StrCat("fault ", faults.back().name, " has no \"", std::string(kFields[i].name),
                          "\"");
    }
    return "";
  };
  for (const std::string_view whole : LinesOf(text)) {
    ++number;
    const std::string_view line = Trimmed(whole);
    if (line.empty() || line.starts_with('#')) continue;
    const std::string_view word = line.substr(0, line.find(' '));
    const std::string_view value = Trimmed(line.substr(word.size()));
    const auto field = std::ranges::find(kFields, word, &Field::name);
    if (field == kFields.end()) return error("no such field: " + std::string(word));
    if (field == kFields.begin()) {
      if (!faults.empty() && !seen.all()) return error(missing());
      if (!names.insert(value).second) return error("two faults are called " + std::string(value));
      faults.emplace_back();
      seen.reset();
    } else if (faults.empty()) {
      return error("\"fault NAME\" comes first");
    }
    const auto i = static_cast<size_t>(field - kFields.begin());
    if (seen[i]) return error("a second \"" + std::string(word) + "\"");
    if (value.empty() && !field->may_be_empty)
      return error("an empty \"" + std::string(word) + "\"");
    seen.set(i);
    faults.back().*field->value = std::string(value);
  }
  if (!faults.empty() && !seen.all()) return error(missing());
  return faults;
}

absl::StatusOr<std::string> Plant(const CoreFault& fault, std::string_view source) {
  size_t places = 0;
  size_t place = 0;
  for (size_t at = source.find(fault.find); at != source.npos;
       at = source.find(fault.find, at + 1)) {
    place = at;
    ++places;
  }
  if (places != 1) {
    return absl::FailedPreconditionError(absl::StrCat("fault ", fault.name,
                                                      " does not fit: ", fault.file, " has ",
                                                      places, " places like ", fault.find));
  }
  return std::string(source.substr(0, place)) + fault.becomes +
         std::string(source.substr(place + fault.find.size()));
}

}  // namespace khofuzz
