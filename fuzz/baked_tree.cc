#include "fuzz/baked_tree.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "system/files.h"

namespace khofuzz {

absl::StatusOr<std::vector<std::string>> FilesOf(const BakedTree& tree) {
  std::vector<std::string> files;
  for (const BakedTree::Object& object : tree.objects) {
    const int file = memfd_create("khofuzz-tree", MFD_CLOEXEC);
    if (file < 0) return absl::ErrnoToStatus(errno, "the tree that is linked in");
    const absl::Status written = WriteAll(file, {reinterpret_cast<const char*>(object.begin),
                                                 static_cast<size_t>(object.end - object.begin)});
    if (!written.ok()) return written;
    files.push_back(absl::StrCat("/proc/", getpid(), "/fd/", file));
  }
  return files;
}

}  // namespace khofuzz
