// Where the program finds what it works with.
#ifndef KHOFUZZ_CLI_PLACES_H_
#define KHOFUZZ_CLI_PLACES_H_

#include <filesystem>
#include <string>

namespace khofuzz {

struct ProgramPlaces {
  std::filesystem::path root;     // the checkout: has linux/shim and corpus
  std::filesystem::path bin_dir;  // the build: has fuzz/TARGET, and trees that were built
};

// Of the program at `program` (its real path: <bin_dir>/cli/khofuzz). The build is the one it lies
// in, and the checkout the first above that; where there is none, `configured` has them as they
// were when the program was built.
ProgramPlaces FindPlaces(const std::filesystem::path& program, const ProgramPlaces& configured);

// Of the running program, wherever it was started from and through whatever link. KHOFUZZ_ROOT and
// KHOFUZZ_BIN_DIR in the environment come first.
ProgramPlaces OwnPlaces();

// The command that runs this program from any folder: the script at the top of its checkout, which
// builds what has changed, or the program itself.
std::string OwnCommand();

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_PLACES_H_
