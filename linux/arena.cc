#include "linux/arena.h"

#include <sys/mman.h>

#include "absl/strings/str_cat.h"

namespace khofuzz {
namespace {

// Clear of AddressSanitizer's shadow, and far from where anything else is mapped, so that a wild
// pointer of the kernel faults.
constexpr uintptr_t kWhere = uintptr_t{1} << 45;
constexpr uint64_t kLeast = uint64_t{64} << 20;

absl::Status Grow(char*& at, uint64_t& mapped, uint64_t wanted, uintptr_t where) {
  if (wanted <= mapped) return absl::OkStatus();
  if (at != nullptr) munmap(at, mapped);
  uint64_t bytes = kLeast;
  while (bytes < wanted) bytes *= 2;
  void* got = mmap(reinterpret_cast<void*>(where), bytes, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (got == MAP_FAILED) {
    at = nullptr;
    mapped = 0;
    return absl::ResourceExhaustedError(
        absl::StrCat("no address space for a machine of ", wanted >> 20, " MiB"));
  }
  at = static_cast<char*>(got);
  mapped = bytes;
  return absl::OkStatus();
}

}  // namespace

Arena::~Arena() {
  if (memory_ != nullptr) munmap(memory_, mapped_);
  if (pages_ != nullptr) munmap(pages_, pages_mapped_);
}

absl::Status Arena::Reset(uint64_t bytes, uint64_t nr_pages, size_t page_bytes) {
  // What was touched is dropped; the rest was never there.
  if (memory_ != nullptr) madvise(memory_, bytes_, MADV_DONTNEED);
  bytes_ = bytes;
  nr_pages_ = nr_pages;
  const absl::Status status = Grow(memory_, mapped_, bytes, kWhere);
  if (!status.ok()) return status;
  return Grow(pages_, pages_mapped_, nr_pages * page_bytes, kWhere + (uintptr_t{1} << 44));
}

}  // namespace khofuzz
