// Copies of a tree to edit, for tests.
#ifndef KHOFUZZ_LINUX_PLANTED_TREE_COPY_H_
#define KHOFUZZ_LINUX_PLANTED_TREE_COPY_H_

#include <filesystem>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace khofuzz {

// A folder laid out like a tree, all of whose files lead to the tree's until they are edited. The
// tree is never written to.
class TreeCopy {
 public:
  // Makes `folder`, which must not exist yet. What the file system says.
  static absl::StatusOr<TreeCopy> Make(const std::filesystem::path& tree,
                                       const std::filesystem::path& folder);

  const std::filesystem::path& path() const { return folder_; }
  // Paths of files are below the top.
  absl::StatusOr<std::string> Text(const std::string& file) const;
  // Writes a file, new or not, with folders as need be.
  absl::Status Put(const std::string& file, std::string_view text) const;
  absl::Status Remove(const std::string& file) const;
  // Puts `to` in the place of `from`, wherever the file has it; NotFound if it does not.
  absl::Status Replace(const std::string& file, std::string_view from, std::string_view to) const;
  // Takes what lies between the first `begin` and the `end` after it out of a file, `begin` with
  // it, and returns it. NotFound where one of them is not there.
  absl::StatusOr<std::string> Cut(const std::string& file, std::string_view begin,
                                  std::string_view end) const;

 private:
  explicit TreeCopy(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::filesystem::path folder_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_PLANTED_TREE_COPY_H_
