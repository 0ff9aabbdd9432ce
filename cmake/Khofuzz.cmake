# How every library, test and fuzz target of ours is compiled.

add_library(khofuzz_flags INTERFACE)
target_include_directories(khofuzz_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(khofuzz_flags INTERFACE
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wno-missing-field-initializers
  $<$<BOOL:${KHOFUZZ_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # gcc 12 sees overflows in libstdc++'s own std::string that are not there (its bugs 105329, 105651).
  target_compile_options(khofuzz_flags INTERFACE
    -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread)
endif()
if(KHOFUZZ_SANITIZE)
  target_compile_options(khofuzz_flags INTERFACE
    -fsanitize=${KHOFUZZ_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(khofuzz_flags INTERFACE -fsanitize=${KHOFUZZ_SANITIZE})
endif()

# Fuzz targets link libraries that report coverage to libFuzzer. Only the code under test does: the
# scenario parser would drown it. <name>_cov is <name> compiled a second time with that
# instrumentation; without libFuzzer, and where the engine's own flags instrument everything, it is
# <name> itself. Edge counters only: comparisons against values of the input (trace-cmp) would help a
# mutator of bytes; ours mutates ops, and a radix table is five hundred comparisons a page.
set(KHOFUZZ_COVERAGE_FLAG "")
if(KHOFUZZ_LIBFUZZER AND NOT KHOFUZZ_FUZZING_ENGINE)
  set(KHOFUZZ_COVERAGE_FLAG -fsanitize-coverage=inline-8bit-counters,pc-table)
endif()

# Headers that nearly every file includes: precompiled once a target, they halve the time to build.
set(KHOFUZZ_PRECOMPILED
  <algorithm> <cstdint> <functional> <memory> <optional> <span> <string> <string_view> <utility>
  <variant> <vector>
  <absl/container/btree_set.h> <absl/container/flat_hash_map.h> <absl/container/flat_hash_set.h>
  <absl/status/status.h> <absl/status/statusor.h> <absl/strings/str_cat.h>)

# khofuzz_library(NAME SOURCES... [DEPS targets...] [COVERED])
# DEPS that are covered libraries of ours appear in the _cov variant as their own _cov variants.
function(khofuzz_library name)
  cmake_parse_arguments(arg "COVERED" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC khofuzz_flags ${arg_DEPS})
  target_precompile_headers(${name} PRIVATE ${KHOFUZZ_PRECOMPILED})
  # Where sanitizers slow everything down anyway, and their runtime takes coverage from anybody, one
  # variant serves all.
  if(NOT KHOFUZZ_COVERAGE_FLAG OR KHOFUZZ_SANITIZE MATCHES "address")
    if(arg_COVERED)
      target_compile_options(${name} PRIVATE ${KHOFUZZ_COVERAGE_FLAG})
    endif()
    add_library(${name}_cov ALIAS ${name})
    return()
  endif()
  # Only what a fuzz target links is ever built.
  add_library(${name}_cov STATIC EXCLUDE_FROM_ALL ${arg_SOURCES})
  set(cov_deps "")
  foreach(dep IN LISTS arg_DEPS)
    if(TARGET ${dep}_cov)
      list(APPEND cov_deps ${dep}_cov)
    else()
      list(APPEND cov_deps ${dep})
    endif()
  endforeach()
  target_link_libraries(${name}_cov PUBLIC khofuzz_flags ${cov_deps})
  target_precompile_headers(${name}_cov PRIVATE ${KHOFUZZ_PRECOMPILED})
  if(arg_COVERED)
    target_compile_options(${name}_cov PRIVATE ${KHOFUZZ_COVERAGE_FLAG})
  endif()
endfunction()

# khofuzz_test(NAME [LABELS label] [TIMEOUT seconds] SOURCES... DEPS...): a GoogleTest binary, each of its tests known to ctest.
function(khofuzz_test name)
  cmake_parse_arguments(arg "" "LABELS;TIMEOUT" "SOURCES;DEPS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  if(NOT KHOFUZZ_TESTS)
    return()
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE khofuzz_flags ${arg_DEPS} GTest::gmock GTest::gtest_main)
  target_precompile_headers(${name} PRIVATE ${KHOFUZZ_PRECOMPILED} <gtest/gtest.h>)
  # Test code runs once; building it is what takes the time.
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O0>)
  target_compile_definitions(${name} PRIVATE KHOFUZZ_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  include(GoogleTest)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}")
endfunction()
