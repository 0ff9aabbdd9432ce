#include "cli/places.h"

#include <cstdlib>
#include <system_error>

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

bool IsBuild(const fs::path& folder) {
  std::error_code error;
  return fs::is_regular_file(folder / "CMakeCache.txt", error);
}

bool IsCheckout(const fs::path& folder) {
  std::error_code error;
  return fs::is_regular_file(folder / "linux" / "shim" / "sources.txt", error);
}

}  // namespace

ProgramPlaces FindPlaces(const fs::path& program, const ProgramPlaces& configured) {
  ProgramPlaces places = configured;
  const fs::path build = program.parent_path().parent_path();
  if (IsBuild(build)) places.bin_dir = build;
  for (fs::path folder = program.parent_path();; folder = folder.parent_path()) {
    if (IsCheckout(folder)) places.root = folder;
    if (IsCheckout(folder) || folder == folder.parent_path()) return places;
  }
}

ProgramPlaces OwnPlaces() {
  std::error_code error;
  ProgramPlaces places = FindPlaces(fs::read_symlink("/proc/self/exe", error),
                                    {.root = KHOFUZZ_SOURCE_DIR, .bin_dir = KHOFUZZ_BUILD_DIR});
  if (const char* root = std::getenv("KHOFUZZ_ROOT")) places.root = root;
  if (const char* bin_dir = std::getenv("KHOFUZZ_BIN_DIR")) places.bin_dir = bin_dir;
  return places;
}

std::string OwnCommand() {
  std::error_code error;
  const fs::path script = fs::absolute(OwnPlaces().root / "khofuzz", error).lexically_normal();
  if (fs::is_regular_file(script, error)) return script.string();
  return fs::read_symlink("/proc/self/exe", error).string();
}

}  // namespace khofuzz
