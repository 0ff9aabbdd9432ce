// check and diff as a user meets them, on real trees: those that KHOFUZZ_LINUX_TREES names, joined
// by colons.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/commands/commands.h"
#include "cli/commands/exit_code.h"
#include "cli/linux/check.h"
#include "cli/linux/diff.h"
#include "cli/linux/linux.h"
#include "linux/build/tree_builder.h"
#include "linux/planted/tree_copy.h"
#include "linux/release_row.h"
#include "linux/test_trees.h"
#include "system/files.h"
#include "system/process.h"
#include "system/temp_folder.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

class TreesTest : public testing::Test {
 protected:
  void SetUp() override {
    trees_ = TestTrees();
    if (trees_.empty()) GTEST_SKIP() << "KHOFUZZ_LINUX_TREES names no trees";
  }
  void TearDown() override {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(TreesFolder(bin_), error)) {
      if (absl::StartsWith(entry.path().filename().string(), copy_.filename().string())) {
        fs::remove_all(entry.path());
      }
    }
  }

  Json ReadJson(const char* name) {
    const auto text = ReadText(folder_ / name);
    EXPECT_TRUE(text.ok()) << text.status();
    return text.ok() ? Json::parse(*text) : Json();
  }

  LinuxDiffOptions Diff(const std::string& base, const std::string& patched) {
    return {.base = base,
            .patched = patched,
            .seconds = 5,
            .seed = 1,
            .json = (folder_ / "diff.json").string(),
            .root = KHOFUZZ_SOURCE_DIR,
            .bin_dir = bin_};
  }

  // Whole lives on a tree, of which all that is broken is news.
  ScenarioOptions Life(const std::string& tree) const {
    return {.target = "fuzz_chain",
            .on = {.trees = {tree}, .known = "intended"},
            .root = KHOFUZZ_SOURCE_DIR,
            .bin_dir = bin_};
  }

  struct Edit {
    std::string from, to;
  };

  // `tree` but for one file, in which the `from` of each edit has become its `to`.
  std::string Copy(const std::string& tree, const std::string& file,
                   const std::vector<Edit>& edits) const {
    const auto copy = TreeCopy::Make(tree, copy_);
    EXPECT_TRUE(copy.ok()) << copy.status();
    if (!copy.ok()) return {};
    for (const auto& [from, to] : edits) {
      const absl::Status status = copy->Replace(file, from, to);
      EXPECT_TRUE(status.ok()) << status;
    }
    return copy_.string();
  }
  std::string Copy(const std::string& tree, const std::string& file, const std::string& from,
                   const std::string& to) const {
    return Copy(tree, file, {{from, to}});
  }

  const TempFolder folder_;
  // Trees are built where the program builds them, so that most are there already. The copy's name
  // is its own among those of the tests that run beside this one.
  const fs::path copy_ = folder_ / ("copy-" + (folder_ / "").parent_path().filename().string());
  const fs::path bin_ = KHOFUZZ_BUILD_DIR;
  std::vector<std::string> trees_;
};

TEST_F(TreesTest, CheckReportsAndExitsBySomethingNew) {
  for (const std::string& tree : trees_) {
    const int exit = LinuxCheckCommand({.tree = tree,
                                        .seconds = 3,
                                        .seed = 1,
                                        .json = (folder_ / "check.json").string(),
                                        .junit = (folder_ / "check.xml").string(),
                                        .ktap = (folder_ / "check.ktap").string(),
                                        .work_dir = (folder_ / "work").string(),
                                        .root = KHOFUZZ_SOURCE_DIR,
                                        .bin_dir = bin_});
    const Json json = ReadJson("check.json");
    size_t news = 0;
    for (const Json& finding : json["findings"]) {
      if (!finding["known_as"].is_null()) continue;
      ++news;
      EXPECT_TRUE(fs::exists(finding["file"].get<std::string>())) << finding;
    }
    EXPECT_EQ(exit, news == 0 ? kExitFine : kExitFinding) << tree;
    EXPECT_GT(json["played"]["scenarios"], 100) << tree;
    EXPECT_GT(json["invariants"]["init-once"], 0) << tree;
    EXPECT_GT(json["invariants"]["kernels-agree"], 0) << tree;
    for (const Json& one : json["regressions"]) EXPECT_FALSE(one["result"].is_null()) << one;
    EXPECT_TRUE(fs::exists(folder_ / "check.xml"));
    EXPECT_THAT(*ReadText(folder_ / "check.ktap"), testing::StartsWith("KTAP version 1\n1..2\n"));
  }
}

