// Where this machine gets its Debian packages from, as it is configured.
#ifndef KHOFUZZ_CLI_LINUX_APT_SOURCES_H_
#define KHOFUZZ_CLI_LINUX_APT_SOURCES_H_

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace khofuzz {

// One entry for binary packages of a source list (sources.list(5)).
struct AptSource {
  std::vector<std::string> uris;
  std::vector<std::string> suites;
  std::vector<std::string> components;
  std::string signed_by;  // a keyring's path; empty: none, or keys written into the list itself
  bool trusted = false;
};

// The entries of a list in the one-line format, and of one in the deb822 format. What is disabled,
// a source package's, a CD's or no entry at all is left out.
std::vector<AptSource> ParseOneLineSources(std::string_view text);
std::vector<AptSource> ParseDeb822Sources(std::string_view text);

// Those of sources.list and sources.list.d/*.{list,sources} in `folder`, in the order apt reads
// them. A file that cannot be read has none.
std::vector<AptSource> ReadAptSources(const std::filesystem::path& folder);

struct DebianMirror {
  std::string uri;
  std::string signed_by;  // as in AptSource
  bool trusted = false;

  friend bool operator==(const DebianMirror&, const DebianMirror&) = default;
};
// The mirrors of Debian itself, each once, likeliest first: some of other archives name suites as
// Debian does. Not those of security updates, which have no other suites.
std::vector<DebianMirror> DebianMirrors(const std::vector<AptSource>& sources);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_LINUX_APT_SOURCES_H_
