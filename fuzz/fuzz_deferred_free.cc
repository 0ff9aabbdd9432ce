// Deferred initialisation: schedules, zones that grow early, neighbours.
#include "fuzz/glue.h"

const std::string_view khofuzz::kFuzzTarget = "fuzz_deferred_free";

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return khofuzz::PlayInput(data, size);
}
