// What the command line includes.
#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "cmake/precompiled/library.h"
#include "scenario/run.h"
