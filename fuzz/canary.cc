// Fails on purpose on rare inputs: shows that the harness finds, shrinks and replays.
#include "fuzz/glue.h"

const std::string_view khofuzz::kFuzzTarget = "canary";

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return khofuzz::PlayInput(data, size);
}