// What the catalogue has of a release was written by `khofuzz linux design TREE --row`.
TEST_F(TreesTest, ReleasesAreStillWhatTheirTreesAreMeasuredAs) {
  for (const std::string& tree : trees_) {
    const NamedDesign* const row = ReleaseRow(tree);
    if (row == nullptr) {
      std::cout << tree << ": core/designs has no row of " << ReleaseName(tree) << "\n";
      continue;
    }
    std::ostringstream out, err;
    ASSERT_EQ(
        LinuxDesignCommand({.tree = tree, .row = true, .root = KHOFUZZ_SOURCE_DIR, .bin_dir = bin_},
                           out, err),
        kExitFine)
        << err.str();
    const fs::path file =
        fs::path(KHOFUZZ_SOURCE_DIR) / "core/designs" / (ReleaseName(tree) + ".inc");
    EXPECT_EQ(out.str(), *ReadText(file)) << tree;
    out.str("");
    EXPECT_EQ(
        LinuxDesignCommand(
            {.tree = tree, .json = true, .root = KHOFUZZ_SOURCE_DIR, .bin_dir = bin_}, out, err),
        kExitFine);
    const Json json = Json::parse(out.str());
    EXPECT_TRUE(json["unexplained"].empty()) << json["unexplained"];
    EXPECT_GT(json["probes"], 400);
    EXPECT_EQ(json["known"], row->design.Name());
  }
}

TEST_F(TreesTest, ABugThatTheReleaseDoesNotHaveIsNewsWhereTheTreeIsHeldAgainstTheRelease) {
  const std::string copy =
      Copy(trees_.front(), "kernel/liveupdate/kexec_handover.c",
           "unsigned long i = 1; i < nr_pages;", "unsigned long i = 1; i < 1;");
  std::ostringstream out, err;
  EXPECT_EQ(
      LinuxDesignCommand({.tree = copy, .root = KHOFUZZ_SOURCE_DIR, .bin_dir = bin_}, out, err),
      kExitFine);
  // Its other half, the tails of kho_restore_pages(), this tree does not have: with that quirk and
  // without it there are probes that it does not explain.
  EXPECT_THAT(out.str(), HasSubstr("as linux-7.3"));
  EXPECT_THAT(out.str(), HasSubstr("probes are not explained"));
  EXPECT_EQ(LinuxCheckCommand({.tree = copy,
                               .seconds = 8,
                               .seed = 1,
                               .known = ReleaseName(trees_.front()),
                               .json = (folder_ / "check.json").string(),
                               .work_dir = (folder_ / "work").string(),
                               .root = KHOFUZZ_SOURCE_DIR,
                               .bin_dir = bin_}),
            kExitFinding);
  const Json findings = ReadJson("check.json")["findings"];
  EXPECT_TRUE(std::ranges::any_of(findings, [](const Json& one) {
    return one["known_as"].is_null() && one["same_as"] == "restore-forgets-tails";
  })) << findings;
}

TEST_F(TreesTest, ATreeBehavesAsItselfDoes) {
  for (const std::string& tree : trees_) {
    EXPECT_EQ(LinuxDiffCommand(Diff(tree, tree)), kExitFine) << tree;
    const Json json = ReadJson("diff.json");
    EXPECT_TRUE(json["changes"].empty()) << json["changes"];
    EXPECT_GT(json["scenarios"], 100);
    EXPECT_GT(json["handovers"], 0);
  }
}

