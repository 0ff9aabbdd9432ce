// A radix tree of raw keys beside a set, under allocations that fail.
#include "fuzz/target.h"

const char khofuzz::kFuzzTarget[] = "fuzz_radix_tree";
