// A tree's radix keys and its tree of raw keys beside the model's.
#include "fuzz/glue.h"

const std::string_view khofuzz::kFuzzTarget = "fuzz_diff_radix";

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return khofuzz::PlayInput(data, size);
}
