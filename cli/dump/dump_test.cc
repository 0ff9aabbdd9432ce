// Dumps made from recorded handovers: they show what the recordings show, and whatever is done to
// them ends in a report or a message.
#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <ostream>
#include <random>

#include "cli/capture/temp_capture.h"
#include "cli/dump/handover_in_dump.h"
#include "cli/inspect/report.h"
#include "cli/map/svg.h"

namespace khofuzz {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

using Pages = std::map<uint64_t, std::string>;

// All that a recording has of memory, and some pages of zeroes around.
Pages PagesOf(const Capture& capture) {
  Pages pages;
  const uint64_t page_size = capture.geometry.page_size();
  capture.handover.memory.ForEachPage([&](PhysAddr page, std::span<const uint64_t> words) {
    pages[page.value] = {reinterpret_cast<const char*>(words.data()), page_size};
  });
  for (const MemblockRegion& region : capture.k2_before_extend.memory.regions) {
    pages.try_emplace(AlignDown(region.end() - 1, page_size).value, page_size, '\0');
  }
  return pages;
}

template <typename T>
void Append(std::string* text, const T& value) {
  text->append(reinterpret_cast<const char*>(&value), sizeof(value));
}

// A segment for each page.
std::string ElfCoreOf(const Pages& pages) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_CORE;
  header.e_machine = EM_X86_64;
  header.e_version = EV_CURRENT;
  header.e_phoff = sizeof(header);
  header.e_ehsize = sizeof(header);
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = static_cast<uint16_t>(pages.size());
  std::string core;
  Append(&core, header);
  uint64_t offset = sizeof(header) + pages.size() * sizeof(Elf64_Phdr);
  for (const auto& [at, bytes] : pages) {
    Append(&core, Elf64_Phdr{.p_type = PT_LOAD,
                             .p_flags = 7,
                             .p_offset = offset,
                             .p_vaddr = 0xffff888000000000 + at,
                             .p_paddr = at,
                             .p_filesz = bytes.size(),
                             .p_memsz = bytes.size(),
                             .p_align = 0});
    offset += bytes.size();
  }
  for (const auto& [at, bytes] : pages) core += bytes;
  return core;
}

// What makedumpfile calls the kdump-compressed format, with no page compressed; all but what is
// needed is zero.
std::string KdumpOf(const Pages& pages) {
  constexpr uint64_t kBlock = 4096;
  const uint64_t end = pages.rbegin()->first / kBlock + 1;
  const uint64_t bitmap = AlignUp((end + 7) / 8, kBlock);
  std::string dump(2 * kBlock + 2 * bitmap, '\0');
  const auto put = [&dump](size_t at, auto value) {
    std::memcpy(dump.data() + at, &value, sizeof(value));
  };
  std::memcpy(dump.data(), "KDUMP   ", 8);
  put(8, int32_t{6});
  std::memcpy(dump.data() + 12 + 4 * size_t{65}, "x86_64", 6);  // utsname's machine
  put(424, int32_t{3});                                         // dumped to the end, zlib
  put(428, uint32_t{kBlock});
  put(432, int32_t{1});
  put(436, static_cast<uint32_t>(2 * bitmap / kBlock));
  put(440, static_cast<uint32_t>(end));
  put(kBlock + 96, end);  // the sub header's max_mapnr_64
  std::string descriptors, contents;
  for (const auto& [at, bytes] : pages) {
    const uint64_t pfn = at / kBlock;
    for (const uint64_t map : {2 * kBlock, 2 * kBlock + bitmap}) {
      dump[map + pfn / 8] = static_cast<char>(dump[map + pfn / 8] | (1 << pfn % 8));
    }
    Append(&descriptors, uint64_t{dump.size() + pages.size() * 24 + contents.size()});
    Append(&descriptors, uint32_t{kBlock});
    Append(&descriptors, uint32_t{0});
    Append(&descriptors, uint64_t{0});
    contents += bytes;
  }
  return dump + descriptors + contents;
}

struct Format {
  const char* name;
  std::string (*make)(const Pages& pages);
};
void PrintTo(const Format& format, std::ostream* out) { *out << format.name; }
constexpr Format kFormats[] = {{"ELF", ElfCoreOf}, {"kdump", KdumpOf}};

absl::StatusOr<InspectReport> InspectCore(const DumpOptions& options) {
  const auto found = FindHandover(options);
  if (!found.ok()) return found.status();
  return Inspect(found->capture);
}

