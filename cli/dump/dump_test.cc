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

// A page as a dump may have it: what it is packed with (DUMP_DH_COMPRESSED_*), and its bytes.
struct Packed {
  uint32_t flags = 0;
  std::string bytes;
};
using Packer = std::string (*)(std::string_view head, size_t zeroes);

// A length in LZO and more: what does not fit in its first byte.
std::string LzoLength(size_t rest) {
  std::string bytes;
  for (; rest > 255; rest -= 255) bytes += '\0';
  return bytes + static_cast<char>(rest);
}

// `head` as it is, a zero, and that repeated.
std::string PackLzo(std::string_view head, size_t zeroes) {
  std::string bytes(1, '\0');
  bytes += LzoLength(head.size() + 1 - 18);
  bytes += std::string(head) + '\0';
  bytes += ' ';  // copies from one byte back
  bytes += LzoLength(zeroes - 1 - 33) + std::string(2, '\0');
  return bytes + std::string("\x11\0\0", 3);
}

std::string PackSnappy(std::string_view head, size_t zeroes) {
  const auto two_bytes = [](size_t n) {
    return std::string{static_cast<char>(n & 0xff), static_cast<char>(n >> 8)};
  };
  const size_t size = head.size() + zeroes;
  std::string bytes{static_cast<char>(0x80 | (size & 0x7f)), static_cast<char>(size >> 7)};
  bytes += static_cast<char>(61 << 2) + two_bytes(head.size()) + std::string(head) + '\0';
  for (size_t left = zeroes - 1; left > 0; left -= std::min<size_t>(left, 64)) {
    bytes += static_cast<char>((std::min<size_t>(left, 64) - 1) << 2 | 2) + two_bytes(1);
  }
  return bytes;
}

std::string PackZstd(std::string_view head, size_t zeroes) {
  const auto block = [](size_t size, unsigned type, bool last) {
    const size_t header = size << 3 | type << 1 | static_cast<size_t>(last);
    return std::string{static_cast<char>(header & 0xff), static_cast<char>(header >> 8 & 0xff),
                       static_cast<char>(header >> 16)};
  };
  const size_t size = head.size() + zeroes - 256;  // as two bytes count it
  return std::string("\x28\xb5\x2f\xfd\x60", 5) + static_cast<char>(size & 0xff) +
         static_cast<char>(size >> 8) + block(head.size(), 0, false) + std::string(head) +
         block(zeroes, 1, true) + '\0';
}

// With the zeroes that a page ends with packed; nearly every page of a handover has some.
Packed Pack(const std::string& page, uint32_t flags, Packer packer) {
  constexpr size_t kLeastHead = 64, kLeastZeroes = 512;
  const size_t last = page.find_last_not_of('\0');
  const size_t head = std::max(kLeastHead, last == std::string::npos ? 0 : last + 1);
  if (packer == nullptr || page.size() < head + kLeastZeroes) return {0, page};
  return {flags, packer(std::string_view(page).substr(0, head), page.size() - head)};
}

// What makedumpfile calls the kdump-compressed format; all but what is needed is zero.
std::string KdumpPacked(const Pages& pages, uint32_t flags, Packer packer) {
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
  for (const auto& [at, page] : pages) {
    const auto [used, bytes] = Pack(page, flags, packer);
    const uint64_t pfn = at / kBlock;
    for (const uint64_t map : {2 * kBlock, 2 * kBlock + bitmap}) {
      dump[map + pfn / 8] = static_cast<char>(dump[map + pfn / 8] | (1 << pfn % 8));
    }
    Append(&descriptors, uint64_t{dump.size() + pages.size() * 24 + contents.size()});
    Append(&descriptors, static_cast<uint32_t>(bytes.size()));
    Append(&descriptors, used);
    Append(&descriptors, uint64_t{0});
    contents += bytes;
  }
  return dump + descriptors + contents;
}

