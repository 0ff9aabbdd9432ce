// Radix keys: encoding, decoding, the key width, for every page size.
#include "fuzz/glue.h"

const std::string_view khofuzz::kFuzzTarget = "fuzz_radix_key";

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return khofuzz::PlayInput(data, size);
}
