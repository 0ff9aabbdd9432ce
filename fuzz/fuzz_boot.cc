// Whole boots: cold, kexec, and what is inherited, up to the last struct page.
#include "fuzz/glue.h"

const std::string_view khofuzz::kFuzzTarget = "fuzz_boot";

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return khofuzz::PlayInput(data, size);
}
