// What record.sh collects from made-up machines, and what is made of it.
#include "cli/inspect/live.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "cli/capture/temp_capture.h"
#include "cli/record/record.h"

namespace khofuzz {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

// A machine whose /proc and debugfs are folders.
class Machine {
 public:
  Machine() : files_("a_") {
    std::filesystem::create_directories(files_.dir() / "proc");
    std::filesystem::create_directories(files_.dir() / "debug");
    setenv("KHOFUZZ_PROC", (files_.dir() / "proc").c_str(), 1);
    setenv("KHOFUZZ_DEBUGFS", (files_.dir() / "debug").c_str(), 1);
    setenv("KHOFUZZ_BOOT", files_.dir().c_str(), 1);
    setenv("KHOFUZZ_DMESG", ("cat " + (files_.dir() / "log").string()).c_str(), 1);
    for (const char* name : {"cmdline", "meminfo", "zoneinfo", "version"}) Write(name, "kho=on\n");
    Write("iomem", "00100000-3fffffff : System RAM\n");
    Write("pagetypeinfo", files_.Read("pagetypeinfo.k2.txt"));
    Write("meminfo", "MemTotal: 1000000 kB\nCmaTotal: 0 kB\nCmaFree: 143360 kB\n");
    files_.Write("log", "[ 0.0] Memory: 1K/2K available (3K reserved)\n[ 0.0] KHO: found it\n");
  }
  ~Machine() {
    for (const char* name : {"KHOFUZZ_PROC", "KHOFUZZ_DEBUGFS", "KHOFUZZ_BOOT", "KHOFUZZ_DMESG"})
      unsetenv(name);
  }
  void Write(const std::string& name, std::string_view text) const {
    files_.Write("proc/" + name, text);
  }
  void TurnKhoOn() const {
    std::filesystem::create_directories(files_.dir() / "debug/kho/in");
    std::filesystem::create_directories(files_.dir() / "debug/kho/out");
    files_.Write("debug/kho/in/fdt", files_.Read("fdt.dtb"));
    std::string at, sizes;
    for (size_t i = 0; i < 3; ++i) {
      at += std::to_string(files_.Peek("scratch.bin", 16 * i)) + "\n";
      sizes += std::to_string(files_.Peek("scratch.bin", 16 * i + 8)) + "\n";
    }
    files_.Write("debug/kho/out/scratch_phys", at);
    files_.Write("debug/kho/out/scratch_len", sizes);
  }
  const TempCapture& files() const { return files_; }

