// Gigantic pages on both kinds of boot, preserved and not.
#include "fuzz/glue.h"

const std::string_view khofuzz::kFuzzTarget = "fuzz_hugetlb";

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return khofuzz::PlayInput(data, size);
}
