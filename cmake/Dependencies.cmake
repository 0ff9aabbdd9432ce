# Where the libraries come from: installed packages, or source folders given by the caller (as the
# ClusterFuzzLite build does, where everything must be compiled with its flags).

if(KHOFUZZ_ABSL_SOURCE_DIR)
  set(ABSL_PROPAGATE_CXX_STD ON)
  set(ABSL_ENABLE_INSTALL OFF)
  set(ABSL_BUILD_TESTING OFF)
  add_subdirectory(${KHOFUZZ_ABSL_SOURCE_DIR} absl EXCLUDE_FROM_ALL SYSTEM)
else()
  find_package(absl REQUIRED)
endif()

# Always the static archive: fuzz binaries must run on machines that have no libfdt.
if(KHOFUZZ_LIBFDT_SOURCE_DIR)
  file(GLOB libfdt_sources ${KHOFUZZ_LIBFDT_SOURCE_DIR}/fdt*.c)
  add_library(khofuzz_libfdt STATIC EXCLUDE_FROM_ALL ${libfdt_sources})
  target_include_directories(khofuzz_libfdt SYSTEM PUBLIC ${KHOFUZZ_LIBFDT_SOURCE_DIR})
else()
  find_library(KHOFUZZ_LIBFDT_ARCHIVE NAMES libfdt.a REQUIRED)
  find_path(KHOFUZZ_LIBFDT_INCLUDE libfdt.h REQUIRED)
  add_library(khofuzz_libfdt INTERFACE)
  target_include_directories(khofuzz_libfdt SYSTEM INTERFACE ${KHOFUZZ_LIBFDT_INCLUDE})
  target_link_libraries(khofuzz_libfdt INTERFACE ${KHOFUZZ_LIBFDT_ARCHIVE})
endif()

# As static, for the same reason. Only compiled trees are confined, so continuous fuzzing, which has
# none, can do without; ./khofuzz always has it.
find_library(KHOFUZZ_SECCOMP_ARCHIVE NAMES libseccomp.a)
find_path(KHOFUZZ_SECCOMP_INCLUDE seccomp.h)
add_library(khofuzz_seccomp INTERFACE)
if(KHOFUZZ_SECCOMP_ARCHIVE AND KHOFUZZ_SECCOMP_INCLUDE)
  target_include_directories(khofuzz_seccomp SYSTEM INTERFACE ${KHOFUZZ_SECCOMP_INCLUDE})
  target_link_libraries(khofuzz_seccomp INTERFACE ${KHOFUZZ_SECCOMP_ARCHIVE})
elseif(KHOFUZZ_CLI)
  message(FATAL_ERROR "libseccomp.a and seccomp.h are not there: they confine a Linux tree's code")
endif()

if(KHOFUZZ_TESTS)
  find_package(GTest REQUIRED)
  find_package(rapidcheck REQUIRED)
endif()
if(KHOFUZZ_CLI)
  find_package(CLI11 REQUIRED)
  find_package(nlohmann_json REQUIRED)
  find_package(LibLZMA REQUIRED)
endif()
if(KHOFUZZ_BENCH)
  find_package(benchmark REQUIRED)
endif()
