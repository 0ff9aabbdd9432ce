#include "linux/build/probes.h"

#include <map>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "linux/build/source_text.h"
#include "linux/build/text_files.h"

namespace khofuzz {

absl::StatusOr<std::vector<std::string>> ProbeTree(const std::filesystem::path& tree,
                                                   const std::vector<Probe>& probes) {
  std::map<std::string, std::string> code_of;
  std::vector<std::string> macros;
  for (const Probe& probe : probes) {
    const auto [code, is_new] = code_of.try_emplace(probe.file);
    if (is_new) {
      auto text = ReadText(tree / probe.file);
      // A file that is not there has no identifiers: headers come and go between releases.
      if (!text.ok() && !absl::IsNotFound(text.status())) return text.status();
      if (text.ok()) code->second = WithoutComments(*text);
    }
    if (HasWord(code->second, probe.identifier)) {
      if (!probe.macro.empty()) macros.push_back(probe.macro);
    } else if (probe.macro.empty()) {
      return absl::NotFoundError(absl::StrCat(probe.file, " lacks ", probe.identifier));
    }
  }
  return macros;
}

}  // namespace khofuzz
