// Whole builds: of a tree made for it, and of the real ones that KHOFUZZ_LINUX_TREES names.
#include "linux/build/tree_builder.h"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "linux/build/fake_tree.h"
#include "linux/test_trees.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class TreeBuilderTest : public FakeTree {
 protected:
  TreeBuilderTest() {
    build_.tree = tree();
    build_.shim = shim();
    build_.folder = folder_ / "trees";
    build_.progress = [this](const std::string& line) { said_.push_back(line); };
  }

  // The shared object's path, or what went wrong.
  std::string Build() {
    said_.clear();
    const auto object = BuildTree(build_, toolchain_);
    return object.ok() ? object->string() : std::string(object.status().message());
  }
  bool Rebuilt() {
    EXPECT_THAT(Build(), testing::EndsWith("/tree.so"));
    return !said_.empty();
  }
  // What the built tree's answer() says, -1 if it was not built.
  int Answer() {
    // The loader takes a file it has open for the same, whatever is in it now.
    void* const object = dlopen(Build().c_str(), RTLD_NOW | RTLD_LOCAL);
    if (object == nullptr) return -1;
    const int answer = reinterpret_cast<int (*)()>(dlsym(object, "answer"))();
    file_ = reinterpret_cast<const char* (*)()>(dlsym(object, "file"))();
    dlclose(object);
    return answer;
  }
  std::vector<std::string> FilesOfTree() {
    std::vector<std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(tree())) {
      files.push_back(entry.path().string());
    }
    return files;
  }

  TreeBuild build_;
  Toolchain toolchain_ = ConfiguredToolchain(KHOFUZZ_SOURCE_DIR);
  std::vector<std::string> said_;
  std::string file_;
};

TEST_F(TreeBuilderTest, ATreeIsBuiltAndRuns) {
  const auto before = FilesOfTree();
  EXPECT_EQ(Answer(), 42) << Build();
  EXPECT_EQ(file_, "mm/memblock.c") << "files are named as the kernel names them";
  EXPECT_EQ(FilesOfTree(), before) << "the tree is only read";
  std::vector<std::string> left;
  for (const auto& entry : fs::directory_iterator(FolderOf(build_))) {
    left.push_back(entry.path().filename().string());
  }
  EXPECT_THAT(left, testing::UnorderedElementsAre("tree.so", "fingerprint", "lock"));
}

TEST_F(TreeBuilderTest, ItIsBuiltAgainOnlyIfWhatItIsMadeOfChanged) {
  EXPECT_TRUE(Rebuilt());
  EXPECT_THAT(said_, ElementsAre("building " + tree().string() + " (plain, 4K pages)"));
  EXPECT_FALSE(Rebuilt());
  Write("tree/mm/internal.h", "#error not read, so not looked at\n");
  EXPECT_FALSE(Rebuilt());

  Write("tree/include/linux/memblock.h", "#define MEMBLOCK_ANSWER 50\n");
  EXPECT_EQ(Answer(), 52);
  Write("linux/shim/prelude.h", "#define PRELUDE_ANSWER 3\n");
  EXPECT_EQ(Answer(), 53);
  Write("linux/shim/flags.txt", "-include prelude.h\n-DMORE\n");
  EXPECT_TRUE(Rebuilt());
  toolchain_.compile_flags.push_back("-DEVEN_MORE");
  EXPECT_TRUE(Rebuilt());
  EXPECT_FALSE(Rebuilt());
}

// What was edited while compilers ran, and then put back, would else be taken for up to date.
TEST_F(TreeBuilderTest, AnObjectIsOfTheTreeThatWasReadWhateverBecomesOfItMeanwhile) {
  const fs::path source = tree() / "mm/memblock.c";
  const std::string text = ReadText(source).value();
  const auto compiler = CompilerPath(toolchain_);
  ASSERT_TRUE(compiler.ok()) << compiler.status();
  const std::string editing = "editing/" + compiler->filename().string();
  Write(editing, "#!/bin/sh\necho '#error edited' >>" + source.string() + "\nexec " +
                     compiler->string() + " \"$@\"\n");
  fs::permissions(folder_ / editing, fs::perms::owner_all);
  toolchain_.compiler = (folder_ / editing).string();
  EXPECT_EQ(Answer(), 42) << Build();
  EXPECT_NE(ReadText(source).value(), text);
  ASSERT_TRUE(WriteText(source, text).ok());
  EXPECT_FALSE(Rebuilt());
  ASSERT_TRUE(WriteText(source, text + "#error edited\n").ok());
  EXPECT_THAT(Build(), testing::ContainsRegex("mm/memblock.c:6:2: error: .*edited"));
}

