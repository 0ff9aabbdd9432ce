// What tests of the command line include.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cmake/precompiled/scenario_test.h"
