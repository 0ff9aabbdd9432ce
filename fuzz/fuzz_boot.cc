// Whole boots: cold, kexec, and what is inherited, up to the last struct page.
#include "fuzz/target.h"

const char khofuzz::kFuzzTarget[] = "fuzz_boot";
