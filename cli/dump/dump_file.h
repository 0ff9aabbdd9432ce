// Physical memory in a dump: an ELF core or a compressed kdump, read by libkdumpfile.
#ifndef KHOFUZZ_CLI_DUMP_DUMP_FILE_H_
#define KHOFUZZ_CLI_DUMP_DUMP_FILE_H_

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "core/address.h"

struct _kdump_ctx;

namespace khofuzz {

// libkdumpfile is not made for files that nobody vouches for: use this in a process that may die
// (FindHandover() does). It takes SIGBUS of that process, which is how a mapped file's end is seen,
// and the file stays open as long as that lives: kdump_free() of one that could not be opened uses
// what it has freed (0.5.1).
class DumpFile {
 public:
  // `page_shift`: of the pages that it is asked for, where the file does not say how large its own
  // are. NotFound: there is no such file; InvalidArgument names the file and what the library says
  // of it, or that it holds no memory below 2^52.
  static absl::StatusOr<DumpFile> Open(const std::filesystem::path& path, unsigned page_shift);

  // What it says to hold: ascending, disjoint, not empty.
  const std::vector<AddrRange>& ranges() const { return ranges_; }
  bool Holds(PhysAddr at) const;
  // Fills `bytes` from physical address `at`. The number of bytes that could be read; fewer than
  // asked for where the dump has no more, and why() says why.
  uint64_t Read(PhysAddr at, std::span<uint8_t> bytes);
  const std::string& why() const { return why_; }

 private:
  absl::Status FindRanges(unsigned page_shift);

  _kdump_ctx* context_ = nullptr;
  std::vector<AddrRange> ranges_;
  uint64_t page_size_ = 0;             // the dump's own
  absl::flat_hash_set<uint64_t> cut_;  // its pages that the file's end cuts
  std::string why_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_DUMP_DUMP_FILE_H_
