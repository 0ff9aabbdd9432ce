// A machine's whole life: kernel after kernel, everything that each can do.
#include "fuzz/target.h"

const char khofuzz::kFuzzTarget[] = "fuzz_chain";
