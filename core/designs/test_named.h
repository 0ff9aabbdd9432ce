// For tests only: a quirk by its name. A test that says it so is not compiled anew with each new
// quirk.
#ifndef KHOFUZZ_CORE_DESIGNS_TEST_NAMED_H_
#define KHOFUZZ_CORE_DESIGNS_TEST_NAMED_H_

#include <string_view>

#include "core/designs/design.h"
#include "gtest/gtest.h"

namespace khofuzz {

inline Quirk QuirkNamed(std::string_view name) {
  const QuirkInfo* const info = FindQuirk(name);
  EXPECT_NE(info, nullptr) << "no quirk " << name;
  return info == nullptr ? Quirk() : info->quirk;
}

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_DESIGNS_TEST_NAMED_H_