TEST_F(TreesTest, ABugIsBrokenOneWayAndFixedTheOther) {
  const std::string& tree = trees_.front();
  const std::string copy =
      Copy(tree, "kernel/liveupdate/kexec_handover.c", "(PAGE_SHIFT + *order)", "PAGE_SHIFT");
  EXPECT_EQ(LinuxDiffCommand(Diff(tree, copy)), kExitFinding);
  const auto has = [](const Json& json, const char* change) {
    for (const Json& one : json["changes"]) {
      if (one["change"] == change && one["ops"] <= 10) return true;
    }
    return false;
  };
  EXPECT_TRUE(has(ReadJson("diff.json"), "broken"));
  LinuxDiffCommand(Diff(copy, tree));
  EXPECT_TRUE(has(ReadJson("diff.json"), "fixed"));
}

// Which allocation fails is said by how many come before it. One more of them, and the k-th is
// another one: what that does is no change of the tree's.
TEST_F(TreesTest, OneMoreAllocationIsNoChange) {
  const std::string& tree = trees_.front();
  const std::string copy =
      Copy(tree, "kernel/liveupdate/kexec_handover.c", "\tkho_out.fdt = kho_alloc_preserve(",
           "\tfree_page(get_zeroed_page(GFP_KERNEL));\n\tkho_out.fdt = kho_alloc_preserve(");
  for (const bool back : {false, true}) {
    EXPECT_EQ(LinuxDiffCommand(back ? Diff(copy, tree) : Diff(tree, copy)), kExitFine);
    const Json json = ReadJson("diff.json");
    EXPECT_TRUE(json["changes"].empty()) << json["changes"];
    EXPECT_GT(json["shifted"], 0);
  }
}

// The release's own bugs in what it does more are bugs of the release.
TEST_F(TreesTest, ATreeThatDoesMoreOfWhatItHasBreaksNothing) {
  const std::string& tree = trees_.front();
  const std::string copy = Copy(tree, "kernel/liveupdate/kexec_handover.c",
                                "\tkho_extend_scratch();\n", "\t(void)kho_extend_scratch;\n");
  (void)LinuxDiffCommand(Diff(copy, tree));
  const Json changes = ReadJson("diff.json")["changes"];
  EXPECT_FALSE(changes.empty());
  for (const Json& one : changes) EXPECT_NE(one["change"], "broken") << one;
}

TEST_F(TreesTest, ATreeThatLoopsIsToldByEachCommandAndSuffersNobody) {
  const std::string copy = Copy(trees_.front(), "kernel/liveupdate/kexec_handover.c",
                                "void __init kho_memory_init(void)\n{",
                                "void __init kho_memory_init(void)\n{\n\tfor (;;)\n\t\t;\n");
  ScenarioOptions options = Life(copy);
  options.time_limit = 3;
  const fs::path path = folder_ / "life.kho";
  ASSERT_TRUE(WriteText(path, "preserve_pages pfn=0x100 nr=4\nkexec\nboot\n").ok());
  std::ostringstream out, err;
  EXPECT_EQ(ReplayCommand({.scenario = options, .paths = {path}}, out, err), kExitFinding);
  EXPECT_THAT(out.str(), HasSubstr("life.kho: hang\n  it ran for more than 3 s and was ended, in "
                                   "kho_memory_init() kernel/liveupdate/kexec_handover.c:"));
  out.str("");
  EXPECT_EQ(ExplainCommand({.scenario = options, .path = path}, out, err), kExitFinding);
  EXPECT_THAT(out.str(), HasSubstr("in kho_memory_init() kernel/liveupdate/kexec_handover.c:"));
  out.str("");
  EXPECT_EQ(ShrinkCommand({.scenario = options, .path = path, .seconds = 20}, out, err),
            kExitFinding);
  EXPECT_THAT(out.str(), HasSubstr("hang (of 3 s): 3 op lines shrunk to 0"));
}