TEST_F(TreeBuilderTest, WhatIsThereBecomesMacros) {
  Write("linux/shim/functions.txt", "memblock answer() required\nmemblock none() nothing else\n");
  Write("linux/shim/prelude.h",
        "#if defined(KF_HAS_answer) && !defined(KF_HAS_none)\n#define PRELUDE_ANSWER 7\n#endif\n");
  EXPECT_EQ(Answer(), 47);
}

// What a variant asks for as a whole the shim takes exceptions from: -fno-sanitize=alignment.
TEST_F(TreeBuilderTest, TheShimsFlagsComeAfterTheVariants) {
  Write("linux/shim/flags.txt", "-std=gnu11\n-include prelude.h\n-O0\nlink -Wl,-z,defs\n");
  Write("tree/mm/memblock.c",
        "#include <linux/memblock.h>\n#ifdef __OPTIMIZE__\nint answer(void) { return 1; }\n#else\n"
        "int answer(void) { return 2; }\n#endif\nconst char *file(void) { return \"\"; }\n");
  EXPECT_EQ(Answer(), 2) << Build();
}

TEST_F(TreeBuilderTest, AUsersPreludeDeclaresWhatIsMissing) {
  Write("tree/mm/memblock.c",
        "#include <linux/memblock.h>\nint answer(void) { return NEW_IDIOM(3); }\n"
        "const char *file(void) { return \"\"; }\n");
  EXPECT_THAT(Build(), HasSubstr("NEW_IDIOM, used at mm/memblock.c:2, which no header in this "
                                 "tree declares"));
  build_.compiled.prelude = folder_ / "mine.h";
  Write("mine.h", "#define NEW_IDIOM(n) (n)\n");
  EXPECT_EQ(Answer(), 3) << Build();
  Write("mine.h", "#define NEW_IDIOM(n) (2 * (n))\n");
  EXPECT_TRUE(Rebuilt());
  EXPECT_EQ(Answer(), 6);
  build_.compiled.prelude = folder_ / "none.h";
  EXPECT_THAT(Build(), HasSubstr("none.h"));
}

// What it sets is for shim/kernel/config.h to say: here that it is compiled with it, in a folder of
// its own.
TEST_F(TreeBuilderTest, EachConfigurationIsABuildOfItsOwn) {
  Write("tree/mm/memblock.c",
        "#include <linux/memblock.h>\n"
        "int answer(void) { return CONFIGURED; }\nconst char *file(void) { return \"\"; }\n");
  std::vector<int> numbers;
  std::string text;
  for (const TreeConfig& config : TreeConfigs()) {
    const auto flags = FlagsOf(config);
    const std::string defined =
        "#undef CONFIGURED\n#define CONFIGURED " + std::to_string(numbers.size()) + "\n";
    text += flags.empty() ? defined
                          : "#ifdef " + flags[0].substr(std::string("-D").size()) + "\n" + defined +
                                "#endif\n";
    numbers.push_back(static_cast<int>(numbers.size()));
  }
  Write("linux/shim/prelude.h", text);
  std::vector<int> answers;
  std::set<fs::path> folders;
  for (const TreeConfig& config : TreeConfigs()) {
    build_.compiled.config = config.name;
    answers.push_back(Answer());
    folders.insert(FolderOf(build_));
  }
  EXPECT_EQ(answers, numbers);
  EXPECT_EQ(folders.size(), TreeConfigs().size());
  EXPECT_GT(answers.size(), 1u);
  build_.compiled.config = "";
  EXPECT_TRUE(folders.contains(FolderOf(build_))) << "of no name is the default's";

  build_.compiled.config = "debugging";
  EXPECT_THAT(Build(), HasSubstr("no configuration is called 'debugging'; there are default, "));
}

