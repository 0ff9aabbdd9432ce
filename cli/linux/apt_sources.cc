#include "cli/linux/apt_sources.h"

#include <algorithm>
#include <functional>
#include <map>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "system/files.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> Words(const std::string& text) {
  return absl::StrSplit(text, absl::ByAnyChar(" \t\n"), absl::SkipEmpty());
}

bool Contains(const std::vector<std::string>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

bool IsYes(std::string_view value) { return value == "yes" || value == "true" || value == "1"; }

std::string KeyringPath(const std::string& signed_by) {
  const auto words = Words(signed_by);
  return words.size() == 1 && words[0].starts_with('/') ? words[0] : "";
}

// deb [option=value ...] uri suite component...
void AddLine(std::string line, std::vector<AptSource>& sources) {
  line.erase(std::min(line.find('#'), line.size()));
  AptSource source;
  const size_t open = line.find('[');
  const size_t close = line.find(']');
  // Brackets further on are a CD's name.
  if (close != std::string::npos &&
      Words(line.substr(0, open)) == std::vector<std::string>{"deb"}) {
    for (const std::string& option : Words(line.substr(open + 1, close - open - 1))) {
      if (option.starts_with("signed-by=")) source.signed_by = KeyringPath(option.substr(10));
      if (option.starts_with("trusted=")) source.trusted = IsYes(option.substr(8));
    }
    line.erase(open, close + 1 - open);
  }
  const auto words = Words(line);
  if (words.size() < 4 || words[0] != "deb" || words[1].starts_with("cdrom:")) return;
  source.uris = {words[1]};
  source.suites = {words[2]};
  source.components.assign(words.begin() + 3, words.end());
  sources.push_back(std::move(source));
}

// The fields of a stanza, names in lower case, lines of a value joined.
using Stanza = std::map<std::string, std::string>;

void AddStanza(Stanza& stanza, std::vector<AptSource>& sources) {
  AptSource source{.uris = Words(stanza["uris"]),
                   .suites = Words(stanza["suites"]),
                   .components = Words(stanza["components"]),
                   .signed_by = KeyringPath(stanza["signed-by"]),
                   .trusted = IsYes(stanza["trusted"])};
  std::erase_if(source.uris, [](const std::string& uri) { return uri.starts_with("cdrom:"); });
  const std::string& enabled = stanza["enabled"];
  const bool usable = Contains(Words(stanza["types"]), "deb") &&
                      (enabled.empty() || IsYes(enabled)) && !source.uris.empty();
  if (usable) sources.push_back(std::move(source));
  stanza.clear();
}

// Suites of Debian's, without what follows a '-' in their names.
constexpr std::string_view kCodenames[] = {"buster", "bullseye", "bookworm",
                                           "trixie", "forky",    "duke"};
// Others have suites of these names as well.
constexpr std::string_view kRoles[] = {"stable",   "oldstable", "oldoldstable", "testing",
                                       "unstable", "sid",       "experimental"};
constexpr std::string_view kPockets[] = {"updates", "backports", "backports-sloppy",
                                         "proposed-updates"};

// How sure it is that a mirror of these suites is Debian's: 0 not at all.
int SuiteRank(const std::vector<std::string>& suites) {
  int rank = 0;
  for (const std::string& suite : suites) {
    const size_t dash = std::min(suite.find('-'), suite.size());
    const std::string_view name = std::string_view(suite).substr(0, dash);
    if (dash < suite.size() && std::ranges::find(kPockets, std::string_view(suite).substr(
                                                               dash + 1)) == std::end(kPockets)) {
      continue;
    }
    if (std::ranges::find(kCodenames, name) != std::end(kCodenames)) rank = std::max(rank, 2);
    if (std::ranges::find(kRoles, name) != std::end(kRoles)) rank = std::max(rank, 1);
  }
  return rank;
}

int Rank(const AptSource& source, const std::string& uri) {
  const int suites = SuiteRank(source.suites);
  if (suites == 0 || !Contains(source.components, "main")) return 0;
  const std::string last =
      fs::path(uri.ends_with('/') ? uri.substr(0, uri.size() - 1) : uri).filename().string();
  const bool named = last == "debian" || last == "debian.list";
  const bool signed_so = source.signed_by.find("debian-archive") != std::string::npos;
  return suites + (named ? 2 : 0) + (signed_so ? 4 : 0);
}

}  // namespace

std::vector<AptSource> ParseOneLineSources(std::string_view text) {
  std::vector<AptSource> sources;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) AddLine(line, sources);
  return sources;
}

std::vector<AptSource> ParseDeb822Sources(std::string_view text) {
  std::vector<AptSource> sources;
  Stanza stanza;
  std::string field;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    if (Words(line).empty()) {
      AddStanza(stanza, sources);
    } else if (line[0] == ' ' || line[0] == '\t') {
      stanza[field] += "\n" + line;
    } else if (const size_t colon = line.find(':'); colon != std::string::npos) {
      field = absl::AsciiStrToLower(line.substr(0, colon));
      stanza[field] = std::string(absl::StripAsciiWhitespace(line.substr(colon + 1)));
    }
  }
  AddStanza(stanza, sources);
  return sources;
}

std::vector<AptSource> ReadAptSources(const fs::path& folder) {
  std::vector<fs::path> parts;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder / "sources.list.d", error)) {
    parts.push_back(entry.path());
  }
  std::ranges::sort(parts);
  parts.insert(parts.begin(), folder / "sources.list");
  std::vector<AptSource> sources;
  for (const fs::path& part : parts) {
    const bool deb822 = part.extension() == ".sources";
    if (!deb822 && part.extension() != ".list") continue;
    const auto text = ReadText(part);
    if (!text.ok()) continue;
    const auto more = deb822 ? ParseDeb822Sources(*text) : ParseOneLineSources(*text);
    sources.insert(sources.end(), more.begin(), more.end());
  }
  return sources;
}

std::vector<DebianMirror> DebianMirrors(const std::vector<AptSource>& sources) {
  // Of the same rank, in the order of the lists.
  std::multimap<int, DebianMirror, std::greater<>> ranked;
  for (const AptSource& source : sources) {
    for (const std::string& uri : source.uris) {
      const int rank = Rank(source, uri);
      const bool known =
          std::ranges::any_of(ranked, [&](const auto& mirror) { return mirror.second.uri == uri; });
      if (rank > 0 && !known) ranked.insert({rank, {uri, source.signed_by, source.trusted}});
    }
  }
  std::vector<DebianMirror> mirrors;
  for (const auto& [rank, mirror] : ranked) mirrors.push_back(mirror);
  return mirrors;
}

}  // namespace khofuzz
