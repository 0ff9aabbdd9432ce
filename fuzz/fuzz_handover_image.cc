// A handover's bytes, whole and damaged: FDT, scratch table, tree pages.
#include "fuzz/target.h"

const char khofuzz::kFuzzTarget[] = "fuzz_handover_image";
