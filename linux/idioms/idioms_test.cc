// Usual idioms of kernel C in copies of the trees that KHOFUZZ_LINUX_TREES names: how many of them
// a patch to kexec_handover.c may use.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "linux/build/run_commands.h"
#include "linux/build/tree_builder.h"
#include "linux/build/tree_reading.h"
#include "linux/planted/tree_copy.h"
#include "linux/test_trees.h"
#include "system/files.h"
#include "system/temp_folder.h"

namespace khofuzz {
namespace {

using testing::HasSubstr;

constexpr const char* kKho = "kernel/liveupdate/kexec_handover.c";
constexpr double kLeastThatCompile = 0.95;

struct Idiom {
  std::string name, code;
};

// idioms.txt: "== NAME" begins one.
std::vector<Idiom> Idioms() {
  const auto text = ReadText(std::filesystem::path(KHOFUZZ_SOURCE_DIR) / "linux/idioms/idioms.txt");
  EXPECT_TRUE(text.ok()) << text.status();
  std::vector<Idiom> idioms;
  std::istringstream lines(text.ok() ? *text : "");
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("== ")) {
      idioms.push_back({line.substr(3), ""});
    } else if (!idioms.empty()) {
      absl::StrAppend(&idioms.back().code, line, "\n");
    }
  }
  return idioms;
}

// The source with the idioms behind it, each referred to so that linking sees it, and the line that
// each begins on.
std::string WithIdioms(const std::string& source, const std::vector<Idiom>& idioms,
                       std::map<size_t, std::string>& begins) {
  static const std::regex function(R"(\b(idiom_\w+)\()");
  std::string text = source + "\n";
  std::set<std::string> functions;
  for (const Idiom& idiom : idioms) {
    begins[1 + static_cast<size_t>(std::ranges::count(text, '\n'))] = idiom.name;
    text += idiom.code;
    for (std::sregex_iterator it(idiom.code.begin(), idiom.code.end(), function), end; it != end;
         ++it) {
      functions.insert((*it)[1]);
    }
  }
  return absl::StrCat(text, "void *idioms_used[] __used KF_KEPT __attribute__((retain)) = {",
                      absl::StrJoin(functions, ", "), "};\n");
}

// Those that errors are about: by the line of an error, or by the function that a linker names.
std::set<std::string> Blamed(const std::string& output, const std::vector<Idiom>& idioms,
                             const std::map<size_t, std::string>& begins) {
  static const std::regex function(R"((idiom_\w+)\))");
  static const std::regex place(R"((?:^|[/(])kexec_handover\.c:(\d+)(?::\d+: error|\)))");
  std::set<std::string> blamed;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_search(line, match, function)) {
      for (const Idiom& idiom : idioms) {
        if (idiom.code.find(match[1].str() + "(") != std::string::npos) blamed.insert(idiom.name);
      }
    }
    if (!std::regex_search(line, match, place)) continue;
    auto next = begins.upper_bound(std::stoul(match[1]));
    if (next != begins.begin()) blamed.insert(std::prev(next)->second);
  }
  return blamed;
}

TEST(IdiomsTest, NearlyAllCompileInEachTree) {
  const std::vector<std::string> trees = TestTrees();
  if (trees.empty()) {
    GTEST_SKIP() << "KHOFUZZ_LINUX_TREES names no trees (paths, with ':' between them)";
  }
  const std::vector<Idiom> all = Idioms();
  ASSERT_GE(all.size(), 100u);
  for (const std::string& path : trees) {
    const TempFolder folder;
    const auto copy = TreeCopy::Make(path, folder / "linux");
    ASSERT_TRUE(copy.ok()) << copy.status();
    const auto source = copy->Text(kKho);
    ASSERT_TRUE(source.ok()) << source.status();
    std::vector<Idiom> left = all;
    std::vector<std::string> failed;
    const TreeBuild build{
        .tree = copy->path(), .shim = ShimFolder(KHOFUZZ_SOURCE_DIR), .folder = folder / "trees"};
    // All at once; then without those that errors are about.
    for (;;) {
      std::map<size_t, std::string> begins;
      ASSERT_TRUE(copy->Put(kKho, WithIdioms(*source, left, begins)).ok());
      const auto object = BuildTree(build, ConfiguredToolchain(KHOFUZZ_SOURCE_DIR));
      if (object.ok()) break;
      const std::string message(object.status().message());
      EXPECT_THAT(message, HasSubstr("it uses what khofuzz does not know:"));
      EXPECT_THAT(message, HasSubstr(", used at "));
      EXPECT_THAT(message, HasSubstr("--prelude FILE"));
      const auto output = ReadText(FolderOf(build) / "errors.txt");
      ASSERT_TRUE(output.ok()) << output.status();
      const std::set<std::string> blamed = Blamed(*output, left, begins);
      ASSERT_FALSE(blamed.empty()) << message;
      std::erase_if(left, [&](const Idiom& idiom) { return blamed.contains(idiom.name); });
      failed.insert(failed.end(), blamed.begin(), blamed.end());
    }
    std::cout << path << ": " << left.size() << " of " << all.size() << " idioms compile"
              << (failed.empty() ? "" : "; these do not: ") << absl::StrJoin(failed, ", ") << "\n";
    EXPECT_GE(static_cast<double>(left.size()),
              kLeastThatCompile * static_cast<double>(all.size()));
  }
}

// What the shim declares of a kernel, beside the tree's headers, does what a kernel's does.
TEST(ShimKernelTest, DoesWhatAKernelDoes) {
  const std::vector<std::string> trees = TestTrees();
  if (trees.empty()) {
    GTEST_SKIP() << "KHOFUZZ_LINUX_TREES names no trees (paths, with ':' between them)";
  }
  const std::filesystem::path root = KHOFUZZ_SOURCE_DIR;
  const Toolchain toolchain = ConfiguredToolchain(root);
  const auto compiler = CompilerPath(toolchain);
  ASSERT_TRUE(compiler.ok()) << compiler.status();
  for (const std::string& path : trees) {
    const TempFolder folder;
    const auto reading = ReadTree(path, ShimFolder(root));
    ASSERT_TRUE(reading.ok()) << reading.status();
    const Shim& shim = reading->shim;
    ASSERT_TRUE(WriteWorld(reading->world, folder / "world").ok());
    Command compile = {{compiler->string()}, shim.folder, folder / "compile.txt"};
    for (const auto* flags : {&shim.compile_flags, &toolchain.compile_flags}) {
      compile.argv.insert(compile.argv.end(), flags->begin(), flags->end());
    }
    for (const std::string& argument :
         {std::string("-DKF_PAGE_SHIFT=12"), std::string("-iquote"), shim.folder.string(),
          std::string("-iquote"), (folder / "world").string(), std::string("-I"),
          (folder / "world/include").string(), std::string("-o"), (folder / "test").string(),
          (root / "linux/idioms/kernel_test.c").string(),
          (shim.folder / "environment_string.c").string(),
          (shim.folder / "environment_services.c").string()}) {
      compile.argv.push_back(argument);
    }
    for (const auto& [word, header] : reading->layout.declares) {
      compile.argv.push_back(absl::StrCat("-DKF_DECLARES_", word, "=\"", header, "\""));
    }
    const Command run = {{(folder / "test").string()}, folder / "", folder / "run.txt"};
    for (const Command& command : {compile, run}) {
      const auto ends = RunCommands({command}, 1);
      ASSERT_TRUE(ends.ok()) << ends.status();
      ASSERT_TRUE(ends->front().ok) << path << ": " << ends->front().output;
    }
  }
}

}  // namespace
}  // namespace khofuzz
