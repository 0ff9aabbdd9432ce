// Dumps made from recorded handovers: they show what the recordings show, and whatever is done to
// them ends in a report or a message.
#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "cli/capture/temp_capture.h"
#include "cli/dump/elf_core.h"
#include "cli/dump/handover_in_dump.h"
#include "cli/inspect/report.h"
#include "cli/map/svg.h"

namespace khofuzz {
namespace {

using testing::HasSubstr;

// An ELF core of all that a recording has of memory, a segment for each page, and some pages of
// zeroes around.
std::string CoreOf(const Capture& capture) {
  std::map<uint64_t, std::string> pages;
  const uint64_t page_size = capture.geometry.page_size();
  capture.handover.memory.ForEachPage([&](PhysAddr page, std::span<const uint64_t> words) {
    pages[page.value] = {reinterpret_cast<const char*>(words.data()), page_size};
  });
  for (const MemblockRegion& region : capture.k2_before_extend.memory.regions) {
    pages.try_emplace(AlignDown(region.end() - 1, page_size).value, page_size, '\0');
  }
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_type = ET_CORE;
  header.e_machine = EM_X86_64;
  header.e_phoff = sizeof(header);
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = static_cast<uint16_t>(pages.size());
  std::string core(reinterpret_cast<const char*>(&header), sizeof(header));
  uint64_t offset = sizeof(header) + pages.size() * sizeof(Elf64_Phdr);
  for (const auto& [at, bytes] : pages) {
    const Elf64_Phdr segment{.p_type = PT_LOAD,
                             .p_flags = 7,
                             .p_offset = offset,
                             .p_vaddr = 0xffff888000000000 + at,
                             .p_paddr = at,
                             .p_filesz = page_size,
                             .p_memsz = page_size,
                             .p_align = 0};
    core.append(reinterpret_cast<const char*>(&segment), sizeof(segment));
    offset += page_size;
  }
  for (const auto& [at, bytes] : pages) core += bytes;
  return core;
}

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
    copy.Write("core", CoreOf(*capture));
    const auto dumped = InspectCore({.file = copy.dir() / "core"});
    ASSERT_TRUE(dumped.ok()) << name << ": " << dumped.status();
    EXPECT_EQ(dumped->decoded.fdt, recorded->decoded.fdt) << name;
    EXPECT_EQ(dumped->fdt, recorded->fdt);
    EXPECT_EQ(dumped->decoded.scratch, recorded->decoded.scratch) << name;
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

class DamagedDump : public testing::Test {
 protected:
  DamagedDump() : copy_("a_") {
    const auto capture = LoadCapture(copy_.dir());
    core_ = CoreOf(*capture);
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
};

TEST_F(DamagedDump, EveryHeaderIsChecked) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("expected an ELF core"));
  EXPECT_THAT(ErrorOf("KDUMP   " + core_.substr(8)), HasSubstr("compressed kdump"));
  std::string core = core_;
  core[0] = 'x';
  EXPECT_THAT(ErrorOf(core), HasSubstr("byte 0"));
  core = core_;
  core[EI_CLASS] = ELFCLASS32;
  EXPECT_THAT(ErrorOf(core), HasSubstr("64-bit"));
  core = core_;
  Poke(&core, offsetof(Elf64_Ehdr, e_type), ET_EXEC, 2);
  EXPECT_THAT(ErrorOf(core), HasSubstr("expected a core"));
  core = core_;
  Poke(&core, offsetof(Elf64_Ehdr, e_phoff), ~uint64_t{0} - 8);
  EXPECT_THAT(ErrorOf(core), HasSubstr("beyond the end"));
  core = core_;
  Poke(&core, sizeof(Elf64_Ehdr) + offsetof(Elf64_Phdr, p_paddr), ~uint64_t{0} - 4096);
  EXPECT_THAT(ErrorOf(core), HasSubstr("physical address"));
  EXPECT_THAT(ErrorOf(core_.substr(0, sizeof(Elf64_Ehdr) + 600)), HasSubstr("beyond the end"));
}

TEST_F(DamagedDump, AHandoverThatIsNotThereIsSaid) {
  std::string core = core_;
  for (size_t at = core.find("kho-v"); at != std::string::npos; at = core.find("kho-v")) {
    core[at] = 'x';
  }
  EXPECT_THAT(ErrorOf(core), HasSubstr("no handover was found"));
}

TEST_F(DamagedDump, ACycleInTheTreeIsSaid) {
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
  const size_t data = sizeof(Elf64_Ehdr);
  for (size_t at = core.rfind(from); at != std::string::npos && at > data;
       at = core.rfind(from, at - 1)) {
    // Not in the program headers.
    if (at % 4096 % 8 == (core.size() % 4096) % 8) core.replace(at, 8, to);
  }
  EXPECT_THAT(ErrorOf(core), HasSubstr("tree: "));
}

TEST_F(DamagedDump, AnyDamageIsSurvived) {
  std::mt19937_64 random(20260602);
  const auto below = [&random](size_t n) { return n == 0 ? 0 : random() % n; };
  for (int round = 0; round < 400; ++round) {
    std::string core = core_;
    const size_t headers = 64 + 56 * 16;
    const size_t at = random() % 2 == 0 ? below(headers) : below(core.size());
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
