// Whole lives on a tree and on the model it is known to match.
#include "fuzz/target.h"

const char khofuzz::kFuzzTarget[] = "fuzz_diff_boot";
