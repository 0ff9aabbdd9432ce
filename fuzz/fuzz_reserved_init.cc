// Reserved memory of every kind meeting memmap initialisation.
#include "fuzz/target.h"

const char khofuzz::kFuzzTarget[] = "fuzz_reserved_init";
