// A radix tree of raw keys beside a set, under allocations that fail.
#include "fuzz/glue.h"

const std::string_view khofuzz::kFuzzTarget = "fuzz_radix_tree";

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return khofuzz::PlayInput(data, size);
}
