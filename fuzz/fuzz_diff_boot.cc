// Whole lives on a tree and on the model it is known to match.
#include "fuzz/glue.h"

const std::string_view khofuzz::kFuzzTarget = "fuzz_diff_boot";

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return khofuzz::PlayInput(data, size);
}
