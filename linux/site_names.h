// Names for places in a tree's source.
#ifndef KHOFUZZ_LINUX_SITE_NAMES_H_
#define KHOFUZZ_LINUX_SITE_NAMES_H_

#include <string_view>

#include "linux/abi.h"

namespace khofuzz {

class SiteNames {
 public:
  virtual ~SiteNames() = default;
  // Who does what is done at `at`, called from `caller` (may be null): the name of the kernel
  // function; empty for no place. Each place has a string of its own, which stays.
  virtual std::string_view Who(const kf_site* at, void* caller) = 0;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_SITE_NAMES_H_
