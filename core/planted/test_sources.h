// For tests only: the sources, the faults for them, and the scenarios that are kept for each.
#ifndef KHOFUZZ_CORE_PLANTED_TEST_SOURCES_H_
#define KHOFUZZ_CORE_PLANTED_TEST_SOURCES_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "core/planted/planted.h"

namespace khofuzz {

inline std::filesystem::path SourceRoot() { return KHOFUZZ_SOURCE_DIR; }

inline std::string TextOf(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  EXPECT_TRUE(stream) << file << " cannot be read";
  return {std::istreambuf_iterator<char>(stream), {}};
}

inline std::vector<CoreFault> AllCoreFaults() {
  const auto faults = ParseCoreFaults(TextOf(SourceRoot() / "core/planted/faults.txt"));
  EXPECT_TRUE(faults.ok()) << faults.status();
  return faults.ok() ? *faults : std::vector<CoreFault>();
}

// corpus/regressions/planted/FAULT.INVARIANT.TARGET.kho, sorted.
inline std::vector<std::filesystem::path> StoredScenarios() {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  const std::filesystem::path folder = SourceRoot() / "corpus/regressions/planted";
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

// "retrieve-stops-at-first" of such a file.
inline std::string FaultOf(const std::filesystem::path& file) {
  return file.stem().stem().stem().string();
}

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_PLANTED_TEST_SOURCES_H_
