// Sessions with a guest that says what the test has it say: the host must say exactly what stands
// in the exchange, in that order.
#include "cli/vm/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "cli/vm/qemu.h"
#include "scenario/language/text.h"
#include "system/files.h"

namespace khofuzz {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// Plays the guest's part of an exchange, whose form is that of a run's exchange.txt, as long as the
// host says its part.
class Replay final : public GuestChannel {
 public:
  explicit Replay(std::string exchange) : exchange_(std::move(exchange)) {}

  absl::Status Write(std::string_view bytes) override {
    const std::string expected = absl::StrCat("> ", std::string(bytes));
    if (exchange_.compare(at_, expected.size(), expected) != 0) {
      const size_t end = exchange_.find('\n', at_);
      ADD_FAILURE() << "the host says " << bytes
                    << "expected: " << exchange_.substr(at_, end - at_);
      return absl::UnavailableError("not as it should be");
    }
    at_ += expected.size();
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> Read(double) override {
    if (left_ > 0) return Bytes(std::exchange(left_, 0));
    if (exchange_.compare(at_, 2, "< ") != 0) return absl::UnavailableError("the machine went off");
    const size_t end = exchange_.find('\n', at_);
    const std::string line = exchange_.substr(at_ + 2, end - at_ - 1);
    at_ = end + 1;
    if (line.starts_with("data ")) left_ = std::stoul(line.substr(5));
    return line;
  }

  bool over() const { return at_ == exchange_.size(); }

 private:
  std::string Bytes(size_t count) {
    at_ += count;
    return exchange_.substr(at_ - count, count);
  }

  std::string exchange_;
  size_t at_ = 0;
  size_t left_ = 0;
};

// A kernel that comes up and shows nothing but whether KHO is on and whether it has taken over, and
// what it says of reserve_mem= areas.
std::string Up(bool kho, bool handover, const std::string& areas = "") {
  std::string exchange =
      absl::StrCat("< ready\n> call state\n< ok ", kho ? 1 : 0, " ", handover ? 1 : 0, "\n", areas);
  for (const GuestFile& file : kGuestFiles) {
    absl::StrAppend(&exchange, "> read ", std::string(file.path), "\n< error -2 no such file\n");
  }
  return exchange;
}

std::string Zones(int managed) {
  const std::string text =
      absl::StrCat("Node 0, zone DMA32\n spanned 131072\n managed ", managed, "\n start_pfn: 0\n");
  return absl::StrCat("> read /proc/zoneinfo\n< data ", text.size(), "\n", text);
}

VmResult PlayOnMachine(const std::string& machine, const std::string& ops,
                       const std::string& exchange) {
  const auto scenario = ParseStrict(machine + ops);
  EXPECT_TRUE(scenario.ok()) << scenario.status();
  if (!scenario.ok()) return {};
  const VmScript script = ScriptOf(*scenario);
  EXPECT_THAT(script.cannot, IsEmpty());
  Replay channel(exchange);
  Guest guest(&channel);
  VmResult result = PlayScript(*scenario, script, guest, "console=ttyS0", VmLimits());
  EXPECT_TRUE(channel.over());
  TakeConsole("", script, result);
  return result;
}

VmResult PlayOn(const std::string& ops, const std::string& exchange) {
  return PlayOnMachine(
      "geometry page=4K pageblock=2M max_block=4M section=128M extension=1G lowmem=4G\n"
      "memory base=0 size=512M\n",
      ops, exchange);
}

constexpr const char* kHandOver = "preserve_pages pfn=0x8000 nr=3\nkexec\n";
std::string HandedOver() {
  return Up(true, false) +
         "> call alloc 32768 131072 3 0 -1 0\n< ok 0x8001000\n"
         "> call fill 0x8001000 3 0x1\n< ok\n"
         "> call preserve_pages 0x8001000 3\n< ok\n"
         "> load console=ttyS0 kho=on\n< ok\n"
         "> kexec\n< ok\n" +
         Up(true, true);
}

// What a booted 7.3.4 and the host once said to each other (vm/recorded), files and all; of the
// console the lines that tell of kernels and of KHO.
TEST(VmSession, ARecordedExchangeIsPlayedAsItWas) {
  const std::string base = KHOFUZZ_SOURCE_DIR "/cli/vm/recorded/kho-off-still-inherits";
  const auto text = ReadText(base + ".kho");
  const auto exchange = ReadText(base + ".exchange");
  const auto console = ReadText(base + ".console");
  ASSERT_TRUE(text.ok() && exchange.ok() && console.ok());
  const auto scenario = ParseStrict(*text);
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  const VmScript script = ScriptOf(*scenario);
  Replay channel(*exchange);
  Guest guest(&channel);
  VmResult result = PlayScript(*scenario, script, guest, kGuestCommandLine, VmLimits());
  EXPECT_TRUE(channel.over());
  TakeConsole(*console, script, result);
  EXPECT_EQ(result.end, VmResult::End::kFine) << result.why;
  ASSERT_THAT(result.kernels, SizeIs(2));
  EXPECT_TRUE(result.kernels[0].kho);
  EXPECT_EQ(result.kernels[0].CmaPageblocks(), 96u);
  EXPECT_THAT(result.kernels[0].scratch.areas, SizeIs(3));
  EXPECT_FALSE(result.kernels[1].kho);
  EXPECT_TRUE(result.kernels[1].handover);
  EXPECT_EQ(result.kernels[1].CmaPageblocks(), 96u);
  ASSERT_THAT(result.violations, SizeIs(1));
  EXPECT_EQ(result.violations[0].invariant, Invariant::kScratchIsCma);
  EXPECT_EQ(result.violations[0].kernel, 2u);
  EXPECT_THAT(result.violations[0].evidence, Contains(HasSubstr("KHO: found kexec handover")));
}

TEST(VmSession, WhatIsCutToFitIsSaid) {
  const VmResult result = PlayOn("alloc_pages pfn=0x28001 order=12\n",
                                 Up(true, false) +
                                     "> call alloc 32769 131072 2 1 -1 0\n< ok 0x8002000\n"
                                     "> call fill 0x8002000 2 0x1\n< ok\n> off\n< ok\n");
  ASSERT_THAT(result.ops, SizeIs(1));
  EXPECT_EQ(result.ops[0].what,
            "cut to fit: order 12 to 1; cut to fit: page 163841 to 32769; "
            "0x8002000-0x8004000 is allocated");
}

TEST(VmSession, WhatIsPreservedIsRestoredOnce) {
  const VmResult result =
      PlayOn(absl::StrCat(kHandOver,
                          "restore index=0 how=shifted\nrestore index=0\nrestore index=0\n"
                          "free_pages index=0\n"),
             HandedOver() +
                 "> call page 0x8002000\n< ok 0x0 0 0x0()\n> call restore_pages 0x8002000 1\n< "
                 "error -2\n" +
                 Zones(100) + "> call restore_pages 0x8001000 3\n< ok 0x8001000\n" + Zones(103) +
                 "> call check 0x8001000 3 0x1\n< ok 0 0\n" + Zones(103) +
                 "> call restore_pages 0x8001000 3\n< error -2\n"
                 "> call free 0x8001000 3 0\n< ok\n> off\n< ok\n");
  EXPECT_EQ(result.end, VmResult::End::kFine) << result.why;
  EXPECT_THAT(result.violations, IsEmpty());
  ASSERT_THAT(result.kernels, SizeIs(2));
  EXPECT_TRUE(result.kernels[1].handover);
  ASSERT_THAT(result.ops, SizeIs(6));
  EXPECT_EQ(result.ops[2].how, VmOp::How::kRefused);
  EXPECT_EQ(result.ops[3].how, VmOp::How::kPlayed);
  EXPECT_EQ(result.ops[4].what, "as it must be: it was restored before");
}

TEST(VmSession, WhatIsPreservedAgainIsRestoredAgain) {
  const VmResult result =
      PlayOn(absl::StrCat(kHandOver, "restore index=0\npreserve_held index=0\nkexec\n",
                          "restore index=0 how=shifted\nrestore index=0\n"),
             HandedOver() + Zones(100) + "> call restore_pages 0x8001000 3\n< ok 0x8001000\n" +
                 Zones(103) + "> call check 0x8001000 3 0x1\n< ok 0 0\n" +
                 "> call preserve_pages 0x8001000 3\n< ok\n"
                 "> load console=ttyS0 kho=on\n< ok\n> kexec\n< ok\n" +
                 Up(true, true) +
                 // The run is two blocks: the second begins a page after the first.
                 "> call page 0x8002000\n< ok 0x4b484f5000000001 0 0x0()\n" + Zones(100) +
                 "> call restore_pages 0x8001000 3\n< ok 0x8001000\n" + Zones(103) +
                 "> call check 0x8001000 3 0x1\n< ok 0 0\n> off\n< ok\n");
  EXPECT_THAT(result.violations, IsEmpty());
  ASSERT_THAT(result.ops, SizeIs(7));
  EXPECT_EQ(result.ops[5].how, VmOp::How::kNoEffect);
}

TEST(VmSession, WhatComesBackWrongIsBroken) {
  const VmResult result =
      PlayOn(absl::StrCat(kHandOver, "restore index=0\nrestore index=0\n"),
             HandedOver() + Zones(100) + "> call restore_pages 0x8001000 3\n< ok 0x8001000\n" +
                 Zones(101) + "> call check 0x8001000 3 0x1\n< ok 2 1\n" + Zones(101) +
                 "> call restore_pages 0x8001000 3\n< ok 0x8001000\n"
                 "> off\n< ok\n");
  ASSERT_THAT(result.violations, SizeIs(3));
  EXPECT_EQ(result.violations[0].invariant, Invariant::kAccounting);
  EXPECT_THAT(result.violations[0].evidence,
              ElementsAre("/proc/zoneinfo: node 0 zone DMA32 manages 1 pages more, and 3 of the "
                          "range lie there"));
  EXPECT_EQ(result.violations[1].invariant, Invariant::kHandoverUntouched);
  EXPECT_THAT(result.violations[1].what, HasSubstr("2 of the pages"));
  EXPECT_EQ(result.violations[2].invariant, Invariant::kRoundTrip);
  EXPECT_THAT(result.violations[2].what, HasSubstr("a second time"));
}

TEST(VmSession, AFailedPreservationIsNotInherited) {
  const std::string exchange = Up(true, false) +
                               "> call vmalloc 1024 1 0x1\n< ok 0xffffc90000000000 0x8000000\n"
                               "> call-failing 5 preserve_vmalloc 0xffffc90000000000\n< error -12\n"
                               "> load console=ttyS0 kho=on\n< ok\n> kexec\n< ok\n" +
                               Up(true, true);
  const std::string ops =
      "fail site=page_alloc k=5\npreserve_vmalloc pfn=0 nr=2 order=9\nkexec\nboot\n";
  // The call comes after all files of the second kernel.
  const VmResult inherited = PlayOn(
      ops, exchange + "> call page 0x8000000\n< ok 0x4b484f5000000009 0 0x0()\n> off\n< ok\n");
  ASSERT_THAT(inherited.violations, SizeIs(1));
  EXPECT_EQ(inherited.violations[0].invariant, Invariant::kUndo);
  EXPECT_THAT(inherited.violations[0].what, HasSubstr("order 9"));
  const VmResult gone =
      PlayOn(ops, exchange + "> call page 0x8000000\n< ok 0x0 1 0x0()\n> off\n< ok\n");
  EXPECT_THAT(gone.violations, IsEmpty());
}

TEST(VmSession, APreservationThatFailsAnewIsToldOnce) {
  const VmResult result = PlayOn(
      "preserve_vmalloc pfn=0 nr=2 order=9\nunpreserve index=0\nfail site=page_alloc k=1\n"
      "preserve_held index=0\nkexec\nboot\n",
      Up(true, false) +
          "> call vmalloc 1024 1 0x1\n< ok 0xffffc90000000000 0x8000000\n"
          "> call preserve_vmalloc 0xffffc90000000000\n< ok 0x5000000 1024 3 9\n"
          "> call unpreserve_vmalloc 0x5000000 1024 3 9\n< ok\n"
          "> call-failing 1 preserve_vmalloc 0xffffc90000000000\n< error -12\n"
          "> load console=ttyS0 kho=on\n< ok\n> kexec\n< ok\n" +
          Up(true, true) + "> call page 0x8000000\n< ok 0x4b484f5000000009 0 0x0()\n> off\n< ok\n");
  ASSERT_THAT(result.violations, SizeIs(1));
  EXPECT_THAT(result.violations[0].what, HasSubstr("which could not be preserved"));
}

constexpr const char* kRelease =
    "reserve_mem size=8K\nfree_reserved index=0 by=reserve_mem_release_by_name\n"
    "free_reserved index=0 by=reserve_mem_release_by_name\nkexec\nboot\n";
std::string Released() {
  return Up(true, false, "> call reserve_mem area0\n< ok 0x1f000000 0x2000\n") +
         "> call release_reserve_mem area0\n< ok\n"
         "> load console=ttyS0 kho=on reserve_mem=8K:64:area0\n< ok\n> kexec\n< ok\n";
}

TEST(VmSession, AReleasedAreaIsNotInherited) {
  const VmResult inherited = PlayOn(
      kRelease, Released() +
                    Up(true, true,
                       "> call reserve_mem area0\n< ok 0x1f000000 0x2000\n"
                       "> call page 0x1f001000\n< ok 0x0 1 0x8000(node=0|zone=1)\n"
                       "> call page 0x1f000000\n< ok 0x4b484f5000000001 1 0x8000\n") +
                    "> call page 0x1f000000\n< ok 0x4b484f5000000001 0 0x0()\n> off\n< ok\n");
  ASSERT_THAT(inherited.violations, SizeIs(1));
  EXPECT_EQ(inherited.violations[0].invariant, Invariant::kTreeIsSet);
  EXPECT_EQ(inherited.violations[0].kernel, 2u);
  EXPECT_EQ(
      inherited.violations[0].what,
      "0x1f000000-0x1f002000, which reserve_mem_release_by_name(\"area0\") released in kernel "
      "1, is inherited as preserved, order 1");
  EXPECT_THAT(inherited.violations[0].evidence,
              ElementsAre(HasSubstr("0x4b484f5000000001"),
                          "reserve_mem_find_by_name(\"area0\"): 0x1f000000-0x1f002000"));
  ASSERT_THAT(inherited.ops, SizeIs(3));
  EXPECT_EQ(inherited.ops[1].how, VmOp::How::kNoEffect);

  const VmResult gone = PlayOn(
      kRelease, Released() + Up(true, true, "> call reserve_mem area0\n< ok 0x1e000000 0x2000\n") +
                    "> call page 0x1f000000\n< ok 0x0 1 0x0()\n> off\n< ok\n");
  EXPECT_THAT(gone.violations, IsEmpty());
}

TEST(VmSession, AnAreaThatIsHandedOverIsPreservedToItsEnd) {
  const std::string ops = "reserve_mem size=6K align=4K\nkexec\nboot\n";
  const std::string area = "> call reserve_mem area0\n< ok 0x1f000000 0x1800\n";
  const std::string exchange =
      Up(true, false, area) +
      "> load console=ttyS0 kho=on reserve_mem=6K:4K:area0\n< ok\n> kexec\n< ok\n";
  const std::string end = area + "> call page 0x1f001000\n< ok 0x0 2 0x800(uptodate|lru)\n";
  // The block that begins before it is of its first page only.
  const VmResult cut = PlayOn(
      ops, exchange +
               Up(true, true, end + "> call page 0x1f000000\n< ok 0x4b484f5000000000 1 0x0()\n") +
               "> off\n< ok\n");
  ASSERT_THAT(cut.violations, SizeIs(1));
  EXPECT_EQ(cut.violations[0].invariant, Invariant::kTreeIsSet);
  EXPECT_THAT(cut.violations[0].what, HasSubstr("at its end, 0x1f001000, was not preserved"));
  EXPECT_THAT(cut.violations[0].evidence,
              ElementsAre("reserve_mem_find_by_name(\"area0\"): 0x1f000000-0x1f001800",
                          "0x1f001000: page->private 0x0, count 2, flags 0x800(uptodate|lru)"));
  const VmResult whole = PlayOn(
      ops, exchange +
               Up(true, true, end + "> call page 0x1f000000\n< ok 0x4b484f5000000001 1 0x0()\n") +
               "> off\n< ok\n");
  EXPECT_THAT(whole.violations, IsEmpty());
}

TEST(VmSession, WhatFirmwareKeepsInAHoleIsOfItsNode) {
  const std::string machine =
      "geometry page=4K pageblock=2M max_block=4M section=128M extension=1G lowmem=4G\n"
      "memory base=0 size=256M\nmemory base=256M size=255M nid=1\n"
      // The second lies in memory.
      "firmware base=0x1fff0000 size=64K\nfirmware base=64M size=4K\n";
  const auto exchange = [](const std::string& flags) {
    return Up(true, false) + "> call page 0x1fff0000\n< ok 0x0 1 " + flags +
           "\n> call page 0x1ffef000\n< ok 0x0 1 0x5000(reserved|node=1|zone=1)\n> off\n< ok\n";
  };
  const VmResult other =
      PlayOnMachine(machine, "boot\n", exchange("0x2000(reserved|node=0|zone=0)"));
  ASSERT_THAT(other.violations, SizeIs(1));
  EXPECT_EQ(other.violations[0].invariant, Invariant::kInitOnce);
  EXPECT_THAT(other.violations[0].what,
              HasSubstr("no memory, is node=0|zone=0, and the hole before it node=1|zone=1"));
  EXPECT_THAT(other.violations[0].evidence,
              ElementsAre("0x1fff0000: page->flags 0x2000(reserved|node=0|zone=0)",
                          "0x1ffef000: page->flags 0x5000(reserved|node=1|zone=1)"));
  EXPECT_THAT(
      PlayOnMachine(machine, "boot\n", exchange("0x7000(reserved|node=1|zone=1)")).violations,
      IsEmpty());
}

// Preserved as two blocks, since node 1 begins at 0x18000000.
TEST(VmSession, AllBlocksOfARunOnTwoNodesAreRestored) {
  const std::string machine =
      "geometry page=4K pageblock=2M max_block=4M section=128M extension=1G lowmem=4G\n"
      "memory base=0 size=384M\nmemory base=384M size=128M nid=1\n";
  const std::string ops = "preserve_pages pfn=0x17fff nr=2\nkexec\nrestore index=0\n";
  const auto exchange = [](const std::string& second, const std::string& zones) {
    return Up(true, false) +
           "> call alloc 98303 131072 2 0 -1 0\n< ok 0x17fff000\n> call fill 0x17fff000 2 0x1\n"
           "< ok\n> call preserve_pages 0x17fff000 2\n< ok\n"
           "> load console=ttyS0 kho=on\n< ok\n> kexec\n< ok\n" +
           Up(true, true) + Zones(100) + "> call restore_pages 0x17fff000 2\n< ok 0x17fff000\n" +
           "> call page 0x17fff000\n< ok 0x0 1 0x0()\n> call page 0x18000000\n< ok " + second +
           "\n" + zones + "> call check 0x17fff000 2 0x1\n< ok 0 0\n> off\n< ok\n";
  };
  const VmResult over = PlayOnMachine(machine, ops, exchange("0x4b484f5000000000 1 0x0()", ""));
  ASSERT_THAT(over.violations, SizeIs(1));
  EXPECT_EQ(over.violations[0].invariant, Invariant::kRoundTrip);
  EXPECT_THAT(over.violations[0].what, HasSubstr("the block of order 0 at 0x18000000"));
  EXPECT_THAT(PlayOnMachine(machine, ops, exchange("0x0 1 0x0()", Zones(102))).violations,
              IsEmpty());
}

TEST(VmSession, AKernelThatCannotBeLoadedEndsIt) {
  const VmResult result =
      PlayOn("kexec\nboot\n", Up(true, false) +
                                  "> load console=ttyS0 kho=on\n"
                                  "< error -99 kexec_file_load: Cannot assign address\n");
  EXPECT_EQ(result.end, VmResult::End::kRefused);
  EXPECT_THAT(result.why, HasSubstr("Cannot assign address"));
  EXPECT_EQ(result.end_op, 0u);
  EXPECT_THAT(result.violations, IsEmpty());
}

TEST(VmSession, AMachineThatGoesOffIsAKernelThatDied) {
  const VmResult result =
      PlayOn("preserve_pages pfn=0 nr=1\n", Up(true, false) + "> call alloc 0 131072 1 0 -1 0\n");
  EXPECT_EQ(result.end, VmResult::End::kDied);
  ASSERT_THAT(result.violations, SizeIs(1));
  EXPECT_EQ(result.violations[0].invariant, Invariant::kKernelRuns);
  EXPECT_EQ(result.violations[0].op, 0u);
}

}  // namespace
}  // namespace khofuzz