TEST_F(TreesTest, ATreeThatDiesIsToldWithThePlace) {
  const std::string copy = Copy(
      trees_.front(), "kernel/liveupdate/kexec_handover.c", "void __init kho_memory_init(void)\n{",
      "void __init kho_memory_init(void)\n{\n\t*(volatile int *)8 = 1;\n");
  const fs::path path = folder_ / "life.kho";
  ASSERT_TRUE(WriteText(path, "kexec\nboot\n").ok());
  std::ostringstream out, err;
  EXPECT_EQ(ReplayCommand({.scenario = Life(copy), .paths = {path}}, out, err), kExitFinding);
  EXPECT_THAT(out.str(), HasSubstr("life.kho: crash\n"));
  // Sanitizers tell it in their own words.
  if (out.str().find("signal 11") != std::string::npos) {
    EXPECT_THAT(out.str(), HasSubstr("kho_memory_init()"));
  }
}

// x86's system calls, as code does them that means to go around the C library.
std::string RawCall(const char* number, const std::string& a, const char* b, const char* c) {
  return absl::StrCat("\tlong khofuzz_r; asm volatile(\"syscall\" : \"=a\"(khofuzz_r) : \"a\"(",
                      number, "L), \"D\"(", a, "), \"S\"(", b, "L), \"d\"(", c,
                      "L) : \"rcx\", \"r11\", \"memory\");\n");
}

TEST_F(TreesTest, ATreeWhoseConstructorRunsAProgramIsNotLoaded) {
  const std::string copy =
      Copy(trees_.front(), "mm/memblock.c", "int __init_memblock memblock_add(",
           absl::StrCat("static __attribute__((constructor)) void khofuzz_evil(void)\n{\n",
                        RawCall("59", "\"/bin/true\"", "0", "0"),
                        "}\n\nint __init_memblock memblock_add("));
  const fs::path path = folder_ / "life.kho";
  ASSERT_TRUE(WriteText(path, "kexec\nboot\n").ok());
  std::ostringstream out, err;
  EXPECT_EQ(ReplayCommand({.scenario = Life(copy), .paths = {path}}, out, err), kExitBad);
  EXPECT_THAT(err.str(), HasSubstr("cannot be loaded: the tree's code tried to run a program "
                                   "(execve), which was refused"));
}

TEST_F(TreesTest, WhatATreeTriesThatIsForbiddenIsRefusedAndAFinding) {
  const fs::path path = folder_ / "life.kho";
  const fs::path written = folder_ / "written";
  const std::string name = absl::StrCat("\"", written.string(), "\"");
  // Each from a function of its own, when the scenario has it called so.
  const struct {
    std::string function, when, call, what, scenario;
  } tries[] = {
      {"void __init kho_memory_init(void)\n{\n", "!kho_enable",
       RawCall("59", "\"/bin/true\"", "0", "0"), "run a program (execve)", "boot_with kho_off\n"},
      {"int kho_preserve_pages(struct page *page, unsigned long nr_pages)\n{\n", "nr_pages == 4",
       RawCall("41", "2L", "1", "0"), "open a socket (socket)", "preserve_pages pfn=0x100 nr=4\n"},
      {"int kho_preserve_folio(struct folio *folio)\n{\n", "folio_order(folio) == 3",
       RawCall("2", name, "0101", "0666"), "write a file (open)",
       "preserve_folio pfn=0x100 order=3\n"},
      {"int kho_preserve_vmalloc(void *ptr, struct kho_vmalloc *preservation)\n{\n", "ptr",
       RawCall("57", "0L", "0", "0"), "start a process (fork)",
       "preserve_vmalloc pfn=0x100 nr=2\n"},
  };
  std::vector<Edit> edits;
  for (const auto& [function, when, call, what, scenario] : tries) {
    edits.push_back({function, absl::StrCat(function, "\tif (", when, ") {\n", call, "\t}\n")});
  }
  const std::string copy = Copy(trees_.front(), "kernel/liveupdate/kexec_handover.c", edits);
  for (const auto& [function, when, call, what, scenario] : tries) {
    ASSERT_TRUE(WriteText(path, scenario).ok());
    std::ostringstream out, err;
    EXPECT_EQ(ReplayCommand({.scenario = Life(copy), .paths = {path}}, out, err), kExitFinding)
        << err.str();
    const size_t paren = function.find('(');
    const size_t word = function.rfind(' ', paren) + 1;
    EXPECT_THAT(out.str(), HasSubstr(absl::StrCat(
                               "life.kho: forbidden-call\n  the tree's code tried to ", what,
                               ", which was refused, in ", function.substr(word, paren - word),
                               "() kernel/liveupdate/")));
  }
  EXPECT_FALSE(fs::exists(written));
}

