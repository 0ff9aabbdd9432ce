// The files of a tree. All paths are below its top.
#ifndef KHOFUZZ_LINUX_BUILD_TREE_SOURCES_H_
#define KHOFUZZ_LINUX_BUILD_TREE_SOURCES_H_

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace khofuzz {

// Each file is read once, when it is first asked for, and stays what it was then.
class TreeSources {
 public:
  explicit TreeSources(std::filesystem::path top) : top_(std::move(top)) {}

  const std::filesystem::path& top() const { return top_; }

  // NotFound or Unavailable.
  const absl::StatusOr<std::string>& Text(const std::string& path);
  // The text without comments; empty if it cannot be read.
  const std::string& Code(const std::string& path);
  // Whether there is such a file.
  bool Has(const std::string& path);
  // The files of a folder, which ends in '/', with the extension, ".c": their paths, sorted.
  const std::vector<std::string>& FilesIn(const std::string& folder, std::string_view extension);

 private:
  std::filesystem::path top_;
  std::map<std::string, absl::StatusOr<std::string>> text_;
  std::map<std::string, std::string> code_;
  std::map<std::string, bool> has_;
  std::map<std::string, std::vector<std::string>> files_;  // by folder and extension
};

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_BUILD_TREE_SOURCES_H_
