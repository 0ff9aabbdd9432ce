#include "fuzz/baked_tree.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace khofuzz {

absl::StatusOr<std::vector<std::string>> FilesOf(const BakedTree& tree) {
  std::vector<std::string> files;
  for (const BakedTree::Object& object : tree.objects) {
    const int file = memfd_create("khofuzz-tree", MFD_CLOEXEC);
    const auto* at = object.begin;
    while (file >= 0 && at != object.end) {
      const ssize_t written = write(file, at, static_cast<size_t>(object.end - at));
      if (written <= 0) break;
      at += written;
    }
    if (file < 0 || at != object.end) {
      return absl::UnavailableError(
          absl::StrCat("the tree that is linked in: no memory for it: ", std::strerror(errno)));
    }
    files.push_back(absl::StrCat("/proc/", getpid(), "/fd/", file));
  }
  return files;
}

}  // namespace khofuzz
