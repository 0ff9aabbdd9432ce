// A tree's memblock beside the model's.
#include "fuzz/glue.h"

const std::string_view khofuzz::kFuzzTarget = "fuzz_diff_memblock";

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return khofuzz::PlayInput(data, size);
}
