#include "core/phys_memory.h"

#include <algorithm>
#include <utility>

namespace khofuzz {

PhysMemory::PhysMemory(unsigned page_shift) : page_shift_(page_shift) {}

// The cache points into pages_, so it goes where they go.
PhysMemory::PhysMemory(PhysMemory&& other) noexcept
    : page_shift_(other.page_shift_),
      pages_(std::exchange(other.pages_, {})),
      cache_(std::exchange(other.cache_, {})) {
  ++other.generation_;
}

PhysMemory& PhysMemory::operator=(PhysMemory&& other) noexcept {
  if (this == &other) return *this;
  page_shift_ = other.page_shift_;
  pages_ = std::exchange(other.pages_, {});
  cache_ = std::exchange(other.cache_, {});
  ++generation_;
  ++other.generation_;
  return *this;
}

PhysMemory PhysMemory::Clone() const {
  PhysMemory copy(page_shift_);
  ForEachPage([&copy](PhysAddr page, std::span<const uint64_t> words) {
    std::ranges::copy(words, copy.BackToFill(page));
  });
  return copy;
}

uint64_t* PhysMemory::LookUp(PhysAddr page) const {
  const auto it = pages_.find(page);
  if (it == pages_.end()) return nullptr;
  uint64_t* const words = it->second.get() + kHeader;
  LineOf(page) = {page.value, words};
  return words;
}

void PhysMemory::BackZeroed(PhysAddr page) {
  auto& words = pages_[page];
  const uint64_t count = kHeader + words_per_page();
  if (words == nullptr) {
    words = std::make_unique<uint64_t[]>(count);
  } else {
    std::fill_n(words.get(), count, 0);
  }
}

void PhysMemory::Drop(PhysAddr page) {
  pages_.erase(page);
  ++generation_;
  CacheLine& line = LineOf(page);
  if (line.page == page.value) line = {};
}

std::span<uint8_t> PhysMemory::Bytes(PhysAddr page) {
  uint64_t* words = Words(page);
  if (words == nullptr) return {};
  return {reinterpret_cast<uint8_t*>(words), page_size()};
}

std::span<const uint8_t> PhysMemory::Bytes(PhysAddr page) const {
  const uint64_t* words = Words(page);
  if (words == nullptr) return {};
  return {reinterpret_cast<const uint8_t*>(words), page_size()};
}

}  // namespace khofuzz
