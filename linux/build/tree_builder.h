// Builds a Linux tree into a shared object that khofuzz can run: the tree's sources as they are,
// with the shim (shim.h) around them. It speaks linux/abi.h.
#ifndef KHOFUZZ_LINUX_BUILD_TREE_BUILDER_H_
#define KHOFUZZ_LINUX_BUILD_TREE_BUILDER_H_

#include <array>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "linux/build/configuration.h"
#include "linux/build/toolchain.h"

namespace khofuzz {

struct TreeBuild {
  std::filesystem::path tree;  // is only read, and may be a part: what the shim uses of it
  TreeVariant variant = TreeVariant::kPlain;
  unsigned page_shift = 12;                          // of the machines it is for
  std::filesystem::path shim;                        // its folder, see ShimFolder()
  std::filesystem::path folder;                      // where all trees are built, see TreesFolder()
  CompiledAs compiled{};                             // the user's C, and the configuration
  unsigned jobs = 0;                                 // compilers at once; 0: one for each CPU
  std::function<void(const std::string&)> progress;  // a line of what is being done; may be null
};

// Where they are in a checkout and in a build of it.
std::filesystem::path ShimFolder(const std::filesystem::path& root);
std::filesystem::path TreesFolder(const std::filesystem::path& bin_dir);

// What machines have, as a scenario can say it: 4K, 16K, 64K.
inline constexpr std::array<unsigned, 3> kTreePageShifts = {12, 14, 16};
// "16K" of 14: pages of 1 << page_shift bytes, 1 KiB at least.
std::string PageSizeName(unsigned page_shift);
// Back again; nullopt if it names none of kTreePageShifts.
std::optional<unsigned> FindTreePageShift(std::string_view page_size_name);

// The folder of one tree, variant and page size:
// <folder>/<name>-<hash of where the tree really is>-<variant>, with the configuration and the page
// size, "-16K", behind it where they are not the usual ones.
// A tree has it to itself whatever the trees beside it are called.
std::filesystem::path FolderOf(const TreeBuild& build);

// The path of the tree's shared object, <FolderOf()>/tree.so. It is built if it is not there or if
// a source, a header that is used, the shim, a flag or the compiler has changed; else this takes
// milliseconds. Of several processes that ask at once, one builds and the others wait. A build that
// is interrupted leaves what there was. What the tree lacks is told as progress, also where nothing
// is to be built. When one is built, those that nobody used for long go (prune.h).
//
// NotFound: no such folder. InvalidArgument: no such configuration. FailedPrecondition:
// "unsupported tree: ...", naming what it lacks; or "the tree does not compile in the harness:
// ...", with the compiler's first errors, file and line as the tree has them. Others: the shim, the
// compiler or the disk is at fault.
absl::StatusOr<std::filesystem::path> BuildTree(const TreeBuild& build, const Toolchain& toolchain);

// BuildTree() of each variant, in turn, for machines of every page size, in the order of
// kTreePageShifts; build.variant and build.page_shift do not matter. The tree is read once,
// and all are of what it was then; of prelude and shim, of what they are when compilers read them.
absl::StatusOr<std::vector<std::vector<std::string>>> BuildTreeForAllPages(
    TreeBuild build, const std::vector<TreeVariant>& variants, const Toolchain& toolchain);
// The same of build.variant.
absl::StatusOr<std::vector<std::string>> BuildTreeForAllPages(const TreeBuild& build,
                                                              const Toolchain& toolchain);

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_BUILD_TREE_BUILDER_H_
