#include "cli/fuzz/known_findings.h"

#include <string_view>
#include <system_error>

#include "cli/fuzz/work_dir.h"
#include "core/lines.h"
#include "scenario/language/text.h"

namespace khofuzz {

std::vector<KnownFinding> KnownFindings(const std::filesystem::path& folder) {
  std::vector<KnownFinding> found;
  std::error_code error;
  if (folder.empty() || !std::filesystem::is_directory(folder, error)) return found;
  for (const std::filesystem::path& file : FilesIn(folder)) {
    if (file.extension() != ".kho") continue;
    KnownFinding known{.path = file};
    const std::string text = InputBytes(file);
    // Comments first, see NoteKnown().
    for (const std::string_view line : LinesOf(text)) {
      if (!line.starts_with('#')) break;
      constexpr std::string_view kKnown = "# known: ";
      constexpr std::string_view kBreaks = "# breaks: ";
      constexpr std::string_view kOp = "# op: ";
      if (line.starts_with(kKnown)) {
        known.quirk = line.substr(kKnown.size());
      } else if (line.starts_with(kBreaks)) {
        known.invariant = line.substr(kBreaks.size());
      } else if (line.starts_with(kOp)) {
        known.op = line.substr(kOp.size());
      } else if (line.size() > 2) {
        known.what = line.substr(2);
      }
    }
    known.text = Print(ParseLenient(text));
    found.push_back(std::move(known));
  }
  return found;
}

}  // namespace khofuzz
