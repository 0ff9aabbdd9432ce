// For tests on trees: what the catalogue says of the release that a tree is.
#ifndef KHOFUZZ_LINUX_RELEASE_ROW_H_
#define KHOFUZZ_LINUX_RELEASE_ROW_H_

#include <fstream>
#include <string>

#include "core/designs/named.h"

namespace khofuzz {

// "linux-7.3", as the tree's top Makefile begins with it.
inline std::string ReleaseName(const std::string& tree) {
  std::ifstream makefile(tree + "/Makefile");
  constexpr std::string_view kVersion = "VERSION = ", kLevel = "PATCHLEVEL = ";
  std::string version, level;
  for (std::string line; std::getline(makefile, line);) {
    if (version.empty() && line.starts_with(kVersion)) version = line.substr(kVersion.size());
    if (level.empty() && line.starts_with(kLevel)) level = line.substr(kLevel.size());
  }
  return "linux-" + version + "." + level;
}

// Null if no row of core/designs is of that release.
inline const NamedDesign* ReleaseRow(const std::string& tree) {
  return FindNamedDesign(ReleaseName(tree));
}

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_RELEASE_ROW_H_