// A sanitizer that tells of a crash starts the symbolizer that it finds, before libFuzzer has saved
// the input; a process that plays a tree may start none.
TEST_F(TreesTest, AFuzzTargetSavesWhatItFindsWhereThereIsASymbolizer) {
#ifndef KHOFUZZ_LIBFUZZER
  GTEST_SKIP() << "the targets of this build replay files";
#endif
  const fs::path path = folder_ / "life.kho";
  ASSERT_TRUE(WriteText(path, "boot_with scratch=\"garbage\"\nkexec\n").ok());
  const fs::path symbolizer = folder_ / "bin" / "llvm-symbolizer";
  fs::create_directory(folder_ / "bin");
  ASSERT_TRUE(WriteText(symbolizer, "#!/bin/sh\n").ok());
  fs::permissions(symbolizer, fs::perms::owner_all);
  const std::string copy = Copy(
      trees_.front(), "kernel/liveupdate/kexec_handover.c", "void __init kho_memory_init(void)\n{",
      "void __init kho_memory_init(void)\n{\n\t*(volatile int *)8 = 1;\n");
  const auto object = BuildTree({.tree = copy,
                                 .variant = OwnTreeVariant(/*for_fuzzing=*/true),
                                 .shim = ShimFolder(KHOFUZZ_SOURCE_DIR),
                                 .folder = TreesFolder(bin_)},
                                ConfiguredToolchain(KHOFUZZ_SOURCE_DIR));
  ASSERT_TRUE(object.ok()) << object.status();
  const auto run = RunToEnd(
      {"/usr/bin/env", absl::StrCat("PATH=", symbolizer.parent_path().string(), ":/usr/bin:/bin"),
       (bin_ / "fuzz/fuzz_chain").string(), absl::StrCat("--linux=", object->string()),
       absl::StrCat("-artifact_prefix=", (folder_ / "").string()),
       absl::StrCat("-seed_inputs=", path.string()), "-runs=1"},
      60);
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_FALSE(run->end.ok());
  EXPECT_THAT(run->output, Not(HasSubstr("tried to start a process")));
  const bool saved = std::ranges::any_of(fs::directory_iterator(folder_ / ""), [](const auto& at) {
    return at.path().filename().string().starts_with("crash-");
  });
  EXPECT_TRUE(saved) << run->output;
}

TEST_F(TreesTest, AFunctionThatAnswersWronglyIsNamed) {
  const fs::path path = folder_ / "life.kho";
  ASSERT_TRUE(WriteText(path, "boot_with scratch=\"0,256K,0\"\nboot\n").ok());
  const std::string copy = Copy(trees_.front(), "kernel/liveupdate/kexec_handover.c",
                                "(phys + size) > scratch_start", "(phys + size) >= scratch_start");
  ScenarioOptions options = Life(copy);
  options.on.known = "linux-7.3";
  std::ostringstream out, err;
  EXPECT_EQ(ExplainCommand({.scenario = options, .path = path}, out, err), kExitFinding);
  EXPECT_THAT(out.str(), HasSubstr("A wrong answer behind it\n  kho_scratch_overlap(phys=0xf60000, "
                                   "size=0x20000) answers true; right is false"));
}