TEST(DumpTest, ADumpShowsWhatTheRecordingShows) {
  for (const std::string& name : CaptureNames()) {
    const TempCapture copy(name);
    const auto capture = LoadCapture(copy.dir());
    ASSERT_TRUE(capture.ok());
    const auto recorded = Inspect(*capture);
    ASSERT_TRUE(recorded.ok());
    for (const Format& format : kFormats) {
      SCOPED_TRACE(name + format.name);
      copy.Write("core", format.make(PagesOf(*capture)));
      const auto dumped = InspectCore({.file = copy.dir() / "core"});
      ASSERT_TRUE(dumped.ok()) << dumped.status();
      EXPECT_EQ(dumped->decoded.fdt, recorded->decoded.fdt);
      EXPECT_EQ(dumped->fdt, recorded->fdt);
      EXPECT_EQ(dumped->decoded.scratch, recorded->decoded.scratch);
      EXPECT_EQ(dumped->decoded.tree.keys, recorded->decoded.tree.keys);
      EXPECT_EQ(dumped->preserved.ranges, recorded->preserved.ranges);
      EXPECT_TRUE(dumped->agrees());
      EXPECT_FALSE(RenderHtml(ReportMap(*capture, *dumped)).empty());
      // The same where it is told where to look.
      const auto told = InspectCore({.file = copy.dir() / "core", .fdt = recorded->fdt});
      ASSERT_TRUE(told.ok()) << told.status();
      EXPECT_EQ(told->preserved.ranges, recorded->preserved.ranges);
    }
  }
}

class DamagedDump : public testing::TestWithParam<Format> {
 protected:
  DamagedDump() : copy_("a_") {
    const auto capture = LoadCapture(copy_.dir());
    const Pages pages = PagesOf(*capture);
    core_ = GetParam().make(pages);
    headers_ = core_.size() - pages.size() * 4096;
  }
  // A report, or an error that names the file.
  void Survives(const std::string& core, const std::string& damage) {
    copy_.Write("core", core);
    const auto report = InspectCore({.file = copy_.dir() / "core"});
    if (report.ok()) {
      EXPECT_FALSE(ReportText(*report).empty());
      EXPECT_FALSE(ReportJson(*report).empty());
    } else {
      EXPECT_THAT(std::string(report.status().message()),
                  HasSubstr((copy_.dir() / "core").string()))
          << damage;
    }
  }
  std::string ErrorOf(const std::string& core) {
    copy_.Write("core", core);
    const auto report = InspectCore({.file = copy_.dir() / "core"});
    return report.ok() ? "no error" : std::string(report.status().message());
  }
  void Poke(std::string* core, size_t at, uint64_t value, size_t bytes = 8) const {
    std::memcpy(core->data() + at, &value, bytes);
  }

  TempCapture copy_;
  std::string core_;
  size_t headers_ = 0;  // bytes before the pages
};

INSTANTIATE_TEST_SUITE_P(Formats, DamagedDump, testing::ValuesIn(kFormats),
                         [](const auto& one) { return std::string(one.param.name); });

TEST_P(DamagedDump, WhatIsNoDumpIsSaid) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("expected a memory dump"));
  std::string core = core_;
  core[0] = 'x';
  EXPECT_THAT(ErrorOf(core), HasSubstr("expected a memory dump"));
  core = core_;
  core.replace(0, 16, std::string_view("makedumpfile\0\0\0\0", 16));
  EXPECT_THAT(ErrorOf(core), HasSubstr("makedumpfile -R"));
  EXPECT_THAT(ErrorOf(core_.substr(0, 300)), Not(HasSubstr("no error")));
}

TEST_P(DamagedDump, AnEndThatComesEarlyIsSaid) {
  copy_.Write("core", core_.substr(0, core_.size() - 4096));
  const auto found = FindHandover({.file = copy_.dir() / "core"});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_THAT(found->notes, Contains(HasSubstr("the dump is not whole: 4 KiB")));
  // Also where that is why nothing was found.
  EXPECT_THAT(ErrorOf(core_.substr(0, headers_)), HasSubstr("the dump is not whole"));
}

TEST(DumpTest, WhichKexecAHandoverIsOfIsSaid) {
  const TempCapture copy("a_");
  const auto capture = LoadCapture(copy.dir());
  ASSERT_TRUE(capture.ok());
  const auto recorded = Inspect(*capture);
  ASSERT_TRUE(recorded.ok());
  const auto& nodes = recorded->decoded.fdt.subtrees;
  const auto node = std::ranges::find(nodes, "kexec-metadata", &KhoSubtree::name);
  ASSERT_NE(node, nodes.end());
  Pages pages = PagesOf(*capture);
  std::string metadata(4096, '\0');
  metadata[0] = 1;  // version
  metadata.replace(4, 5, "7.3.4");
  metadata[69] = 7;  // kexec_count
  pages[node->data.value] = metadata;
  copy.Write("core", ElfCoreOf(pages));
  const auto found = FindHandover({.file = copy.dir() / "core"});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_THAT(found->notes, Contains(HasSubstr("kexec 7 since")));
  EXPECT_THAT(found->notes, Contains(HasSubstr("of Linux 7.3.4")));
}

