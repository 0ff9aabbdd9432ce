// A tree's memblock beside the model's.
#include "fuzz/target.h"

const char khofuzz::kFuzzTarget[] = "fuzz_diff_memblock";
