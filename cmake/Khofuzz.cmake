# How every library, test and fuzz target of ours is compiled.

add_library(khofuzz_flags INTERFACE)
target_include_directories(khofuzz_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(khofuzz_flags INTERFACE
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wno-missing-field-initializers
  $<$<BOOL:${KHOFUZZ_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # gcc 12 sees overflows in libstdc++'s own std::string that are not there (its bugs 105329, 105651), and
  # takes room in an absl::InlinedVector that holds nothing for something that is read when it moves.
  target_compile_options(khofuzz_flags INTERFACE
    -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread
    -Wno-maybe-uninitialized)
endif()
if(KHOFUZZ_SANITIZE)
  target_compile_options(khofuzz_flags INTERFACE
    -fsanitize=${KHOFUZZ_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(khofuzz_flags INTERFACE -fsanitize=${KHOFUZZ_SANITIZE})
endif()

# The code under test, core/, counts its edges, for libFuzzer; the scenario parser would drown it, and
# to look at each edge after each run is most of what libFuzzer costs (docs/speed.md). It is compiled
# once, and so counts in the other programs as well, where nobody looks (core/counters.cc): that costs
# some of a life's instructions, a second build of core/ a fifth of the build. Edge counters only:
# comparisons against values of the input (trace-cmp) would help a mutator of bytes; ours mutates ops,
# and a radix table is five hundred comparisons a page. The same with ClusterFuzzLite's engine, whose own
# flags for it are taken off; a coverage build has none.
set(KHOFUZZ_COVERAGE_FLAG "")
if(KHOFUZZ_ENGINE_COUNTS OR (KHOFUZZ_LIBFUZZER AND NOT KHOFUZZ_FUZZING_ENGINE))
  set(KHOFUZZ_COVERAGE_FLAG -fsanitize-coverage=inline-8bit-counters,pc-table)
endif()

# khofuzz_pch(NAME HEADER [OPTIONS compile options...] [DEPS targets...]): cmake/precompiled/HEADER,
# precompiled once for all that are compiled alike. What everybody includes takes more of a build than
# our own code does. (A file of ours, not a list: CMake does not see that a list has changed.)
function(khofuzz_pch name header)
  cmake_parse_arguments(arg "" "" "OPTIONS;DEPS" ${ARGN})
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cc CONTENT "")
  add_library(${name} OBJECT EXCLUDE_FROM_ALL ${CMAKE_CURRENT_BINARY_DIR}/${name}.cc)
  target_link_libraries(${name} PRIVATE khofuzz_flags absl::btree absl::flat_hash_map
    absl::flat_hash_set absl::status absl::statusor absl::strings ${arg_DEPS})
  # Without the headers' times in it, the same headers make the same file: ccache depends on it.
  target_compile_options(${name} PRIVATE ${arg_OPTIONS}
    $<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>)
  target_precompile_headers(${name} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/precompiled/${header})
endfunction()

# A folder may have others, options that go with them, and larger batches.
khofuzz_pch(khofuzz_library_pch library.h)
set(KHOFUZZ_PCH khofuzz_library_pch)
set(KHOFUZZ_PCH_OPTIONS "")
set(KHOFUZZ_BATCH 6)

if(KHOFUZZ_TESTS)
  # Test code runs once; building it is what takes the time. A sanitizer's report names the functions of a
  # test without debug information, which is a quarter of what they take to compile, and lines of ours.
  set(KHOFUZZ_TEST_OPTIONS
    -O0 $<$<CONFIG:RelWithDebInfo>:-g0> -DKHOFUZZ_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  khofuzz_pch(khofuzz_test_pch test.h OPTIONS ${KHOFUZZ_TEST_OPTIONS} DEPS GTest::gmock)
  set(KHOFUZZ_TEST_PCH khofuzz_test_pch)
endif()

# What several sources instantiate alike is then compiled once for all of them.
function(khofuzz_unity name batch)
  if(KHOFUZZ_UNITY STREQUAL "ALL")
    set(batch 0)
  endif()
  if(NOT KHOFUZZ_UNITY STREQUAL "OFF")
    set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${batch})
  endif()
endfunction()

# khofuzz_library(NAME SOURCES... [DEPS targets...] [COVERED])
function(khofuzz_library name)
  cmake_parse_arguments(arg "COVERED" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC khofuzz_flags ${arg_DEPS})
  target_compile_options(${name} PRIVATE ${KHOFUZZ_PCH_OPTIONS})
  if(arg_COVERED)
    target_compile_options(${name} PRIVATE ${KHOFUZZ_COVERAGE_FLAG})
  endif()
  target_precompile_headers(${name} REUSE_FROM ${KHOFUZZ_PCH})
  khofuzz_unity(${name} ${KHOFUZZ_BATCH})
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
  target_compile_options(${name} PRIVATE ${KHOFUZZ_TEST_OPTIONS})
  target_precompile_headers(${name} REUSE_FROM ${KHOFUZZ_TEST_PCH})
  khofuzz_unity(${name} 12)
  include(GoogleTest)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}")
endfunction()
