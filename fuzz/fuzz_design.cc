// A machine's whole life under quirks that are declared harmless.
#include "fuzz/glue.h"

const std::string_view khofuzz::kFuzzTarget = "fuzz_design";

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return khofuzz::PlayInput(data, size);
}
