// kho_scratch=: read twice, then sized and reserved.
#include "fuzz/target.h"

const char khofuzz::kFuzzTarget[] = "fuzz_scratch_params";
