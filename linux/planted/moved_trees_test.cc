// Branches that differ from a release in where code is, or in what they do not have yet: copies of
// the trees that KHOFUZZ_LINUX_TREES names, edited.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "linux/build/tree_builder.h"
#include "linux/build/tree_reading.h"
#include "linux/planted/tree_copy.h"
#include "linux/release_row.h"
#include "linux/test_trees.h"
#include "linux/tree_subject.h"
#include "scenario/language/generate.h"
#include "scenario/language/text.h"
#include "scenario/playing/compare.h"
#include "system/files.h"
#include "system/temp_folder.h"

namespace khofuzz {
namespace {

using testing::HasSubstr;

constexpr const char* kKho = "kernel/liveupdate/kexec_handover.c";

class MovedTrees : public testing::Test {
 protected:
  // The first tree that has kho_radix_add_key(); skips the test if there is none.
  void SetUp() override {
    for (const std::string& path : TestTrees()) {
      auto copy = TreeCopy::Make(path, folder_ / "linux");
      ASSERT_TRUE(copy.ok()) << copy.status();
      const auto text = copy->Text(kKho);
      ASSERT_TRUE(text.ok()) << text.status();
      if (text->find("int kho_radix_add_key(") != std::string::npos) {
        copy_ = *std::move(copy);
        return;
      }
      std::filesystem::remove_all(folder_ / "linux");
    }
    GTEST_SKIP() << "KHOFUZZ_LINUX_TREES names no tree with kho_radix_add_key()";
  }

  std::string Must(const absl::StatusOr<std::string>& text) {
    EXPECT_TRUE(text.ok()) << text.status();
    return text.ok() ? *text : "";
  }
  void Must(const absl::Status& status) { EXPECT_TRUE(status.ok()) << status; }

  // What kexec_handover.c begins with, up to its own declarations.
  std::string Includes() {
    const std::string text = Must(copy_->Text(kKho));
    const size_t begin = text.find("#define pr_fmt");
    return text.substr(begin, text.find("static_assert(", begin) - begin);
  }
  void MoveRadix() {
    const std::string code = Must(
        copy_->Cut(kKho, "static unsigned long kho_radix_get_bitmap_index", "/* For physically"));
    Must(copy_->Put("include/linux/kho/radix.h",
                    Must(copy_->Text("include/linux/kho_radix_tree.h"))));
    Must(copy_->Remove("include/linux/kho_radix_tree.h"));
    Must(copy_->Replace(kKho, "<linux/kho_radix_tree.h>", "<linux/kho/radix.h>"));
    Must(copy_->Put("kernel/liveupdate/kho_radix.c", Includes() + code));
  }
  // Its chunks are unpreserved by a function that kexec_handover.c has for it.
  void MoveVmalloc() {
    const std::string code =
        Must(copy_->Cut(kKho, "/* vmalloc flags KHO supports", "/**\n * kho_alloc_preserve"));
    Must(copy_->Put("kernel/liveupdate/kho_vmalloc.c", Includes() + code));
    Must(copy_->Replace("kernel/liveupdate/kho_vmalloc.c",
                        "\tstruct kho_radix_tree *tree = &kho_out.radix_tree;\n", ""));
    Must(copy_->Replace("kernel/liveupdate/kho_vmalloc.c", "__kho_unpreserve(tree, ",
                        "kho_unpreserve_range("));
    Must(copy_->Replace(kKho, "int kho_preserve_pages(struct page *page",
                        "void kho_unpreserve_range(unsigned long from, unsigned long to)\n{\n"
                        "\t__kho_unpreserve(&kho_out.radix_tree, from, to);\n}\n"
                        "int kho_preserve_pages(struct page *page"));
    Must(copy_->Replace("kernel/liveupdate/kexec_handover_internal.h",
                        "extern struct kho_scratch *kho_scratch;",
                        "void kho_unpreserve_range(unsigned long from, unsigned long to);\n"
                        "extern struct kho_scratch *kho_scratch;"));
  }

  TreeBuild BuildOf() const {
    return {
        .tree = copy_->path(), .shim = ShimFolder(KHOFUZZ_SOURCE_DIR), .folder = folder_ / "trees"};
  }
  // Builds it for pages of 4 KiB, and loads it; null, with a failure, if it does not build.
  std::unique_ptr<TreeSubject> Load() {
    const auto object = BuildTree(BuildOf(), ConfiguredToolchain(KHOFUZZ_SOURCE_DIR));
    EXPECT_TRUE(object.ok()) << object.status().message();
    if (!object.ok()) return nullptr;
    auto subject = TreeSubject::Load({object->string()});
    EXPECT_TRUE(subject.ok()) << subject.status();
    return subject.ok() ? *std::move(subject) : nullptr;
  }
  // Lives by chance come to what the model of the release comes to.
  void ExpectAgreement(const TreeSubject& subject) {
    const Design& design = ReleaseRow(copy_->path().string())->design;
    for (const char* name : {"fuzz_chain", "fuzz_restore", "fuzz_extend"}) {
      const Target& target = *FindTarget(name);
      for (uint64_t seed = 0; seed < 25; ++seed) {
        Rng rng(seed);
        const Scenario scenario = Generate(target, rng);
        const auto difference =
            FirstDifference(scenario, target, Subject(design, subject.kernels()), Subject(design),
                            {"the tree", "the model"});
        ASSERT_FALSE(difference.has_value())
            << name << ", seed " << seed << ": " << difference->what << "\n"
            << Print(scenario);
      }
    }
  }

