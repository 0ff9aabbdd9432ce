// Gigantic pages on both kinds of boot, preserved and not.
#include "fuzz/target.h"

const char khofuzz::kFuzzTarget[] = "fuzz_hugetlb";
