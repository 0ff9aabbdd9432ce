// The design of a Linux tree, measured (scenario/measuring), and kept beside what was built of it.
#ifndef KHOFUZZ_CLI_PLAY_TREE_DESIGN_H_
#define KHOFUZZ_CLI_PLAY_TREE_DESIGN_H_

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/designs/design.h"
#include "linux/build/configuration.h"

namespace khofuzz {

struct TreeDesign {
  struct Unexplained {
    std::string probe;  // its file below corpus/, or its target and seed
    std::string what;   // the first difference from the model of `design`, or how the process ended
  };

  Design design;
  size_t probes = 0;  // that were played
  size_t left = 0;    // that were not: the tree had ended too many processes
  std::vector<Unexplained> unexplained{};
  // Quirks of `design` of which no probe can tell whether the tree has them: as in the release that
  // is nearest.
  std::vector<std::string> untold{};
};

struct MeasuredWith {
  std::filesystem::path corpus;                        // the catalogue's counterexamples
  std::function<void(const std::string&)> progress{};  // a line of what is being done
};

// Plays the probes on the objects that were built of one tree, in processes of their own, and looks
// for the design with which the model does the same. Takes seconds once; then it is known, until
// an object, a probe or this program changes. Errors: what cannot be read, or that there are no
// processes to be had.
absl::StatusOr<TreeDesign> MeasureTree(const std::vector<std::string>& objects,
                                       const MeasuredWith& with);

// A tree of the user's, and what playing it takes.
struct UsersTree {
  std::string path;
  CompiledAs compiled{};
  std::filesystem::path root;     // this project's
  std::filesystem::path bin_dir;  // of the build that is running
  std::function<void(const std::string&)> progress{};
};
// Its objects, for each page size, built where they have changed since. What BuildTree() says.
struct TreeObjects {
  std::vector<std::string> own;
  std::vector<std::string> targets{};  // that the targets' programs play; only for fuzzing
};
absl::StatusOr<TreeObjects> ObjectsOf(const UsersTree& tree, bool for_fuzzing = false);

// The same, and its design.
struct MeasuredTree {
  std::vector<std::string> objects;
  TreeDesign measured;
};
absl::StatusOr<MeasuredTree> BuildAndMeasure(const UsersTree& tree);

// "intended with 21 catalogued quirks: as linux-7.3, with A, without B; 3 of 412 probes are not
// explained"
std::string DesignText(const TreeDesign& measured);
// What it is kept as, and what `khofuzz linux design --json` prints.
std::string DesignJson(const TreeDesign& measured);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_PLAY_TREE_DESIGN_H_
