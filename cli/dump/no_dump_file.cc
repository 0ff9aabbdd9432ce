// Where there is no libkdumpfile to build with.
#include "absl/strings/str_cat.h"
#include "cli/dump/dump_file.h"

namespace khofuzz {

absl::StatusOr<DumpFile> DumpFile::Open(const std::filesystem::path& path, unsigned) {
  return absl::UnimplementedError(absl::StrCat(
      path.string(),
      ": this khofuzz was built without libkdumpfile (Debian: libkdumpfile-dev), so it reads no "
      "memory dumps"));
}

bool DumpFile::Holds(PhysAddr) const { return false; }
uint64_t DumpFile::Read(PhysAddr, std::span<uint8_t>) { return 0; }

}  // namespace khofuzz