  const TempFolder folder_;
  std::optional<TreeCopy> copy_;
};

TEST_F(MovedTrees, RadixTreesInAFileOfTheirOwn) {
  MoveRadix();
  const auto subject = Load();
  ASSERT_NE(subject, nullptr);
  EXPECT_NE(subject->trees().front()->calls().parts->raw_add, nullptr);
  EXPECT_STREQ(subject->trees().front()->calls().lacks, "");
  ExpectAgreement(*subject);
}

TEST_F(MovedTrees, VmallocAndRadixTreesInFilesOfTheirOwn) {
  MoveRadix();
  MoveVmalloc();
  const auto subject = Load();
  ASSERT_NE(subject, nullptr);
  EXPECT_STREQ(subject->trees().front()->calls().lacks, "");
  ExpectAgreement(*subject);
}

// In the middle of a series: what is not there yet is not played, and told; what is there agrees.
TEST_F(MovedTrees, WithoutRestoringVmallocAreasTheRestIsPlayed) {
  const std::string code =
      Must(copy_->Cut(kKho, "/**\n * kho_restore_vmalloc", "/**\n * kho_alloc_preserve"));
  EXPECT_THAT(code, HasSubstr("EXPORT_SYMBOL_GPL(kho_restore_vmalloc)"));
  const auto subject = Load();
  ASSERT_NE(subject, nullptr);
  const auto reading = ReadTree(copy_->path(), ShimFolder(KHOFUZZ_SOURCE_DIR));
  ASSERT_TRUE(reading.ok()) << reading.status();
  EXPECT_EQ(reading->layout.NotPlayed(), "vmalloc areas are not played: no kho_restore_vmalloc()");
  EXPECT_EQ(subject->trees().front()->WhyNot("vmalloc areas"),
            "this tree has no kho_restore_vmalloc()");
  ExpectAgreement(*subject);
}

// The tree's own test calls KHO, and nothing of KHO's calls it.
TEST_F(MovedTrees, WithATestThatDoesNotCompileTheRestIsPlayed) {
  constexpr const char* kTest = "lib/test_kho.c";
  const std::string text = Must(copy_->Text(kTest));
  Must(copy_->Put(kTest, text + "static int of_a_later_patch = A_LATER_PATCH;\n"));
  TreeBuild build = BuildOf();
  std::vector<std::string> said;
  build.progress = [&](const std::string& line) { said.push_back(line); };
  for (int times = 0; times < 2; ++times) {
    said.clear();
    const auto object = BuildTree(build, ConfiguredToolchain(KHOFUZZ_SOURCE_DIR));
    ASSERT_TRUE(object.ok()) << object.status().message();
    ASSERT_FALSE(said.empty());
    EXPECT_THAT(said.back(), HasSubstr("the tree's own tests are not played: "));
    const std::string errors = said.back().substr(said.back().find_last_of(' ') + 1);
    EXPECT_THAT(Must(ReadText(errors)), HasSubstr("A_LATER_PATCH"));
  }
  EXPECT_EQ(said.size(), 1u) << "built again";
  const auto subject = Load();
  ASSERT_NE(subject, nullptr);
  EXPECT_EQ(subject->trees().front()->WhyNot("the tree's own tests"),
            "this tree has no lib/test_kho.c that compiles here");
  ExpectAgreement(*subject);

  Must(copy_->Put(kTest, text));
  said.clear();
  ASSERT_TRUE(BuildTree(build, ConfiguredToolchain(KHOFUZZ_SOURCE_DIR)).ok());
  EXPECT_EQ(said.size(), 1u) << said.back();
}

TEST_F(MovedTrees, WithoutDestroyingRadixTreesTheRestIsPlayed) {
  (void)Must(copy_->Cut(kKho, "void kho_radix_destroy_tree(", "static int kho_radix_walk_leaf("));
  Must(copy_->Replace(kKho, "kho_radix_destroy_tree(", "__kho_radix_destroy_tree_of("));
  Must(copy_->Replace(kKho, "void __init kho_memory_init_early(void)",
                      "#define __kho_radix_destroy_tree_of(tree) ((void)(tree))\n"
                      "void __init kho_memory_init_early(void)"));
  const auto reading = ReadTree(copy_->path(), ShimFolder(KHOFUZZ_SOURCE_DIR));
  ASSERT_TRUE(reading.ok()) << reading.status();
  EXPECT_EQ(reading->layout.NotPlayed(),
            "radix trees of raw keys are not played: no kho_radix_destroy_tree()");
}

TEST_F(MovedTrees, TheTrackerBeforeRadixTreesIsTold) {
  Must(copy_->Put(kKho, Must(copy_->Text(kKho)) + "struct khoser_mem_chunk;\n"));
  const auto object = BuildTree(BuildOf(), ConfiguredToolchain(KHOFUZZ_SOURCE_DIR));
  EXPECT_THAT(std::string(object.status().message()),
              HasSubstr("hands preserved memory over in an xarray of bitmaps"));
}

}  // namespace
}  // namespace khofuzz
