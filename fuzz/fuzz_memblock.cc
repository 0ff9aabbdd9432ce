// memblock beside a map of every page, while its arrays double and may fail to.
#include "fuzz/target.h"

const char khofuzz::kFuzzTarget[] = "fuzz_memblock";
