// What booted kernels have shown of the catalogue's quirks: docs/findings.md in a sentence each.
#ifndef KHOFUZZ_CLI_FUZZ_BOOTED_QUIRKS_H_
#define KHOFUZZ_CLI_FUZZ_BOOTED_QUIRKS_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace khofuzz {

struct BootedQuirk {
  std::string_view quirk;
  std::string_view design;   // of the release: "linux-7.3"
  std::string_view release;  // "7.3.4"
  bool confirmed;            // it was seen; else `what` says why it was not
  std::string_view what;
};

// A row for each quirk that a release has, release by release.
std::span<const BootedQuirk> BootedQuirks();
// For people, of quirks joined by '+': "kho-off-still-inherits was seen on a booted 7.3.4: ...",
// "... was not seen on ...". Of one release, by its design's name; of all, where `design` is none
// of a release that was booted.
std::vector<std::string> TellBootedQuirks(const std::string& quirks, std::string_view design);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_FUZZ_BOOTED_QUIRKS_H_