TEST_F(TreeBuilderTest, AFunctionThatMovedIsCompiledFromThere) {
  Write("tree/mm/memblock.c",
        "#include <linux/memblock.h>\nint helper(void);\n"
        "const char *file(void) { return helper() ? \"\" : 0; }\n");
  Write("tree/kernel/moved.c",
        "#include <linux/memblock.h>\n"
        "int answer(void) { return 1 + file_of_debug; }\n");
  Write("tree/kernel/memblock_help.c", "int helper(void) { return 1; }\n");
  Write("tree/mm/memblock_debug.c", "int helper(void) { return 2; }\n#error not compiled\n");
  Write("linux/shim/functions.txt", "memblock answer() required\nmemblock file() required\n");
  Write("linux/shim/prelude.h", "#ifdef KF_DEFINES_answer\n#define file_of_debug 9\n#endif\n");
  EXPECT_EQ(Answer(), 10) << Build();
}

TEST_F(TreeBuilderTest, WhatAnInterruptedBuildLeftIsNoMatter) {
  const fs::path part = FolderOf(build_) / "part";
  fs::create_directories(part / "world/mm");
  ASSERT_TRUE(WriteText(part / "world/mm/memblock.c", "#error old\n").ok());
  EXPECT_EQ(Answer(), 42);
  // Between removing the stamp and writing it anew.
  fs::remove(FolderOf(build_) / "fingerprint");
  EXPECT_TRUE(Rebuilt());
}

TEST_F(TreeBuilderTest, OfTwoAtOnceOneBuilds) {
  std::atomic<int> builds = 0;
  build_.progress = [&](const std::string& line) { builds += line.starts_with("building"); };
  const auto run = [this] {
    const auto object = BuildTree(build_, toolchain_);
    EXPECT_TRUE(object.ok()) << object.status();
  };
  std::thread other(run);
  run();
  other.join();
  EXPECT_EQ(builds, 1);
}

TEST_F(TreeBuilderTest, TreesAndVariantsLieSideBySide) {
  const fs::path plain = FolderOf(build_);
  EXPECT_THAT(plain.filename().string(), testing::MatchesRegex("tree-[0-9a-f]{8}-plain"));
  build_.variant = TreeVariant::kAsanUbsan;
  EXPECT_THAT(FolderOf(build_).filename().string(), testing::EndsWith("-asan-ubsan"));
  build_.variant = TreeVariant::kPlain;
  build_.page_shift = 14;
  EXPECT_EQ(FolderOf(build_).string(), plain.string() + "-16K");
  build_.page_shift = 12;
  fs::create_directories(folder_ / "other/tree");
  build_.tree = folder_ / "other/tree";
  EXPECT_NE(FolderOf(build_), plain);
  // Another way to say the same.
  fs::create_directory_symlink(tree(), folder_ / "link");
  build_.tree = folder_ / "link/";
  EXPECT_EQ(FolderOf(build_), plain);
}

TEST_F(TreeBuilderTest, EveryVariantThatTheCompilerHasIsBuilt) {
  for (const TreeVariant variant : kTreeVariants) {
    build_.variant = variant;
    const bool covered = variant == TreeVariant::kFuzzer || variant == TreeVariant::kFuzzerAsan;
    if (covered && !toolchain_.clang()) {
      EXPECT_THAT(Build(), HasSubstr("libFuzzer wants clang"));
      continue;
    }
    const std::string object = Build();
    EXPECT_THAT(object, testing::EndsWith("/tree.so")) << Name(variant);
    EXPECT_EQ(Read(fs::relative(object, folder_ / "").string()).find("__sanitizer_cov_") !=
                  std::string::npos,
              covered)
        << Name(variant);
  }
}

