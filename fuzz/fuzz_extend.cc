// Scratch extension as published, the fast way, and by definition.
#include "fuzz/glue.h"

const std::string_view khofuzz::kFuzzTarget = "fuzz_extend";

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return khofuzz::PlayInput(data, size);
}
