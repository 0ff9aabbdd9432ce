// Preserving and restoring of every kind, in every order, with failures.
#include "fuzz/glue.h"

const std::string_view khofuzz::kFuzzTarget = "fuzz_restore";

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return khofuzz::PlayInput(data, size);
}
