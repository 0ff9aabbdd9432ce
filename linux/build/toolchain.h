// What trees are compiled with.
#ifndef KHOFUZZ_LINUX_BUILD_TOOLCHAIN_H_
#define KHOFUZZ_LINUX_BUILD_TOOLCHAIN_H_

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace khofuzz {

// What a program that loads the tree expects of it.
enum class TreeVariant {
  kPlain,       // optimised; by clang this and the next count what they reach
  kAsanUbsan,   // AddressSanitizer and UndefinedBehaviorSanitizer
  kFuzzer,      // optimised, reports coverage to libFuzzer; clang only
  kFuzzerAsan,  // both; clang only
};
inline constexpr TreeVariant kTreeVariants[] = {TreeVariant::kPlain, TreeVariant::kAsanUbsan,
                                                TreeVariant::kFuzzer, TreeVariant::kFuzzerAsan};
// "plain", "asan-ubsan", "fuzzer", "fuzzer-asan"
std::string_view Name(TreeVariant variant);
std::optional<TreeVariant> FindTreeVariant(std::string_view name);
// The one for this program itself, so that sanitizers see both, or for a fuzz target like it.
TreeVariant OwnTreeVariant(bool for_fuzzing = false);

struct Toolchain {
  std::string compiler;                    // of C; a path, or a name for $PATH
  std::vector<std::string> compile_flags;  // beside the shim's
  std::vector<std::string> link_flags;     // after the shim's, libraries among them
  std::filesystem::path root;              // this project's top, for "linux/abi.h"

  bool clang() const;
};
// The compiler that this program was built with, its linker and libfdt.
Toolchain ConfiguredToolchain(const std::filesystem::path& root);

// The program itself, found in $PATH if need be. NotFound.
absl::StatusOr<std::filesystem::path> CompilerPath(const Toolchain& toolchain);

struct VariantFlags {
  std::vector<std::string> all;      // to compile and to link
  std::vector<std::string> sources;  // to compile what holds the tree's sources, in addition
  std::vector<std::string> link;     // to link, in addition
  bool instrumented = false;         // calls functions of a runtime that the program has
};
// InvalidArgument where the compiler has no such variant.
absl::StatusOr<VariantFlags> FlagsOf(TreeVariant variant, const Toolchain& toolchain);

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_BUILD_TOOLCHAIN_H_
