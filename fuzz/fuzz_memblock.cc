// memblock beside a map of every page, while its arrays double and may fail to.
#include "fuzz/glue.h"

const std::string_view khofuzz::kFuzzTarget = "fuzz_memblock";

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return khofuzz::PlayInput(data, size);
}
