// kho_scratch=: read twice, then sized and reserved.
#include "fuzz/glue.h"

const std::string_view khofuzz::kFuzzTarget = "fuzz_scratch_params";

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return khofuzz::PlayInput(data, size);
}
