// The trees that tests are given.
#ifndef KHOFUZZ_LINUX_TEST_TREES_H_
#define KHOFUZZ_LINUX_TEST_TREES_H_

#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

namespace khofuzz {

// The folders that KHOFUZZ_LINUX_TREES names, joined by ':'; none where it is not set.
inline std::vector<std::string> TestTrees() {
  const char* const named = std::getenv("KHOFUZZ_LINUX_TREES");
  std::istringstream paths(named == nullptr ? "" : named);
  std::vector<std::string> trees;
  for (std::string path; std::getline(paths, path, ':');) {
    if (!path.empty()) trees.push_back(path);
  }
  return trees;
}

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_TEST_TREES_H_
