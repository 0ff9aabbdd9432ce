#include "fuzz/known_notes.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "absl/strings/str_cat.h"
#include "scenario/language/text.h"

namespace khofuzz {

namespace {

// The op after which it showed.
std::string OpOf(const Violation& violation, const Scenario& scenario) {
  if (violation.op < scenario.op_count()) return PrintOp(scenario, violation.op);
  return scenario.op_count() == 0 ? "the boot" : "the end";
}

}  // namespace

void NoteKnown(const std::string& quirk, const Violation& violation, const Scenario& scenario,
               const std::string& folder) {
  if (folder.empty()) return;
  const std::string slug(Info(violation.invariant).slug);
  // How small this process has seen each; others may write the same file, and the last one stays.
  static std::map<std::string, size_t> noted;
  const std::string name = absl::StrCat(quirk, ".", slug, ".kho");
  const auto [best, first] = noted.emplace(name, scenario.op_count());
  if (!first && best->second <= scenario.op_count()) return;
  best->second = scenario.op_count();
  const std::filesystem::path path = std::filesystem::path(folder) / name;
  if (first && std::filesystem::exists(path)) return;
  const std::filesystem::path aside = absl::StrCat(path.string(), ".", getpid());
  {
    std::ofstream file(aside);
    file << "# known: " << quirk << "\n# breaks: " << slug
         << "\n# op: " << OpOf(violation, scenario) << "\n# " << violation.what << "\n"
         << Print(scenario);
    if (!file) return;
  }
  std::error_code error;
  std::filesystem::rename(aside, path, error);
}

}  // namespace khofuzz