TEST_F(TreeBuilderTest, WhatIsNoSupportedTreeIsTold) {
  Write("linux/shim/functions.txt", "memblock answer() required\nmemblock question required\n");
  EXPECT_EQ(Build(),
            "unsupported tree: mm/memblock.c lacks question, and no other file of the "
            "tree defines it");
  Write("tree/mm/memblock.c", "/* answer() {} */ int question;\n");
  EXPECT_EQ(Build(), "unsupported tree: " + tree().string() +
                         " lacks mm/memblock.c, and nothing in mm/, kernel/ defines answer()");
  Write("linux/shim/refused.txt", "memblock none there is no memblock\n");
  EXPECT_THAT(Build(), testing::EndsWith("defines answer(): there is no memblock"));
  Write("tree/mm/memblock.c", "int answer(void) { return old_way; }\n");
  Write("linux/shim/refused.txt", "memblock old_way it does it the old way\n");
  EXPECT_EQ(Build(), "unsupported tree: mm/memblock.c: it does it the old way");
  build_.tree = folder_ / "nothing";
  EXPECT_THAT(Build(), testing::EndsWith("nothing: no such folder"));
  EXPECT_FALSE(fs::exists(folder_ / "trees"));
}

TEST_F(TreeBuilderTest, ErrorsNameFileAndLineOfTheTree) {
  EXPECT_EQ(Answer(), 42);
  Write("tree/mm/memblock.c", "int answer(void)\n{ return gone; }\n");
  const std::string message = Build();
  EXPECT_THAT(message,
              StartsWith("the tree does not compile in the harness: it uses what khofuzz "
                         "does not know:\n  gone, used at mm/memblock.c:2, which no header "
                         "in this tree declares\nDeclare them in a C file of yours"));
  EXPECT_THAT(message, HasSubstr("--prelude FILE"));
  EXPECT_THAT(message, HasSubstr("\n" + (tree() / "mm/memblock.c").string() + ":2:"));
  EXPECT_THAT(message, Not(HasSubstr("part/world")));
  // All of it is kept, until the tree builds again.
  EXPECT_TRUE(fs::exists(FolderOf(build_) / "errors.txt"));
  Write("tree/mm/memblock.c", "int answer(void) { return 1; }\nint file;\n");
  EXPECT_TRUE(Rebuilt());
  EXPECT_FALSE(fs::exists(FolderOf(build_) / "errors.txt"));
}

TEST_F(TreeBuilderTest, ErrorsOfLinkingNameTheSymbol) {
  Write("tree/mm/memblock.c", "int gone(void);\nint answer(void) { return gone(); }\n");
  const std::string message = Build();
  EXPECT_THAT(message,
              StartsWith("the tree does not link in the harness: it uses what khofuzz does "
                         "not know:\n  gone, used at "));
  EXPECT_THAT(message, HasSubstr(", which no source in this tree defines"));
  Write("tree/lib/gone.c", "\nint gone(void)\n{ return 3; }\n");
  EXPECT_THAT(Build(), HasSubstr(", which the tree defines in lib/gone.c:2"));
}

TEST_F(TreeBuilderTest, ACompilerThatIsNotThereIsTold) {
  toolchain_.compiler = "no-such-compiler";
  EXPECT_EQ(Build(), "no-such-compiler: no such compiler; it builds the tree");
}

TEST(RealTrees, AreBuiltAndFoundUpToDateAtOnce) {
  const std::vector<std::string> trees = TestTrees();
  if (trees.empty()) {
    GTEST_SKIP() << "KHOFUZZ_LINUX_TREES names no trees (paths, with ':' between them)";
  }
  const TempFolder folder;
  const Toolchain toolchain = ConfiguredToolchain(KHOFUZZ_SOURCE_DIR);
  for (const std::string& path : trees) {
    const TreeBuild build{
        .tree = path, .shim = ShimFolder(KHOFUZZ_SOURCE_DIR), .folder = folder / "trees"};
    const auto object = BuildTree(build, toolchain);
    ASSERT_TRUE(object.ok()) << path << ": " << object.status().message();
    void* const loaded = dlopen(object->c_str(), RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(loaded, nullptr) << dlerror();
    EXPECT_NE(dlsym(loaded, "khofuzz_tree"), nullptr) << path;
    dlclose(loaded);
    const auto start = std::chrono::steady_clock::now();
    EXPECT_TRUE(BuildTree(build, toolchain).ok());
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(500)) << path;
  }
}

}  // namespace
}  // namespace khofuzz
