// Preserving and restoring of every kind, in every order, with failures.
#include "fuzz/target.h"

const char khofuzz::kFuzzTarget[] = "fuzz_restore";
