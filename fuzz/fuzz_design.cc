// A machine's whole life under quirks that are declared harmless.
#include "fuzz/target.h"

const char khofuzz::kFuzzTarget[] = "fuzz_design";
