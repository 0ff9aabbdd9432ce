// The parts that a tree is built of: lists, world, probes, messages, processes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "linux/build/diagnostics.h"
#include "linux/build/fake_tree.h"
#include "linux/build/fingerprint.h"
#include "linux/build/run_commands.h"
#include "linux/build/shim.h"
#include "linux/build/tree_reading.h"

namespace khofuzz {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class TreePartsTest : public FakeTree {
 protected:
  // The world as "place" or "place <- source".
  std::vector<std::string> World() {
    const auto reading = ReadTree(tree(), shim());
    if (!reading.ok()) return {std::string(reading.status().message())};
    std::vector<std::string> files;
    for (const WorldFile& file : reading->world) {
      if (file.place == kTreeHeaders) continue;
      files.push_back(file.source.empty() ? file.place : file.place + " <- " + file.source);
    }
    return files;
  }
};

TEST_F(TreePartsTest, ShimIsReadFromItsLists) {
  const auto shim = ReadShim(this->shim());
  ASSERT_TRUE(shim.ok()) << shim.status();
  EXPECT_THAT(shim->units, ElementsAre("reach.c", "tree_memblock.c"));
  EXPECT_THAT(shim->compile_flags, ElementsAre("-std=gnu11", "-include", "prelude.h",
                                               "-Werror=implicit-function-declaration"));
  EXPECT_THAT(shim->link_flags, ElementsAre("-Wl,-z,defs"));
  ASSERT_EQ(shim->headers.size(), 2u);
  EXPECT_FALSE(shim->headers[0].optional);
  EXPECT_EQ(shim->headers[1].path, "mm/mm_init.h");
  EXPECT_EQ(shim->headers[1].word, "early");
  EXPECT_TRUE(shim->headers[1].optional);
  EXPECT_THAT(shim->header_patterns, ElementsAre("include/linux/memblock*.h"));
  EXPECT_TRUE(shim->IsRealHeader("include/linux/memblock_more.h"));
  EXPECT_FALSE(shim->IsRealHeader("include/linux/memblock/more.h"));
  ASSERT_EQ(shim->searched.size(), 1u);
  EXPECT_THAT(shim->searched[0].places, ElementsAre("mm/memblock.c", "mm/", "kernel/"));
  EXPECT_THAT(shim->searched[0].follow, ElementsAre("memblock"));
  ASSERT_EQ(shim->functions.size(), 1u);
  EXPECT_EQ(shim->functions[0].name, "answer");
  EXPECT_TRUE(shim->functions[0].is_function && shim->functions[0].required);
}

TEST_F(TreePartsTest, ASourceMayBeOfOneConfiguration) {
  Write("linux/shim/sources.txt", "memblock mm/memblock.c mm/ -debug/debug -test\n");
  for (const char* const config : {"", "default", "other"}) {
    const auto shim = ReadShim(this->shim(), config);
    ASSERT_TRUE(shim.ok()) << shim.status();
    EXPECT_THAT(shim->searched[0].leave, ElementsAre("debug", "test")) << config;
  }
  const auto shim = ReadShim(this->shim(), "debug");
  ASSERT_TRUE(shim.ok()) << shim.status();
  EXPECT_THAT(shim->searched[0].leave, ElementsAre("test"));
}

TEST_F(TreePartsTest, AWrongLineOfAListIsNamed) {
  Write("linux/shim/functions.txt", "memblock\n");
  EXPECT_THAT(std::string(ReadShim(shim()).status().message()),
              HasSubstr("functions.txt: 'memblock' should be UNIT NAME"));
  Write("linux/shim/functions.txt", "");
  Write("linux/shim/real_headers.txt", "../outside.h\n");
  EXPECT_THAT(std::string(ReadShim(shim()).status().message()),
              HasSubstr("real_headers.txt: '../outside.h'"));
  std::filesystem::remove(shim() / "sources.txt");
  EXPECT_THAT(std::string(ReadShim(shim()).status().message()), HasSubstr("sources.txt"));
}

TEST_F(TreePartsTest, OnlyListedHeadersAreReal) {
  EXPECT_THAT(
      World(),
      ElementsAre("include/linux/kernel.h", "include/linux/memblock.h <- include/linux/memblock.h",
                  "include/linux/mm.h", "mm/internal.h", "mm/memblock.c <- mm/memblock.c"));
}

TEST_F(TreePartsTest, WhatAnEmptyHeaderIncludesIsNotThere) {
  Write("tree/mm/internal.h", "#include <linux/deeper.h>\n");
  EXPECT_THAT(World(), Not(testing::Contains(HasSubstr("deeper"))));
}

TEST_F(TreePartsTest, QuotedHeadersHaveTheirPlaceBesideTheIncluder) {
  Write("tree/kernel/liveupdate/a.c",
        "#include \"../../mm/mm_init.h\"\n#include \"../gone.h\"\n"
        "#include \"../../../out.h\"\nvoid a(void) {}\n");
  Write("tree/mm/mm_init.h",
        "void early(void);\n#include \"vmalloc.h\"\n/* #include \"not.h\" */\n");
  Write("tree/mm/vmalloc.h", "");
  Write("linux/shim/sources.txt", "a kernel/liveupdate/a.c mm/gone.c\n");
  Write("linux/shim/functions.txt", "a a()\n");
  EXPECT_THAT(World(), ElementsAre("include/linux/memblock.h <- include/linux/memblock.h",
                                   "include/linux/mm.h", "kernel/gone.h",
                                   "kernel/liveupdate/a.c <- kernel/liveupdate/a.c",
                                   "mm/mm_init.h <- mm/mm_init.h", "mm/vmalloc.h"));
}

TEST_F(TreePartsTest, QuotedFallsBackToTheIncludeFoldersAsCompilersDo) {
  Write("tree/mm/memblock.c",
        "#include \"linux/memblock.h\"\n#include <linux/kho.h>\nvoid answer(void) {}\n");
  Write("tree/include/uapi/linux/kho.h", "");
  Write("linux/shim/real_headers.txt", "include/linux/memblock.h\ninclude/uapi/linux/kho.h\n");
  EXPECT_THAT(World(), ElementsAre("include/linux/kho.h <- include/uapi/linux/kho.h",
                                   "include/linux/memblock.h <- include/linux/memblock.h",
                                   "include/linux/mm.h", "mm/memblock.c <- mm/memblock.c"));
}

TEST_F(TreePartsTest, ATreeWithoutASourceOrHeaderIsTold) {
  std::filesystem::remove(tree() / "include/linux/memblock.h");
  EXPECT_THAT(World(), ElementsAre("unsupported tree: " + tree().string() +
                                   ": no header declares MEMBLOCK_ANSWER, as "
                                   "include/linux/memblock.h usually does"));
  Write("linux/shim/real_headers.txt", "include/linux/leaf.h\n");
  EXPECT_THAT(World(),
              ElementsAre("unsupported tree: " + tree().string() + " lacks include/linux/leaf.h"));
}

TEST_F(TreePartsTest, HeadersAreFoundByWhatTheyDeclare) {
  std::filesystem::remove(tree() / "include/linux/memblock.h");
  Write("tree/include/linux/memblock_api.h", "#define MEMBLOCK_ANSWER 40\n");
  Write("tree/include/linux/other.h", "#define MEMBLOCK_ANSWER 41\n");
  EXPECT_THAT(World(),
              testing::Contains("include/linux/memblock_api.h <- include/linux/memblock_api.h"));
}

TEST_F(TreePartsTest, WhatATreeLacksIsTold) {
  Write("linux/shim/functions.txt",
        "memblock answer() required\nmemblock add() adding\nmemblock del() removing\n"
        "memblock drop() removing\nmemblock twice\nmemblock unused()\n");
  Write("tree/mm/memblock.c", "int answer(void) { return twice; } int add(void);\n");
  const auto reading = ReadTree(tree(), shim());
  ASSERT_TRUE(reading.ok()) << reading.status();
  EXPECT_THAT(reading->layout.has, ElementsAre("answer", "twice"));
  EXPECT_EQ(reading->layout.NotPlayed(),
            "adding are not played: no add(); removing are not played: no del(), drop()");
  EXPECT_EQ(reading->layout.Lacks(), "adding=add();removing=del(), drop();");
}

TEST(FirstErrors, LeavesWarningsOutAndNamesTheTree) {
  constexpr std::string_view kOutput =
      "/b/part/world/mm/a.c:3:1: warning: odd\n  int odd;\n"
      "In file included from /b/part/world/mm/a.c:1:\n"
      "/b/part/world/mm/a.c:9:5: error: unknown type name 'gone_t'\n  gone_t x;\n  ^\n"
      "/b/part/world/mm/a.c:10:1: warning: odd too\n"
      "1 warning and 1 error generated.\n";
  const Renamed renamed[] = {{"/b/part/world/", "linux/"}};
  EXPECT_EQ(FirstErrors(kOutput, renamed, 20),
            "linux/mm/a.c:9:5: error: unknown type name 'gone_t'\n  gone_t x;\n  ^");
  EXPECT_EQ(FirstErrors(kOutput, renamed, 1),
            "linux/mm/a.c:9:5: error: unknown type name 'gone_t'");
  EXPECT_EQ(FirstErrors("killed\nreally\n", renamed, 1), "killed");
  EXPECT_EQ(FirstErrors("", renamed, 1), "");
}

TEST(FingerprintTest, TellsHowThingsAreCut) {
  const auto of = [](std::initializer_list<std::string_view> parts) {
    Fingerprint fingerprint;
    for (const std::string_view part : parts) fingerprint.Add(part);
    return fingerprint.Hex();
  };
  EXPECT_EQ(of({"ab", "c"}), of({"ab", "c"}));
  EXPECT_NE(of({"ab", "c"}), of({"a", "bc"}));
  EXPECT_NE(of({"a", ""}), of({"a"}));
}

TEST(RunCommandsTest, TellsHowEachEndedInOrder) {
  const TempFolder folder;
  std::vector<Command> commands;
  for (const char* script : {"sleep 0.1; pwd", "echo bad >&2; exit 3", "kill -9 $$"}) {
    commands.push_back(
        {{"/bin/sh", "-c", script}, folder / "", folder / std::to_string(commands.size())});
  }
  const auto ends = RunCommands(commands, 2);
  ASSERT_TRUE(ends.ok()) << ends.status();
  EXPECT_TRUE((*ends)[0].ok);
  EXPECT_EQ((*ends)[0].output, std::filesystem::canonical(folder / ".").string() + "\n");
  EXPECT_EQ((*ends)[1].trouble, "exit code 3");
  EXPECT_EQ((*ends)[1].output, "bad\n");
  EXPECT_THAT((*ends)[2].trouble, HasSubstr("signal 9"));
  EXPECT_FALSE((*ends)[2].ok);
}

TEST(RunCommandsTest, AProgramThatIsNotThereIsTold) {
  const TempFolder folder;
  const auto ends = RunCommands({{{(folder / "none").string()}, folder / "", folder / "out"}}, 1);
  EXPECT_THAT(std::string(ends.status().message()), HasSubstr("none: No such file"));
}

}  // namespace
}  // namespace khofuzz
