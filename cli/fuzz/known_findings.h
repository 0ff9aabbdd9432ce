// What a search on a tree came upon that is known.
#ifndef KHOFUZZ_CLI_FUZZ_KNOWN_FINDINGS_H_
#define KHOFUZZ_CLI_FUZZ_KNOWN_FINDINGS_H_

#include <filesystem>
#include <string>
#include <vector>

namespace khofuzz {

struct KnownFinding {
  std::string quirk;      // that explains it
  std::string invariant;  // that it breaks, by slug
  std::string what;
  std::string op;    // after which it showed; "the boot", "the end"
  std::string text;  // the smallest scenario seen
  std::filesystem::path path;
};

// Those that the targets' programs have noted in `folder` (fuzz/known_notes.h), by name; none if
// there is no such folder.
std::vector<KnownFinding> KnownFindings(const std::filesystem::path& folder);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_FUZZ_KNOWN_FINDINGS_H_
