// A handover's bytes, whole and damaged: FDT, scratch table, tree pages.
#include "fuzz/glue.h"

const std::string_view khofuzz::kFuzzTarget = "fuzz_handover_image";

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return khofuzz::PlayInput(data, size);
}
