// Physical memory in an ELF core: what QEMU's dump-guest-memory and /proc/vmcore write.
#ifndef KHOFUZZ_CLI_DUMP_ELF_CORE_H_
#define KHOFUZZ_CLI_DUMP_ELF_CORE_H_

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "core/address.h"

namespace khofuzz {

// Reads nothing but headers until a page is asked for. Nobody vouches for the file: segments beyond
// its end, overlapping or of absurd sizes are cut or refused, and said.
class ElfCore {
 public:
  struct Segment {
    AddrRange range;      // physical
    uint64_t offset = 0;  // in the file
  };

  // InvalidArgument names the file and what was expected: a 64-bit little-endian ELF core with
  // PT_LOAD segments that have physical addresses. A compressed kdump is named as such.
  static absl::StatusOr<ElfCore> Open(const std::filesystem::path& path);

  // Ascending, disjoint, not empty; what the file does not hold is left out.
  const std::vector<Segment>& segments() const { return segments_; }
  // Bytes of segments that the file is too short for.
  uint64_t missing() const { return missing_; }
  // Fills `bytes` from physical address `at`. False where not all of it is in the dump.
  bool Read(PhysAddr at, std::span<uint8_t> bytes);

 private:
  std::ifstream file_;
  std::vector<Segment> segments_;
  uint64_t missing_ = 0;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_DUMP_ELF_CORE_H_
