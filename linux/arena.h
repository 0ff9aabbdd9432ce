// The physical memory of a machine as a compiled kernel needs it: one stretch of address space, so
// that __va() is an addition.
#ifndef KHOFUZZ_LINUX_ARENA_H_
#define KHOFUZZ_LINUX_ARENA_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "core/address.h"

namespace khofuzz {

// A machine's memory ends at or below this. Each GiB that is memory, whose struct pages a tree
// initialises, takes some 4 MiB.
inline constexpr uint64_t kMostArenaBytes = uint64_t{640} << 30;

// Pages exist once they are touched. What is mapped grows and is kept: mapping anew for each
// of thousands of short lives would cost more than the lives do.
class Arena {
 public:
  Arena() = default;
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // All zeroes, `bytes` of memory and struct pages of `page_bytes` for `nr_pages` pages.
  // ResourceExhausted above kMostArenaBytes, or if there is no address space for it.
  absl::Status Reset(uint64_t bytes, uint64_t nr_pages, size_t page_bytes);
  // Before a kernel runs: all struct pages, `page_bytes` each, have all bits set. Those outside of
  // `memory`, its own and that of the kernels since Reset(), are expected to stay so, so that what
  // a machine costs is its memory and not how far apart that lies; what is written there is to be
  // told to NotePages().
  void PoisonPages(size_t page_bytes, std::span<const PfnRange> memory);
  void NotePages(PfnRange written);
  // Where struct pages may have been written since Reset(), by address, without overlaps.
  std::vector<PfnRange> WrittenPages() const;

  char* memory() { return memory_; }
  uint64_t bytes() const { return bytes_; }
  void* pages() { return pages_; }
  uint64_t nr_pages() const { return nr_pages_; }

  // The words of the page at page-aligned `page` of `page_size` bytes; null outside of memory.
  uint64_t* Words(PhysAddr page, uint64_t page_size) {
    if (page.value > bytes_ || bytes_ - page.value < page_size) return nullptr;
    return reinterpret_cast<uint64_t*>(memory_ + page.value);
  }

 private:
  char* memory_ = nullptr;
  uint64_t mapped_ = 0;
  uint64_t bytes_ = 0;
  char* pages_ = nullptr;
  uint64_t pages_mapped_ = 0;
  uint64_t nr_pages_ = 0;

  size_t page_bytes_ = 0;
  std::vector<PfnRange> written_;  // perhaps; all other pages that are mapped are poisoned
  bool reset_ = false;             // no kernel has run since
};

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_ARENA_H_
