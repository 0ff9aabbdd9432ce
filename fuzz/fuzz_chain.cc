// A machine's whole life: kernel after kernel, everything that each can do.
#include "fuzz/glue.h"

const std::string_view khofuzz::kFuzzTarget = "fuzz_chain";

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return khofuzz::PlayInput(data, size);
}