TEST_F(TreesTest, AWarnIsAFindingForThoseWhoAskForIt) {
  const fs::path path = folder_ / "life.kho";
  ASSERT_TRUE(WriteText(path, "boot_with scratch=\"0,0,5\"\nkexec\nboot\n").ok());
  const std::string copy = Copy(trees_.front(), "kernel/liveupdate/kexec_handover.c",
                                "void __init kho_memory_init(void)\n{",
                                "void __init kho_memory_init(void)\n{\n\tWARN_ON(1);\n");
  for (const bool warn : {false, true}) {
    std::ostringstream out, err;
    EXPECT_EQ(
        ReplayCommand({.scenario = {.target = "fuzz_chain",
                                    .on = {.trees = {copy}, .known = "intended", .warn = warn},
                                    .root = KHOFUZZ_SOURCE_DIR,
                                    .bin_dir = bin_},
                       .paths = {path}},
                      out, err),
        warn ? kExitFinding : kExitFine)
        << err.str();
    EXPECT_THAT(out.str(), HasSubstr(warn ? "breaks kernel-runs" : "life.kho: holds"));
    if (warn) {
      EXPECT_THAT(out.str(), HasSubstr("WARN in kho_memory_init()"));
    }
  }
}

TEST_F(TreesTest, WhatATreeIsKnownForIsNoNewsButWithKnownNoneItIs) {
  for (const std::string& tree : trees_) {
    ReplayOptions options = {
        .scenario = {.on = {.trees = {tree}}, .root = KHOFUZZ_SOURCE_DIR, .bin_dir = bin_},
        .paths = {fs::path(KHOFUZZ_SOURCE_DIR) / "corpus/regressions/designs"},
        .json = true};
    std::ostringstream out, err;
    // Of some machines a tree is none, and of their scenarios nothing is put to the test.
    EXPECT_EQ(ReplayCommand(options, out, err), kExitBad) << tree;
    size_t known = 0;
    for (const Json& one : Json::parse(out.str())) {
      if (one.value("answer", "holds") != "breaks") continue;
      ++known;
      EXPECT_TRUE(one["known_as"].is_string()) << one;
    }
    EXPECT_GT(known, 0u) << tree;
    options.scenario.on.known = "none";
    out.str("");
    EXPECT_EQ(ReplayCommand(options, out, err), kExitBad) << tree;
    for (const Json& one : Json::parse(out.str())) EXPECT_FALSE(one.contains("known_as")) << one;
  }
}

// A tree clears what it releases, page by page: 1 GiB of zeroes.
TEST_F(TreesTest, ClearingWhatNobodyHasTouchedTakesNoMemory) {
  const fs::path path = folder_ / "released.kho";
  ASSERT_TRUE(
      WriteText(path,
                "geometry page=4K pageblock=2M max_block=4M section=128M extension=1G "
                "lowmem=4G\n"
                "memory base=4K size=0xffff000\nmemory base=4G size=1536M\n"
                "boot_with kho_off keep_memblock\nreserve_mem size=1G align=4K name=3\nboot\n"
                "free_reserved index=0 by=reserve_mem_release_by_name\n")
          .ok());
  ScenarioOptions options = Life(trees_.front());
  options.memory_limit_mb = 512;
  std::ostringstream out, err;
  EXPECT_EQ(ReplayCommand({.scenario = options, .paths = {path}}, out, err), kExitFine)
      << out.str();
}

TEST_F(TreesTest, WhatIsNoTreeIsBadInput) {
  const LinuxCheckOptions options{
      .tree = (folder_ / "none").string(), .root = KHOFUZZ_SOURCE_DIR, .bin_dir = bin_};
  EXPECT_EQ(LinuxCheckCommand(options), kExitBad);
  EXPECT_EQ(LinuxDiffCommand(Diff(trees_.front(), (folder_ / "none").string())), kExitBad);
}

}  // namespace
}  // namespace khofuzz
