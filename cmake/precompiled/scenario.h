// What whatever knows of scenarios includes: every op is a struct, and all of them are in a
// variant.
#include "cmake/precompiled/library.h"
#include "scenario/language/scenario.h"
