// Edited copies of releases, as maintainers' branches are: each is measured as what it is, and what
// the catalogue has is no news. KHOFUZZ_LINUX_TREES names the trees, joined by colons.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "cli/commands/exit_code.h"
#include "cli/linux/check.h"
#include "cli/play/tree_design.h"
#include "core/designs/named.h"
#include "linux/build/tree_builder.h"
#include "linux/release_row.h"
#include "linux/test_trees.h"
#include "system/files.h"
#include "system/temp_folder.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

constexpr const char* kHandover = "kernel/liveupdate/kexec_handover.c";
constexpr const char* kMmInit = "mm/mm_init.c";

struct Edit {
  const char* file;
  const char* from;  // the first in the file
  const char* to;
};

struct Branch {
  const char* name;
  const char* release;  // that it is a copy of
  std::vector<Edit> edits;
  const char* design;  // in words, see Described()
};

void PrintTo(const Branch& branch, std::ostream* out) { *out << branch.name; }

const Edit kPageblockAlignment = {kHandover, "(PAGE_SIZE * MAX_ORDER_NR_PAGES)",
                                  "CMA_MIN_ALIGNMENT_BYTES"};
const Edit kNoKdumpCheck = {kHandover, "if (is_kdump_kernel()) {", "if (0) {"};
const Edit kNoExtension = {kHandover, "\tkho_extend_scratch();\n", "\t(void)kho_extend_scratch;\n"};
const Edit kVmallocUndo = {kHandover, "\tKHOSER_STORE_PTR(preservation->first, chunk);\n",
                           "\tKHOSER_STORE_PTR(preservation->first, chunk);\n"
                           "\tpreservation->order = order;\n"};
// Of folios and of runs: half of it is no quirk of the catalogue.
const Edit kTailsForgotten = {kHandover, "unsigned long i = 1; i < nr_pages;",
                              "unsigned long i = 1; i < 1;"};
const Edit kRunsForgotten = {kHandover, "unsigned long i = 0; i < nr_pages;",
                             "unsigned long i = 0; i < 1;"};

std::vector<Branch> Branches() {
  return {
      {"alignment_of_7_2",
       "linux-7.2",
       {kPageblockAlignment},
       "as linux-7.2, with scratch-aligned-to-pageblock"},
      {"alignment_of_7_3",
       "linux-7.3",
       {kPageblockAlignment},
       "as linux-7.3, with scratch-aligned-to-pageblock"},
      {"no_kdump_check", "linux-7.3", {kNoKdumpCheck}, "as linux-7.3, with kdump-reserves-bootmem"},
      {"no_extension", "linux-7.3", {kNoExtension}, "as linux-7.3, with never-extends"},
      {"older_sizing",
       "linux-7.3",
       {{kHandover,
         "\t\tsize -= memblock_reserved_hugetlb_size(ARCH_LOW_ADDRESS_LIMIT,\n"
         "\t\t\t\t\t\t       NUMA_NO_NODE);\n",
         ""},
        {kHandover,
         "\t\tsize -= memblock_reserved_hugetlb_size(MEMBLOCK_ALLOC_ANYWHERE,\n"
         "\t\t\t\t\t\t       NUMA_NO_NODE);\n",
         ""},
        {kHandover,
         "\t\tsize -= memblock_reserved_hugetlb_size(MEMBLOCK_ALLOC_ANYWHERE,\n"
         "\t\t\t\t\t\t       nid);\n",
         ""}},
       "as linux-7.3, with hugetlb-counts-in-sizing"},
      {"explicit_sizes_unrounded",
       "linux-7.2",
       {{kHandover, "\tscratch_size_lowmem = round_up(",
         "\tif (scratch_scale)\n\t\tscratch_size_lowmem = round_up("},
        {kHandover, "\tscratch_size_global = round_up(",
         "\tif (scratch_scale)\n\t\tscratch_size_global = round_up("}},
       "as linux-7.2, with scratch-explicit-unrounded"},
      {"vmalloc_undo_mended",
       "linux-7.3",
       {kVmallocUndo},
       "as linux-7.3, without vmalloc-undo-forgets-order"},
      {"alignment_and_vmalloc_undo_mended",
       "linux-7.3",
       {kPageblockAlignment, kVmallocUndo},
       "as linux-7.3, with scratch-aligned-to-pageblock, without vmalloc-undo-forgets-order"},
      {"no_extension_and_tails_forgotten",
       "linux-7.3",
       {kNoExtension, kTailsForgotten, kRunsForgotten},
       "as linux-7.3, with restore-forgets-tails and never-extends"},
      {"memmap_init_forgets_bootmem",
       "linux-7.3",
       {{kMmInit, "\t\t\tenum migratetype mt = kho_scratch_migratetype(pfn, migratetype);",
         "\t\t\tenum migratetype mt = migratetype;"}},
       "as linux-7.3, with memmap-init-forgets-bootmem"},
      // As "[PATCH v7 2/3] kho: fix deferred init of kho scratch" (docs/bugs.md): what is not
      // deferred gets its type behind memmap_init, before anybody can see it.
      {"types_before_the_first_deferred_page_late",
       "linux-7.3",
       {{kMmInit, "\t\t\tenum migratetype mt = kho_scratch_migratetype(pfn, migratetype);",
         "\t\t\tenum migratetype mt = migratetype;"},
        {kHandover, "void __init kho_memory_init(void)\n",
         "static void __init type_scratch(void)\n"
         "{\n"
         "\tphys_addr_t start, end;\n"
         "\tint nid;\n"
         "\tu64 i;\n"
         "\n"
         "\t__for_each_mem_range(i, &memblock.memory, NULL, NUMA_NO_NODE, MEMBLOCK_KHO_SCRATCH,\n"
         "\t\t\t     &start, &end, &nid) {\n"
         "\t\tunsigned long pfn = pageblock_start_pfn(PFN_UP(start));\n"
         "\t\tunsigned long last = pageblock_align(PFN_DOWN(end));\n"
         "\n"
         "\t\tlast = min(last, NODE_DATA(nid)->first_deferred_pfn);\n"
         "\t\tfor (; pfn < last; pfn += pageblock_nr_pages)\n"
         "\t\t\tif (kho_scratch_overlap(PFN_PHYS(pfn), pageblock_nr_pages << PAGE_SHIFT))\n"
         "\t\t\t\tinit_pageblock_migratetype(pfn_to_page(pfn), MIGRATE_CMA, false);\n"
         "\t}\n"
         "}\n"
         "\n"
         "void __init kho_memory_init(void)\n"},
        {kHandover, "\t\tkho_mem_retrieve();\n\telse\n\t\tkho_reserve_scratch();\n",
         "\t\tkho_mem_retrieve();\n\telse\n\t\tkho_reserve_scratch();\n"
         "\tif (kho_in.scratch_phys)\n\t\ttype_scratch();\n"}},
       "as linux-7.3, with release-capped-at-first-deferred"},
      {"alloc_preserve_flags",
       "linux-7.3",
       {{kHandover, "void *kho_alloc_preserve(size_t size)\n",
         "static void *kho_alloc_preserve_flags(size_t size, gfp_t flags)\n"},
        {kHandover, "folio_alloc(GFP_KERNEL | __GFP_ZERO, order)",
         "folio_alloc(GFP_KERNEL | __GFP_ZERO | (flags & GFP_DMA32), order)"},
        {kHandover, "EXPORT_SYMBOL_GPL(kho_alloc_preserve);",
         "void *kho_alloc_preserve(size_t size)\n"
         "{\n"
         "\treturn kho_alloc_preserve_flags(size, GFP_KERNEL);\n"
         "}\n"
         "EXPORT_SYMBOL_GPL(kho_alloc_preserve);"}},
       "as linux-7.3"},
  };
}

