#include "cli/capture/capture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/status/status.h"
#include "cli/capture/temp_capture.h"

namespace khofuzz {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// The message of the error that loading must end in.
std::string ErrorOf(const TempCapture& capture) {
  const absl::StatusOr<Capture> loaded = LoadCapture(capture.dir());
  return loaded.ok() ? "no error" : std::string(loaded.status().message());
}

TEST(CaptureTest, EveryRecordedHandoverLoads) {
  const std::vector<std::string> names = CaptureNames();
  EXPECT_GE(names.size(), 7u);
  for (const std::string& name : names) {
    const absl::StatusOr<Capture> capture = LoadCapture(CapturesDir() / name);
    ASSERT_TRUE(capture.ok()) << capture.status();
    EXPECT_EQ(capture->name, name);
    EXPECT_EQ(capture->geometry, X86Geometry());
    EXPECT_TRUE(capture->preserved.has_value());
    EXPECT_TRUE(capture->summary.has_value());
    EXPECT_EQ(capture->handover.scratch_bytes, capture->scratch.size());
  }
}

TEST(CaptureTest, TheScratchTableIsFoundWhereTheSecondKernelReservedIt) {
  for (const std::string& name : CaptureNames()) {
    const TempCapture copy(name);
    const absl::StatusOr<Capture> with = LoadCapture(copy.dir());
    copy.Remove("summary.json");
    const absl::StatusOr<Capture> without = LoadCapture(copy.dir());
    ASSERT_TRUE(with.ok() && without.ok());
    EXPECT_TRUE(without->scratch_address_recorded);
    EXPECT_EQ(without->handover.scratch.value, with->summary->Figure("scratch_phys"));
  }
}

TEST(CaptureTest, WithoutRecordedAddressesTheHandoverIsPlacedAboveMemory) {
  const TempCapture copy("a_");
  copy.Remove("summary.json");
  ASSERT_TRUE(copy.Replace("memblock.k2.before_extend.txt", "0x000000003e3f0000 0x30 NONE nid=0",
                           "0x000000003e3f0000 0x30 RSRV_KERN nid=0"));
  const absl::StatusOr<Capture> capture = LoadCapture(copy.dir());
  ASSERT_TRUE(capture.ok()) << capture.status();
  EXPECT_FALSE(capture->scratch_address_recorded);
  EXPECT_FALSE(capture->fdt_address_recorded);
  EXPECT_GE(capture->handover.scratch, PhysAddr{0x3ffda000});
  EXPECT_GE(capture->handover.fdt, PhysAddr{0x3ffda000});
  EXPECT_NE(capture->handover.scratch, capture->handover.fdt);
}

TEST(CaptureTest, ATrailingSlashDoesNotChangeTheName) {
  const absl::StatusOr<Capture> capture = LoadCapture(CapturesDir() / "a_1node_1G_2x1M" / "");
  ASSERT_TRUE(capture.ok()) << capture.status();
  EXPECT_EQ(capture->name, "a_1node_1G_2x1M");
}

TEST(CaptureTest, NoSuchFolderIsAnError) {
  EXPECT_TRUE(absl::IsNotFound(LoadCapture(CapturesDir() / "absent").status()));
  EXPECT_TRUE(absl::IsNotFound(LoadCapture(CapturesDir() / "absent/e").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(LoadCapture(CapturesDir() / "README.md").status()));
}

TEST(CaptureTest, WhatIsMissingIsLeftOut) {
  for (const char* file :
       {"machine.txt", "pagetypeinfo.k1.txt", "pagetypeinfo.k2.txt", "scratch.bin",
        "scratch.k1.bin", "scratch.k2.bin", "memblock.k1.kho_memory_init.txt",
        "memblock.k1.memblock_free_all.txt", "memblock.k2.before_extend.txt",
        "memblock.k2.mm_core_init_after_extend.txt", "memblock.k2.kho_memory_init.txt",
        "memblock.k2.memblock_free_all.txt"}) {
    const TempCapture copy("a_");
    copy.Remove(file);
    EXPECT_EQ(ErrorOf(copy), "no error") << file;
  }
}

TEST(CaptureTest, HalfATreeIsAnError) {
  for (const char* file : {"radix/index.txt", "radix/pages.bin"}) {
    const TempCapture copy("a_");
    copy.Remove(file);
    EXPECT_THAT(ErrorOf(copy), AllOf(HasSubstr(file), HasSubstr("no such file")));
  }
}

TEST(CaptureTest, EitherFormOfTheFdtIsEnough) {
  for (const char* file : {"fdt.dtb", "fdt.page.bin"}) {
    const TempCapture copy("a_");
    copy.Remove(file);
    EXPECT_EQ(ErrorOf(copy), "no error") << file;
  }
  const TempCapture copy("a_");
  copy.Remove("fdt.dtb");
  copy.Remove("fdt.page.bin");
  EXPECT_THAT(ErrorOf(copy), HasSubstr("fdt.page.bin: no such file"));
}

TEST(CaptureTest, TheTwoFormsOfTheFdtMustAgree) {
  const TempCapture copy("a_");
  std::string dtb = copy.Read("fdt.dtb");
  dtb[100] ^= 1;
  copy.Write("fdt.dtb", dtb);
  EXPECT_THAT(ErrorOf(copy), HasSubstr("fdt.dtb: byte 100 differs from fdt.page.bin"));
}

TEST(CaptureTest, TruncatedPagesAreCounted) {
  const TempCapture copy("a_");
  copy.Write("radix/pages.bin", copy.Read("radix/pages.bin").substr(0, 24575));
  EXPECT_THAT(ErrorOf(copy),
              HasSubstr("radix/pages.bin: 24575 bytes; expected 24576, the 6 pages"));
  const TempCapture other("a_");
  other.Write("fdt.page.bin", other.Read("fdt.page.bin").substr(0, 4095));
  EXPECT_THAT(ErrorOf(other), HasSubstr("fdt.page.bin: 4095 bytes; expected one page, 4096"));
}

TEST(CaptureTest, PartsThatWouldLieOnEachOtherAreRefused) {
  const TempCapture copy("a_");
  // The FDT onto the tree's root.
  ASSERT_TRUE(copy.Replace("summary.json", "\"fdt_phys\": 32038912", "\"fdt_phys\": 32034816"));
  EXPECT_THAT(ErrorOf(copy), HasSubstr("it would lie at 0x1e8d000, where another part"));
}

TEST(CaptureTest, AnFdtAddressWithinAPageIsRefused) {
  const TempCapture copy("a_");
  ASSERT_TRUE(copy.Replace("summary.json", "\"fdt_phys\": 32038912", "\"fdt_phys\": 32038913"));
  EXPECT_THAT(ErrorOf(copy), HasSubstr("fdt_phys is 0x1e8e001; expected a page's address"));
}

TEST(CaptureTest, AnAbsurdlyLargeFileIsNotRead) {
  const TempCapture copy("a_");
  std::filesystem::resize_file(copy.dir() / "radix" / "pages.bin", uint64_t{8} << 30);
  EXPECT_THAT(ErrorOf(copy), HasSubstr("pages.bin: 8589934592 bytes; expected at most"));
  const TempCapture other("a_");
  std::filesystem::resize_file(other.dir() / "machine.txt", uint64_t{8} << 30);
  EXPECT_THAT(ErrorOf(other), HasSubstr("machine.txt: 8589934592 bytes; expected at most"));
}

TEST(CaptureTest, BothKernelsMustHaveOneGeometry) {
  const TempCapture copy("a_");
  ASSERT_TRUE(copy.Replace("pagetypeinfo.k2.txt", "order: 9", "order: 8"));
  EXPECT_THAT(ErrorOf(copy), HasSubstr("pageblock order 8, largest order 10; expected 9 and 10"));
}

TEST(CaptureTest, AGeometryThatNoKernelHasIsRefused) {
  const TempCapture copy("a_");
  ASSERT_TRUE(copy.Replace("pagetypeinfo.k1.txt", "order: 9", "order: 11"));
  ASSERT_TRUE(copy.Replace("pagetypeinfo.k2.txt", "order: 9", "order: 11"));
  EXPECT_THAT(ErrorOf(copy), HasSubstr("pagetypeinfo.k1.txt: "));
}

}  // namespace
}  // namespace khofuzz
