// Deferred initialisation: schedules, zones that grow early, neighbours.
#include "fuzz/target.h"

const char khofuzz::kFuzzTarget[] = "fuzz_deferred_free";
