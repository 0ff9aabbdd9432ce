// Scratch extension as published, the fast way, and by definition.
#include "fuzz/target.h"

const char khofuzz::kFuzzTarget[] = "fuzz_extend";
