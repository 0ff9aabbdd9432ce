// The contents of physical memory pages, as far as anybody wrote any.
//
// Sparse: a page exists once it is backed. Radix nodes, the FDT and the scratch table live here at
// their physical addresses, exactly as one kernel leaves them for the next.
#ifndef KHOFUZZ_CORE_PHYS_MEMORY_H_
#define KHOFUZZ_CORE_PHYS_MEMORY_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "absl/container/flat_hash_map.h"
#include "core/address.h"

namespace khofuzz {

class PhysMemory {
 public:
  // `page_shift` as Geometry::page_shift.
  explicit PhysMemory(unsigned page_shift);
  // Moving leaves a memory of the same page size with no page backed.
  PhysMemory(PhysMemory&& other) noexcept;
  ~PhysMemory();
  PhysMemory& operator=(PhysMemory&& other) noexcept;
  // A deep copy: later writes to either are not seen by the other.
  PhysMemory Clone() const;

  unsigned page_shift() const { return page_shift_; }
  uint64_t page_size() const { return uint64_t{1} << page_shift_; }
  uint64_t words_per_page() const { return page_size() / sizeof(uint64_t); }
  size_t backed_pages() const { return pages_.size(); }

  // The page's words, or nullptr when the page is not backed or `page` is not page-aligned.
  // The pointer stays good until the page is dropped or backed again.
  const uint64_t* Words(PhysAddr page) const { return Find(page); }
  // The same for whoever may write all of them, at any time.
  uint64_t* WordsToWrite(PhysAddr page) {
    uint64_t* const words = Find(page);
    if (words != nullptr) words[-kHeader] = kEverywhere;
    return words;
  }
  // The same for whoever writes a few of them, and says so of each by NoteWritten().
  uint64_t* WordsToNote(PhysAddr page) { return Find(page); }
  void NoteWritten(uint64_t* words, uint64_t index) const {
    words[-kHeader] |= uint64_t{1} << (index >> (page_shift_ - kPartShift));
  }
  // Sets one word of a page that is backed.
  void Write(PhysAddr page, uint64_t index, uint64_t value) {
    uint64_t* const words = WordsToNote(page);
    words[index] = value;
    NoteWritten(words, index);
  }
  // Where these words, of a page, may be other than 0: bit n stands for the n-th 64th of them.
  // Nodes of radix trees are nearly empty and read again and again.
  static constexpr uint64_t kEverywhere = ~uint64_t{0};
  static uint64_t WrittenParts(const uint64_t* words) { return words[-kHeader]; }

  // Backs the page at page-aligned `page` with zeroes, whether or not it was backed before.
  void BackZeroed(PhysAddr page);
  // The same for whoever fills it.
  uint64_t* BackToFill(PhysAddr page) {
    BackZeroed(page);
    return WordsToWrite(page);
  }
  // The same with these bytes, a page of them at most, and zeroes behind.
  void BackWith(PhysAddr page, std::span<const uint8_t> bytes);
  // The same as it is in `other`, of the same page size; nothing where it is not backed there.
  void BackAs(PhysAddr page, const PhysMemory& other);
  // Forgets the page.
  void Drop(PhysAddr page);
  // Changes whenever a pointer that Words() has returned may have gone stale.
  uint64_t generation() const { return generation_; }

  // The page's bytes; empty when it is not backed.
  std::span<const uint8_t> Bytes(PhysAddr page) const;
  // The same for whoever may write all of them, at any time.
  std::span<uint8_t> BytesToWrite(PhysAddr page);
  // Whether the page is backed in both, of the same page size, and holds the same.
  bool IsAsIn(const PhysMemory& other, PhysAddr page) const;

  // Calls fn(PhysAddr, std::span<const uint64_t>) for every backed page, in no particular order.
  template <typename Fn>
  void ForEachPage(Fn fn) const {
    for (const auto& [page, words] : pages_) {
      fn(page, std::span<const uint64_t>(words.get() + kHeader, words_per_page()));
    }
  }

 private:
  // phys_to_virt() is an addition in the kernel; a hash look-up for each level of each key would
  // make every measurement one of our hash table. A small direct-mapped cache keeps it near that.
  static constexpr size_t kCacheLines = 64;
  // In words, before a page's own: which parts of it have been written. Two, so that the page is
  // aligned as it was allocated.
  static constexpr std::ptrdiff_t kHeader = 2;
  using Page = std::unique_ptr<uint64_t[]>;  // with its header
  // 8 bytes a word, 64 parts.
  static constexpr unsigned kPartShift = 3 + 6;
  struct CacheLine {
    uint64_t page = 0;
    uint64_t* words = nullptr;
  };

  CacheLine& LineOf(PhysAddr page) const {
    return cache_[(page.value >> page_shift_) % kCacheLines];
  }
  uint64_t* Find(PhysAddr page) const {
    const CacheLine& line = LineOf(page);
    if (line.page == page.value && line.words != nullptr) return line.words;
    return LookUp(page);
  }
  uint64_t* LookUp(PhysAddr page) const;
  // Calls fn(first, count) for the words of these parts, numbered from the page's first on.
  template <typename Fn>
  void ForEachPart(uint64_t parts, Fn fn) const;
  // To a page of zeroes; both with their headers.
  void CopyWritten(const uint64_t* from, uint64_t* to) const;
  // Of zeroes.
  Page NewPage() const;
  void Zero(uint64_t* page) const;
  void GiveBack(Page page) const;
  void DropAll();

  unsigned page_shift_;
  absl::flat_hash_map<PhysAddr, Page> pages_;
  mutable std::array<CacheLine, kCacheLines> cache_{};
  uint64_t generation_ = 0;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_PHYS_MEMORY_H_
