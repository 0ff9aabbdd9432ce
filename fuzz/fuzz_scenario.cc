// The scenario language itself: any bytes in, text and scenarios out.
#include "fuzz/target.h"

const char khofuzz::kFuzzTarget[] = "fuzz_scenario";
