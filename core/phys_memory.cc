#include "core/phys_memory.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/base/config.h"

namespace khofuzz {
namespace {

#ifdef ABSL_HAVE_ADDRESS_SANITIZER
constexpr uint64_t kMostSpareBytes = 0;  // who still writes to a page that is gone is to be seen
#else
constexpr uint64_t kMostSpareBytes = 4 << 20;
#endif

using Pages = std::vector<std::unique_ptr<uint64_t[]>>;

// Pages of zeroes that some memory had before, of each size. A life has a hundred of them, most of
// which are written in a few places: to have them from the heap and clear all of them takes longer.
struct Spare {
  ~Spare();
  std::array<Pages, 64> of_shift;
};
thread_local Spare spare;
// What is static goes after what is a thread's.
thread_local bool spare_is_gone = false;
Spare::~Spare() { spare_is_gone = true; }

// Null where there can be none.
Pages* SparePages(unsigned page_shift) {
  return spare_is_gone ? nullptr : &spare.of_shift[page_shift % spare.of_shift.size()];
}

}  // namespace

PhysMemory::PhysMemory(unsigned page_shift) : page_shift_(page_shift) {}

PhysMemory::~PhysMemory() { DropAll(); }

// The cache points into pages_, so it goes where they go.
PhysMemory::PhysMemory(PhysMemory&& other) noexcept
    : page_shift_(other.page_shift_),
      pages_(std::exchange(other.pages_, {})),
      cache_(std::exchange(other.cache_, {})) {
  ++other.generation_;
}

PhysMemory& PhysMemory::operator=(PhysMemory&& other) noexcept {
  if (this == &other) return *this;
  DropAll();
  page_shift_ = other.page_shift_;
  pages_ = std::exchange(other.pages_, {});
  cache_ = std::exchange(other.cache_, {});
  ++generation_;
  ++other.generation_;
  return *this;
}

PhysMemory PhysMemory::Clone() const {
  PhysMemory copy(page_shift_);
  copy.pages_.reserve(pages_.size());
  for (const auto& [page, words] : pages_) {
    Page to = NewPage();
    CopyWritten(words.get(), to.get());
    copy.pages_.emplace(page, std::move(to));
  }
  return copy;
}

template <typename Fn>
void PhysMemory::ForEachPart(uint64_t parts, Fn fn) const {
  const uint64_t size = words_per_page() / 64;
  if (parts == kEverywhere) return fn(uint64_t{0}, words_per_page());
  for (; parts != 0; parts &= parts - 1) {
    fn(static_cast<uint64_t>(std::countr_zero(parts)) * size, size);
  }
}

void PhysMemory::CopyWritten(const uint64_t* from, uint64_t* to) const {
  ForEachPart(from[0], [from, to](uint64_t first, uint64_t count) {
    std::copy_n(from + kHeader + first, count, to + kHeader + first);
  });
  to[0] = from[0];
}

PhysMemory::Page PhysMemory::NewPage() const {
  Pages* const pages = SparePages(page_shift_);
  if (pages == nullptr || pages->empty()) {
    return std::make_unique<uint64_t[]>(kHeader + words_per_page());
  }
  Page page = std::move(pages->back());
  pages->pop_back();
  return page;
}

void PhysMemory::Zero(uint64_t* page) const {
  ForEachPart(page[0], [page](uint64_t first, uint64_t count) {
    std::fill_n(page + kHeader + first, count, 0);
  });
  page[0] = 0;
}

void PhysMemory::GiveBack(Page page) const {
  Pages* const pages = SparePages(page_shift_);
  if (pages == nullptr || (pages->size() + 1) << page_shift_ > kMostSpareBytes) return;
  Zero(page.get());
  pages->push_back(std::move(page));
}

void PhysMemory::DropAll() {
  for (auto& [at, page] : pages_) GiveBack(std::move(page));
  pages_.clear();
}

uint64_t* PhysMemory::LookUp(PhysAddr page) const {
  const auto it = pages_.find(page);
  if (it == pages_.end()) return nullptr;
  uint64_t* const words = it->second.get() + kHeader;
  LineOf(page) = {page.value, words};
  return words;
}

void PhysMemory::BackZeroed(PhysAddr page) {
  Page& words = pages_[page];
  if (words == nullptr) {
    words = NewPage();
  } else {
    Zero(words.get());
  }
}

void PhysMemory::BackWith(PhysAddr page, std::span<const uint8_t> bytes) {
  BackZeroed(page);
  uint64_t* words = WordsToNote(page);
  uint64_t& parts = words[-kHeader];
  const uint64_t size = words_per_page() / 64;
  for (unsigned part = 0; !bytes.empty(); ++part, words += size) {
    const size_t count = std::min<size_t>(bytes.size(), size * sizeof(uint64_t));
    std::memcpy(words, bytes.data(), count);
    uint64_t any = 0;
    for (uint64_t i = 0; i < size; ++i) any |= words[i];
    parts |= uint64_t{any != 0} << part;
    bytes = bytes.subspan(count);
  }
}

bool PhysMemory::IsAsIn(const PhysMemory& other, PhysAddr page) const {
  const uint64_t* const mine = Find(page);
  const uint64_t* const theirs = other.Find(page);
  if (mine == nullptr || theirs == nullptr) return false;
  bool same = true;
  ForEachPart(mine[-kHeader] | theirs[-kHeader], [&](uint64_t first, uint64_t count) {
    same = same && std::equal(mine + first, mine + first + count, theirs + first);
  });
  return same;
}

void PhysMemory::BackAs(PhysAddr page, const PhysMemory& other) {
  const uint64_t* const from = other.Find(page);
  if (from == nullptr) return;
  BackZeroed(page);
  CopyWritten(from - kHeader, WordsToNote(page) - kHeader);
}

void PhysMemory::Drop(PhysAddr page) {
  if (auto dropped = pages_.extract(page); !dropped.empty()) GiveBack(std::move(dropped.mapped()));
  ++generation_;
  CacheLine& line = LineOf(page);
  if (line.page == page.value) line = {};
}

std::span<uint8_t> PhysMemory::BytesToWrite(PhysAddr page) {
  uint64_t* words = WordsToWrite(page);
  if (words == nullptr) return {};
  return {reinterpret_cast<uint8_t*>(words), page_size()};
}

std::span<const uint8_t> PhysMemory::Bytes(PhysAddr page) const {
  const uint64_t* words = Words(page);
  if (words == nullptr) return {};
  return {reinterpret_cast<const uint8_t*>(words), page_size()};
}

}  // namespace khofuzz
