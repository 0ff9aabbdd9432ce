// What whatever knows of scenarios includes. Not the ops: who changes one would compile it all.
#include "cmake/precompiled/library.h"
#include "scenario/language/scenario.h"