constexpr uint32_t kLzo = 2, kSnappy = 4, kZstd = 0x20;
std::string KdumpOf(const Pages& pages) { return KdumpPacked(pages, 0, nullptr); }
std::string LzoKdumpOf(const Pages& pages) { return KdumpPacked(pages, kLzo, PackLzo); }
std::string SnappyKdumpOf(const Pages& pages) { return KdumpPacked(pages, kSnappy, PackSnappy); }
std::string ZstdKdumpOf(const Pages& pages) { return KdumpPacked(pages, kZstd, PackZstd); }

struct Format {
  const char* name;
  std::string (*make)(const Pages& pages);
  Packer packer = nullptr;
};
void PrintTo(const Format& format, std::ostream* out) { *out << format.name; }
constexpr Format kFormats[] = {{"ELF", ElfCoreOf},
                               {"kdump", KdumpOf},
                               {"kdump_lzo", LzoKdumpOf, PackLzo},
                               {"kdump_snappy", SnappyKdumpOf, PackSnappy},
                               {"kdump_zstd", ZstdKdumpOf, PackZstd}};

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

// A page that is packed, and one that is not.
TEST(DumpTest, PagesArePacked) {
  std::string page(4096, '\0');
  page.replace(0, 100, std::string(100, 'x'));
  for (const auto& [flags, packer] :
       {std::pair{kLzo, &PackLzo}, std::pair{kSnappy, &PackSnappy}, std::pair{kZstd, &PackZstd}}) {
    EXPECT_EQ(Pack(page, flags, packer).flags, flags);
    EXPECT_LT(Pack(page, flags, packer).bytes.size(), 400u);
    EXPECT_EQ(Pack(std::string(4096, 'x'), flags, packer).flags, 0u);
  }
}

class DamagedDump : public testing::TestWithParam<Format> {
 protected:
  DamagedDump() : copy_("a_") {
    const auto capture = LoadCapture(copy_.dir());
    const Pages pages = PagesOf(*capture);
    core_ = GetParam().make(pages);
    headers_ = core_.size();
    for (const auto& [at, page] : pages) {
      last_ = Pack(page, 0, GetParam().packer).bytes.size();
      headers_ -= last_;
    }
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
  size_t last_ = 0;     // bytes of the last page
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
  copy_.Write("core", core_.substr(0, core_.size() - last_));
  const auto found = FindHandover({.file = copy_.dir() / "core"});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_THAT(found->capture.dump_not_whole, HasSubstr("the dump is not whole: 4 KiB"));
  if (const auto report = Inspect(found->capture); report.ok()) {
    const std::string text = ReportText(*report);
    EXPECT_LT(text.find("WARNING: the dump is not whole"), text.find("FDT at"));
    EXPECT_THAT(text, Not(HasSubstr("not recorded")));
  } else {
    EXPECT_THAT(std::string(report.status().message()), HasSubstr("the dump is not whole"));
  }
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
  EXPECT_EQ(found->capture.kexec, "kexec 7 since the machine was started, of Linux 7.3.4");
  const auto report = Inspect(found->capture);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(ReportText(*report),
              HasSubstr("\n\nkexec 7 since the machine was started, of Linux 7.3.4: 2.04 MiB "
                        "preserved in 24 ranges; scratch 140 MiB\nSubtrees of: "));
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
    // Not in the program headers. What is packed lies anywhere.
    const bool aligned = at % 4096 % 8 == (core.size() % 4096) % 8;
    if (aligned || GetParam().packer != nullptr) core.replace(at, 8, to);
  }
  EXPECT_THAT(ErrorOf(core), HasSubstr("tree: "));
}

TEST_P(DamagedDump, AnyDamageIsSurvived) {
  std::mt19937_64 random(20260602);
  const auto below = [&random](size_t n) { return n == 0 ? 0 : random() % n; };
  for (int round = 0; round < 120; ++round) {
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
