#include "cli/suggest.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/capture/text.h"
#include "core/closest.h"

namespace khofuzz {
namespace {

// More letters than these are no slip of the finger.
size_t MostLetters(std::string_view given) {
  return std::clamp<size_t>((given.size() + 1) / 3, 1, 3);
}

std::vector<std::string> OptionsOf(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* const option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::vector<std::string> CommandsOf(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* const command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

}  // namespace

std::string SuggestionFor(const CLI::App& app) {
  for (const std::string& word : app.remaining()) {
    const bool option = word.starts_with("--");
    const std::vector<std::string> names = option ? OptionsOf(app) : CommandsOf(app);
    const std::vector<std::string_view> views(names.begin(), names.end());
    const std::string given = option ? word.substr(0, word.find('=')) : word;
    const std::string meant = DidYouMean(given, views, MostLetters(given));
    if (!meant.empty()) return absl::StrCat(Quoted(given), " is not known", meant);
  }
  for (const CLI::App* const command : app.get_subcommands()) {
    const std::string meant = SuggestionFor(*command);
    if (!meant.empty()) return meant;
  }
  return "";
}

}  // namespace khofuzz
