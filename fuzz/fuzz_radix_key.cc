// Radix keys: encoding, decoding, the key width, for every page size.
#include "fuzz/target.h"

const char khofuzz::kFuzzTarget[] = "fuzz_radix_key";
