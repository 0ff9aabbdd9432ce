// Reserved memory of every kind meeting memmap initialisation.
#include "fuzz/glue.h"

const std::string_view khofuzz::kFuzzTarget = "fuzz_reserved_init";

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return khofuzz::PlayInput(data, size);
}
