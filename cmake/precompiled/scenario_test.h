// What tests that play scenarios include.
#include "cmake/precompiled/test.h"
#include "scenario/playing/run.h"