class BranchesTest : public testing::TestWithParam<Branch> {
 protected:
  // The tree of the branch's release; empty, and why is said, if there is none.
  std::string Tree() const {
    for (const std::string& tree : TestTrees()) {
      if (ReleaseName(tree) == GetParam().release) return tree;
    }
    return "";
  }

  // Makes the copy: the files that are edited are its own, all else leads to the tree.
  fs::path Copy(const fs::path& tree) {
    const fs::path copy = folder_ / GetParam().name;
    std::set<fs::path> own = {""};
    for (const Edit& edit : GetParam().edits) {
      for (fs::path at = edit.file; !at.empty(); at = at.parent_path()) own.insert(at);
    }
    for (const fs::path& folder : own) {
      if (!fs::is_directory(tree / folder)) continue;
      fs::create_directories(copy / folder);
      for (const auto& entry : fs::directory_iterator(tree / folder)) {
        const fs::path name = folder / entry.path().filename();
        if (!own.contains(name)) fs::create_symlink(fs::absolute(entry.path()), copy / name);
      }
    }
    for (const Edit& edit : GetParam().edits) {
      const fs::path file = copy / edit.file;
      auto text = ReadText(fs::exists(file) ? file : tree / edit.file);
      EXPECT_TRUE(text.ok()) << text.status();
      const size_t found = text.ok() ? text->find(edit.from) : std::string::npos;
      EXPECT_NE(found, std::string::npos) << edit.file << " lacks " << edit.from;
      if (found == std::string::npos) continue;
      text->replace(found, std::string_view(edit.from).size(), edit.to);
      EXPECT_TRUE(WriteText(file, *text).ok());
    }
    return copy;
  }

  TempFolder folder_;
};

TEST_P(BranchesTest, IsMeasuredAsWhatItIsAndWhatIsCataloguedIsNoNews) {
  const std::string tree = Tree();
  if (tree.empty()) {
    GTEST_SKIP() << "KHOFUZZ_LINUX_TREES names no tree of " << GetParam().release;
  }
  const fs::path copy = Copy(tree);
  const auto objects = BuildTreeForAllPages({.tree = copy,
                                             .shim = ShimFolder(KHOFUZZ_SOURCE_DIR),
                                             .folder = TreesFolder(folder_ / "bin")},
                                            ConfiguredToolchain(KHOFUZZ_SOURCE_DIR));
  ASSERT_TRUE(objects.ok()) << objects.status();
  const auto measured = MeasureTree(*objects, {.corpus = KHOFUZZ_SOURCE_DIR "/corpus"});
  ASSERT_TRUE(measured.ok()) << measured.status();
  EXPECT_EQ(Described(measured->design), GetParam().design);
  for (const TreeDesign::Unexplained& one : measured->unexplained) {
    ADD_FAILURE() << one.probe << " is not explained: " << one.what;
  }
  EXPECT_EQ(LinuxCheckCommand({.tree = copy.string(),
                               .seconds = 12,
                               .seed = 1,
                               .work_dir = (folder_ / "work").string(),
                               .root = KHOFUZZ_SOURCE_DIR,
                               .bin_dir = folder_ / "bin"}),
            kExitFine);
}

INSTANTIATE_TEST_SUITE_P(Branches, BranchesTest, testing::ValuesIn(Branches()),
                         [](const auto& branch) { return std::string(branch.param.name); });

}  // namespace
}  // namespace khofuzz
