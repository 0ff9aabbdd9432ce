// What a tree's functions are called for, by the names and types of their parameters.
#ifndef KHOFUZZ_LINUX_SIGNATURES_H_
#define KHOFUZZ_LINUX_SIGNATURES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/address.h"

namespace khofuzz {

// A function that is called for a range of pages.
class PageCall {
 public:
  // Of parameters as C has them, "struct zone *zone,unsigned long pfn,unsigned long end_pfn":
  //   a first page (pfn, start_pfn, spfn) with an end (end_pfn, epfn) or a count (nr_pages), or
  //   by itself, then for 1 << order pages where there is an order;
  //   a first address (start, base, addr, phys: of type phys_addr_t) with an end or a size, or by
  //   itself, likewise.
  // nullopt where they have nothing of the kind, or beyond the sixth; and where they have an
  // alignment (align): that is for somewhere in the range.
  static std::optional<PageCall> Of(std::string_view parameters);

  // Half-open; those that a range of addresses touches. Empty where it wraps around.
  PfnRange Pages(const std::array<uint64_t, 6>& args, unsigned page_shift) const;
  // Whether the caller says which node.
  bool gives_node() const { return gives_node_; }

  friend bool operator==(const PageCall&, const PageCall&) = default;

 private:
  enum class Length : uint8_t { kEnd, kCount, kOrder, kOne };
  size_t first_ = 0;   // among the arguments
  size_t second_ = 0;  // the length's
  Length length_ = Length::kOne;
  bool addresses_ = false;
  bool gives_node_ = false;
};

// Of kf_tree.signatures the parameters of `function`; nullopt where it is not there.
std::optional<std::string_view> ParametersOf(std::string_view signatures,
                                             std::string_view function);

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_SIGNATURES_H_