TEST(DumpTest, WhatWasNotRecordedIsNotDrawn) {
  const TempCapture copy("a_");
  const auto capture = LoadCapture(copy.dir());
  ASSERT_TRUE(capture.ok());
  const Pages pages = PagesOf(*capture);
  copy.Write("core", ElfCoreOf(pages));
  const auto found = FindHandover({.file = copy.dir() / "core"});
  ASSERT_TRUE(found.ok()) << found.status();
  const auto report = Inspect(found->capture);
  ASSERT_TRUE(report.ok()) << report.status();
  const MemoryMap map = ReportMap(found->capture, *report);
  EXPECT_THAT(map.subtitle, HasSubstr("no record to compare it with"));
  EXPECT_FALSE(map.extended_known);
  ASSERT_FALSE(map.banks.empty());
  EXPECT_EQ(map.banks.front().range.begin.value, pages.begin()->first);
  EXPECT_EQ(map.banks.back().range.end.value, pages.rbegin()->first + 4096);
  EXPECT_THAT(ReportText(*report), HasSubstr("no record to compare it with"));
}

// Memory without end in a file of some bytes.
TEST(DumpTest, AHeaderThatPromisesTooMuchEndsSoon) {
  const TempCapture copy("a_");
  std::string core = ElfCoreOf({{0x1000, std::string(4096, 'x')}});
  for (const size_t field : {offsetof(Elf64_Phdr, p_filesz), offsetof(Elf64_Phdr, p_memsz)}) {
    const uint64_t size = uint64_t{1} << 50;
    std::memcpy(core.data() + sizeof(Elf64_Ehdr) + field, &size, sizeof(size));
  }
  copy.Write("core", core);
  const auto report = InspectCore({.file = copy.dir() / "core"});
  ASSERT_FALSE(report.ok());
  EXPECT_THAT(std::string(report.status().message()), HasSubstr("no handover was found"));
}

TEST_P(DamagedDump, AHandoverThatIsNotThereIsSaid) {
  std::string core = core_;
  for (size_t at = core.find("kho-v"); at != std::string::npos; at = core.find("kho-v")) {
    core[at] = 'x';
  }
  EXPECT_THAT(ErrorOf(core), HasSubstr("no handover was found"));
}

TEST_P(DamagedDump, ACycleInTheTreeIsSaid) {
  const auto found = [this] {
    copy_.Write("core", core_);
    return FindHandover({.file = copy_.dir() / "core"});
  }();
  ASSERT_TRUE(found.ok());
  const auto report = Inspect(found->capture);
  ASSERT_TRUE(report.ok());
  // The root's only child becomes the root.
  const uint64_t root = report->decoded.fdt.memory_map.value;
  const uint64_t child = report->decoded.tree.nodes[1].page.value;
  const std::string from(reinterpret_cast<const char*>(&child), 8);
  const std::string to(reinterpret_cast<const char*>(&root), 8);
  std::string core = core_;
  for (size_t at = core.rfind(from); at != std::string::npos && at > headers_;
       at = core.rfind(from, at - 1)) {
    // Not in the program headers.
    if (at % 4096 % 8 == (core.size() % 4096) % 8) core.replace(at, 8, to);
  }
  EXPECT_THAT(ErrorOf(core), HasSubstr("tree: "));
}

TEST_P(DamagedDump, AnyDamageIsSurvived) {
  std::mt19937_64 random(20260602);
  const auto below = [&random](size_t n) { return n == 0 ? 0 : random() % n; };
  for (int round = 0; round < 200; ++round) {
    std::string core = core_;
    const size_t at = random() % 2 == 0 ? below(headers_) : below(core.size());
    const size_t count = below(1 + below(core.size() - at));
    switch (round % 9) {
      case 0:
        core[at] = static_cast<char>(core[at] ^ (1 << below(8)));
        break;
      case 1:
        core.resize(at);
        break;
      case 2:
        core.erase(at, count);
        break;
      case 3:
        core.insert(at, core.substr(below(core.size()), count));
        break;
      case 4:
        if (at / 8 * 8 + 8 <= core.size()) Poke(&core, at / 8 * 8, random());
        break;
      case 5:
        if (at / 8 * 8 + 8 <= core.size()) Poke(&core, at / 8 * 8, ~uint64_t{0} << below(64));
        break;
      case 6:
        if (at / 8 * 8 + 8 <= core.size()) Poke(&core, at / 8 * 8, 0);
        break;
      case 7:
        std::fill_n(core.begin() + static_cast<std::ptrdiff_t>(at),
                    std::min(count, core.size() - at), '\xff');
        break;
      default:
        for (int i = 0; i < 50; ++i) core[below(core.size())] = static_cast<char>(random());
    }
    Survives(core, "round " + std::to_string(round));
  }
}

}  // namespace
}  // namespace khofuzz
