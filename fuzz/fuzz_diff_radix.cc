// A tree's radix keys and its tree of raw keys beside the model's.
#include "fuzz/target.h"

const char khofuzz::kFuzzTarget[] = "fuzz_diff_radix";
