#include "linux/arena.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace khofuzz {
namespace {

// Clear of AddressSanitizer's shadow, and far from where anything else is mapped, so that a wild
// pointer of the kernel faults.
constexpr uintptr_t kWhere = uintptr_t{1} << 45;
constexpr uint64_t kLeast = uint64_t{64} << 20;
constexpr uint64_t kOnesBytes = uint64_t{2} << 20;

// Of at least one byte.
bool IsClear(const char* at, uint64_t bytes) {
  return *at == 0 && std::memcmp(at, at + 1, bytes - 1) == 0;
}

// Zeroes at [at, at + bytes) again, where it was written. A page that is dropped has to be got
// again from the kernel below us, which costs more than all that a short life does to it: so what
// is there is cleared, as long as that is little. False if it is not, or if nobody knows.
bool ClearWritten(char* at, uint64_t bytes) {
  constexpr uint64_t kMostBytes = uint64_t{64} << 20;
  constexpr uint64_t kThere = uint64_t{3} << 62;  // present, or swapped out
  const uint64_t page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  if (bytes > kMostBytes || bytes % page != 0) return false;
  // Opened anew each time: a process that has forked is another.
  const int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  if (pagemap < 0) return false;
  bool known = true;
  uint64_t looked_at = 0, cleared = 0;
  std::array<uint64_t, 512> entries;
  for (uint64_t done = 0; known && done < bytes; done += entries.size() * page) {
    const size_t count = static_cast<size_t>(std::min(entries.size(), (bytes - done) / page));
    const uint64_t first = reinterpret_cast<uintptr_t>(at + done) / page;
    const ssize_t wanted = static_cast<ssize_t>(count * sizeof(uint64_t));
    known = pread(pagemap, entries.data(), static_cast<size_t>(wanted),
                  static_cast<off_t>(first * sizeof(uint64_t))) == wanted;
    for (size_t i = 0; known && i < count; ++i) {
      // Mostly none of several is there.
      constexpr size_t kSeveral = 8;
      if (i % kSeveral == 0 && i + kSeveral <= count) {
        uint64_t any = 0;
        for (size_t j = i; j < i + kSeveral; ++j) any |= entries[j];
        if ((any & kThere) == 0) {
          i += kSeveral - 1;
          continue;
        }
      }
      if ((entries[i] & kThere) == 0) continue;
      // What was only read is there, but shared by all that is zeroes, and not to be had anew.
      char* const there = at + done + i * page;
      known = (looked_at += page) <= bytes / 2;
      if (IsClear(there, page)) continue;
      std::memset(there, 0, page);
      known = known && (cleared += page) <= bytes / 4;
    }
  }
  close(pagemap);
  return known;
}

// Pages of zeroes.
char* MapZeroes(uint64_t bytes, uintptr_t where) {
  void* const got = mmap(reinterpret_cast<void*>(where), bytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return got == MAP_FAILED ? nullptr : static_cast<char*>(got);
}

// Pages all bits of which are set, which take no memory until they are written: all of them are
// those of one small file.
char* MapOnes(uint64_t bytes, uintptr_t where) {
  static_assert(kLeast % kOnesBytes == 0);
  const int file = memfd_create("khofuzz-ones", MFD_CLOEXEC);
  if (file < 0) return nullptr;
  char* start = nullptr;
  const std::string ones(kOnesBytes, '\xff');
  if (write(file, ones.data(), ones.size()) == static_cast<ssize_t>(ones.size())) {
    start = MapZeroes(bytes, where);
  }
  for (uint64_t done = 0; start != nullptr && done < bytes; done += kOnesBytes) {
    if (mmap(start + done, kOnesBytes, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_NORESERVE | MAP_FIXED, file, 0) == MAP_FAILED) {
      munmap(start, bytes);
      start = nullptr;
    }
  }
  close(file);
  return start;
}

// True if all of it is mapped anew, by `map`, since it was less than `wanted`; `at` is null if it
// could not be.
bool Grow(char*& at, uint64_t& mapped, uint64_t wanted, uintptr_t where,
          char* (*map)(uint64_t bytes, uintptr_t where)) {
  if (at != nullptr && wanted <= mapped) return false;
  if (at != nullptr) munmap(at, mapped);
  // Machines come in all sizes, one after another.
  mapped = kLeast;
  while (mapped < wanted) mapped *= 2;
  at = map(mapped, where);
  if (at == nullptr) mapped = 0;
  return true;
}

}  // namespace

Arena::~Arena() {
  if (memory_ != nullptr) munmap(memory_, mapped_);
  if (pages_ != nullptr) munmap(pages_, pages_mapped_);
}

absl::Status Arena::Reset(uint64_t bytes, uint64_t nr_pages, size_t page_bytes) {
  if (bytes > kMostArenaBytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("this machine's memory ends at ", bytes >> 30, " GiB; a tree plays up to ",
                     kMostArenaBytes >> 30,
                     " GiB, since it has a struct page for each page (the model has no limit)"));
  }
  // What was touched is cleared or dropped; the rest was never there.
  if (memory_ != nullptr && !ClearWritten(memory_, bytes_)) {
    madvise(memory_, bytes_, MADV_DONTNEED);
  }
  bytes_ = bytes;
  nr_pages_ = nr_pages;
  reset_ = true;
  Grow(memory_, mapped_, bytes, kWhere, MapZeroes);
  if (Grow(pages_, pages_mapped_, nr_pages * page_bytes, kWhere + (uintptr_t{1} << 44), MapOnes)) {
    written_.clear();
  }
  if (memory_ == nullptr || pages_ == nullptr) {
    return absl::ResourceExhaustedError(
        absl::StrCat("no address space for a machine of ", bytes >> 20, " MiB"));
  }
  return absl::OkStatus();
}

void Arena::PoisonPages(size_t page_bytes, std::span<const PfnRange> memory) {
  for (const PfnRange& pages : written_) {
    // Of a machine that was larger, or of another tree's.
    const uint64_t end = std::min(pages.end.value * page_bytes_, pages_mapped_);
    const uint64_t begin = std::min(pages.begin.value * page_bytes_, end);
    std::memset(pages_ + begin, 0xff, end - begin);
  }
  if (std::exchange(reset_, false)) written_.clear();
  page_bytes_ = page_bytes;
  for (const PfnRange& pages : memory) NotePages(pages);
}

std::vector<PfnRange> Arena::WrittenPages() const {
  std::vector<PfnRange> sorted = written_;
  std::ranges::sort(sorted, {}, &PfnRange::begin);
  Pfn next{0};
  for (PfnRange& pages : sorted) {
    pages.end = std::min(pages.end, Pfn{nr_pages_});
    pages.begin = std::min(std::max(pages.begin, next), pages.end);
    next = std::max(next, pages.end);
  }
  return sorted;
}

void Arena::NotePages(PfnRange written) {
  const bool known = std::ranges::any_of(
      written_, [&written](const PfnRange& other) { return other.Contains(written); });
  if (!known) written_.push_back(written);
}

}  // namespace khofuzz
