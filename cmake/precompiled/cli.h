// What the commands include. Not CLI11: every file that sees it gets objects of its own to
// initialise.
#include <chrono>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "cmake/precompiled/library.h"
#include "scenario/playing/run.h"