 private:
  TempCapture files_;
};

LiveReport RecordedHere() {
  const auto record = RecordToTemporary();
  EXPECT_TRUE(record.ok()) << record.status();
  EXPECT_TRUE(IsLiveRecord(record->path()));
  auto report = ReadLiveRecord(record->path());
  EXPECT_TRUE(report.ok()) << report.status();
  return report.ok() ? *std::move(report) : LiveReport{};
}

TEST(LiveTest, AMachineWithKhoShowsScratchAndWhatItGot) {
  const Machine machine;
  machine.TurnKhoOn();
  const LiveReport report = RecordedHere();
  EXPECT_TRUE(report.kho.shown);
  EXPECT_EQ(report.scratch.areas.size(), 3u);
  ASSERT_TRUE(report.in.has_value());
  EXPECT_FALSE(report.in->subtrees.empty());
  ASSERT_EQ(report.checks.size(), 1u);
  EXPECT_EQ(report.checks[0].agrees, true) << LiveText(report);
  EXPECT_THAT(report.kho_said, Contains("KHO: found it"));
  EXPECT_THAT(LiveText(report), HasSubstr("it is not lost"));
}

TEST(LiveTest, AKernelThatTookOverShowsWhatItHandsOverByNameOnly) {
  const Machine machine;
  machine.TurnKhoOn();
  std::filesystem::create_directories(machine.files().dir() / "debug/kho/out/sub_fdts");
  machine.files().Write("debug/kho/out/sub_fdts/kexec-metadata", "x");
  machine.files().Write("debug/kho/out/sub_fdts/LUO", "x");
  const std::string text = LiveText(RecordedHere());
  EXPECT_THAT(text, HasSubstr("this kernel was handed over to"));
  EXPECT_THAT(text,
              HasSubstr("To be handed over: its FDT does not show in a kernel that was handed "
                        "over to (Linux 7.2 and 7.3); subtrees: 'LUO', 'kexec-metadata'\n"));
  EXPECT_THAT(text,
              HasSubstr("which the first kernel since the machine was started has set aside"));
  machine.files().Write("debug/kho/out/fdt", machine.files().Read("fdt.dtb"));
  EXPECT_THAT(LiveText(RecordedHere()), Not(HasSubstr("its FDT does not show")));
}

TEST(LiveTest, AMachineWithoutKhoIsNoError) {
  const Machine machine;
  std::filesystem::create_directories(machine.files().dir() / "debug/memblock");
  machine.files().Write("debug/memblock/memory", "");
  const LiveReport report = RecordedHere();
  EXPECT_FALSE(report.kho.shown);
  EXPECT_TRUE(report.agrees());
  EXPECT_THAT(LiveText(report), HasSubstr("KHO does not show"));
  EXPECT_THAT(report.missing, Contains(HasSubstr("kho: this kernel has no KHO")));
}

TEST(LiveTest, WhyItIsOffIsSaid) {
  const Machine machine;
  const auto state = [&](std::string_view config, std::string_view command_line) {
    machine.Write("config.gz", config);
    machine.Write("cmdline", command_line);
    const std::string text = LiveText(RecordedHere());
    return text.substr(0, text.find('\n'));
  };
  const std::string with = "CONFIG_DEBUG_FS=y\nCONFIG_KEXEC_HANDOVER=y\n";
  const std::string shown = with + "CONFIG_KEXEC_HANDOVER_DEBUGFS=y\n";
  const std::string by_default = shown + "CONFIG_KEXEC_HANDOVER_ENABLE_DEFAULT=y\n";
  EXPECT_THAT(state("", "kho=off"), HasSubstr("command line says so"));
  EXPECT_THAT(state("", "quiet"), HasSubstr("KHO does not show"));
  EXPECT_THAT(state("CONFIG_DEBUG_FS=y\n# CONFIG_KEXEC_HANDOVER is not set\n", "kho=on"),
              HasSubstr("has no KHO"));
  EXPECT_THAT(state(by_default, "kho=off"), HasSubstr("command line says so"));
  EXPECT_THAT(state(shown, "quiet"), HasSubstr("only where its command line says kho=on"));
  EXPECT_THAT(state(with, "kho=on"), HasSubstr("no CONFIG_KEXEC_HANDOVER_DEBUGFS"));
  // Nothing is mounted there.
  EXPECT_THAT(state(by_default, "quiet"), HasSubstr("cannot be seen without debugfs"));
  std::filesystem::create_directories(machine.files().dir() / "debug/memblock");
  EXPECT_THAT(state(by_default, "quiet"), HasSubstr("the kernel has given it up"));
}

TEST(LiveTest, WhatCannotBeReadIsNamed) {
  const Machine machine;
  std::filesystem::remove(machine.files().dir() / "proc/pagetypeinfo");
  std::filesystem::remove_all(machine.files().dir() / "debug");
  const LiveReport report = RecordedHere();
  EXPECT_THAT(report.missing, Contains(HasSubstr("pagetypeinfo.txt: ")));
  EXPECT_THAT(report.missing, Contains(HasSubstr("debugfs: ")));
  EXPECT_THAT(report.missing, Contains(HasSubstr("config.txt: neither")));
  EXPECT_THAT(report.read, Not(Contains("pagetypeinfo.txt")));
}

TEST(LiveTest, WhatARecordHoldsIsSaid) {
  const Machine machine;
  machine.TurnKhoOn();
  std::ostringstream out, err;
  RecordCommand({.out = machine.files().dir() / "new/folder"}, out, err);
  EXPECT_THAT(err.str(), HasSubstr("new/folder (the kernel's log and command line are in it"));
  EXPECT_TRUE(IsLiveRecord(machine.files().dir() / "new/folder"));
}

TEST(LiveTest, ADifferentNumberOfCmaPageblocksDiffers) {
  const Machine machine;
  machine.TurnKhoOn();
  machine.files().Write("debug/kho/out/scratch_len", "75497472\n0\n4194304\n");
  EXPECT_FALSE(RecordedHere().agrees());
}

TEST(LiveTest, DamagedFilesAreNamed) {
  const Machine machine;
  machine.TurnKhoOn();
  machine.files().Write("debug/kho/out/scratch_len", "many\n");
  const auto record = RecordToTemporary();
  ASSERT_TRUE(record.ok());
  EXPECT_THAT(std::string(ReadLiveRecord(record->path()).status().message()),
              HasSubstr("scratch_len:1: expected a number"));
}

}  // namespace
}  // namespace khofuzz
