// Fails on purpose on rare inputs: shows that the harness finds, shrinks and replays.
#include "fuzz/target.h"

const char khofuzz::kFuzzTarget[] = "canary";
