#include "linux/build/toolchain.h"

#include <unistd.h>

#include <cstdlib>
#include <sstream>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "linux/build/configured.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

std::vector<std::string> WordsOf(const char* text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

}  // namespace

std::string_view Name(TreeVariant variant) {
  switch (variant) {
    case TreeVariant::kPlain:
      return "plain";
    case TreeVariant::kAsanUbsan:
      return "asan-ubsan";
    case TreeVariant::kFuzzer:
      return "fuzzer";
    case TreeVariant::kFuzzerAsan:
      return "fuzzer-asan";
  }
  return "";
}

std::optional<TreeVariant> FindTreeVariant(std::string_view name) {
  for (const TreeVariant variant : kTreeVariants) {
    if (Name(variant) == name) return variant;
  }
  return std::nullopt;
}

TreeVariant OwnTreeVariant(bool for_fuzzing) {
#if defined(__SANITIZE_ADDRESS__)
  constexpr bool kSanitized = true;
#elif defined(__has_feature)
  constexpr bool kSanitized = __has_feature(address_sanitizer);
#else
  constexpr bool kSanitized = false;
#endif
  if (for_fuzzing) return kSanitized ? TreeVariant::kFuzzerAsan : TreeVariant::kFuzzer;
  return kSanitized ? TreeVariant::kAsanUbsan : TreeVariant::kPlain;
}

bool Toolchain::clang() const {
  return fs::path(compiler).filename().string().find("clang") != std::string::npos;
}

Toolchain ConfiguredToolchain(const fs::path& root) {
  Toolchain toolchain{.compiler = KHOFUZZ_CONFIGURED_C_COMPILER,
                      .link_flags = WordsOf(KHOFUZZ_CONFIGURED_LINKER_FLAGS),
                      .root = root};
  if (const std::string libfdt = KHOFUZZ_CONFIGURED_LIBFDT_INCLUDE; !libfdt.empty()) {
    toolchain.compile_flags = {"-isystem", libfdt};
  }
  const std::string libfdt = KHOFUZZ_CONFIGURED_LIBFDT_ARCHIVE;
  toolchain.link_flags.push_back(libfdt.empty() ? "-lfdt" : libfdt);
  return toolchain;
}

absl::StatusOr<fs::path> CompilerPath(const Toolchain& toolchain) {
  const fs::path compiler = toolchain.compiler;
  if (compiler.has_parent_path()) {
    if (access(compiler.c_str(), X_OK) == 0) return compiler;
  } else if (const char* path = std::getenv("PATH")) {
    std::istringstream folders(path);
    for (std::string folder; std::getline(folders, folder, ':');) {
      if (access((folder / compiler).c_str(), X_OK) == 0) return folder / compiler;
    }
  }
  return absl::NotFoundError(
      absl::StrCat(toolchain.compiler, ": no such compiler; it builds the tree"));
}

absl::StatusOr<VariantFlags> FlagsOf(TreeVariant variant, const Toolchain& toolchain) {
  const bool sanitized = variant == TreeVariant::kAsanUbsan || variant == TreeVariant::kFuzzerAsan;
  const bool covered = variant == TreeVariant::kFuzzer || variant == TreeVariant::kFuzzerAsan;
  // Frames, and calls as the source has them: findings are told by who called. Of DWARF 5 as clang
  // writes it binutils' addr2line tells the file that includes a source for the source.
  VariantFlags flags{.all = {sanitized ? "-O1" : "-O2", "-gdwarf-4", "-fno-omit-frame-pointer",
                             "-fno-optimize-sibling-calls"},
                     .instrumented = variant != TreeVariant::kPlain};
  if (sanitized) {
    flags.all.insert(flags.all.end(),
                     {"-fsanitize=address,undefined", "-fno-sanitize-recover=all"});
  }
  if (covered) {
    if (!toolchain.clang()) {
      return absl::InvalidArgumentError(absl::StrCat("variant ", std::string(Name(variant)),
                                                     ": libFuzzer wants clang, not ",
                                                     toolchain.compiler));
    }
    // The shim around the sources would drown them. Edges alone, as in the rest of the project;
    // what -fsanitize=fuzzer-no-link adds wants symbols that no program exports to what it loads.
    flags.sources = {"-fsanitize-coverage=inline-8bit-counters,pc-table"};
  } else {
    // Functions can be watched (linux/shim/calls.c) that are not inlined: only those are that the
    // source says so of.
    flags.sources = toolchain.clang() ? Words{"-finline-hint-functions"}
                                      : Words{"-fno-inline-functions",
                                              "-fno-inline-small-functions",
                                              "-fno-inline-functions-called-once",
                                              "-fno-ipa-cp",
                                              "-fno-ipa-sra",
                                              "-fno-ipa-icf"};
#ifdef __x86_64__
    flags.sources.insert(flags.sources.end(), {"-pg", "-mfentry"});
#endif
    if (toolchain.clang()) {
      // Which lines were reached, as the compiler saw them (linux/shim/reach.c). Only the tree's
      // own code counts.
      flags.sources.insert(flags.sources.end(), {"-fprofile-instr-generate", "-fcoverage-mapping"});
      flags.all.emplace_back("-DKF_COUNTS_REACHED");
      flags.link = {"-fprofile-instr-generate"};
    }
  }
  return flags;
}

}  // namespace khofuzz
