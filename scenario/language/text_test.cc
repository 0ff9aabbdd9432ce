#include "scenario/language/text.h"

#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scenario/language/kinds.h"
#include "scenario/language/line.h"
#include "scenario/language/rng.h"

namespace khofuzz {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// What is wrong with a text, as people are told.
std::string ErrorOf(std::string_view text) {
  const auto scenario = ParseStrict(text);
  return scenario.ok() ? "nothing" : std::string(scenario.status().message());
}

template <typename T>
T OnlyOp(std::string_view text) {
  const auto scenario = ParseStrict(text);
  EXPECT_TRUE(scenario.ok()) << scenario.status();
  if (!scenario.ok() || scenario->ops.size() != 1) return {};
  return std::get<T>(scenario->ops.front());
}

// ---- printing and reading back ------------------------------------------------------------------

// Values of each kind that are written in every way there is.
void Fill(const LineRef& line, uint64_t round) {
  constexpr uint64_t kNumbers[] = {0,       1,        9,           10,          4096,
                                   3 << 20, 0x123456, 16ull << 40, 10001 << 10, ~uint64_t{0}};
  for (const FieldRef& field : line.fields()) {
    if (auto* const* number = std::get_if<uint64_t*>(&field.value)) {
      **number = field.choices.empty() ? kNumbers[round % std::size(kNumbers)]
                                       : round % field.choices.size();
    } else if (auto* const* flag = std::get_if<bool*>(&field.value)) {
      **flag = round % 2 == 1;
    } else {
      std::string& text = *std::get<std::string*>(field.value);
      text.clear();
      for (uint64_t i = 0; i < 16 * (round % 3); ++i) text += static_cast<char>(i * 17 + round);
    }
  }
}

TEST(TextTest, EveryKindOfOpReadsBackAsItWas) {
  for (size_t kind = 0; kind < kOpKinds; ++kind) {
    for (uint64_t round = 0; round < 12; ++round) {
      Scenario scenario;
      scenario.ops.push_back(DefaultOf<Op>(kind));
      Fill(Refer(scenario.ops.front()), round);
      const std::string text = Print(scenario);
      EXPECT_EQ(text, Print(scenario.ops.front()) + "\n");
      const auto strict = ParseStrict(text);
      ASSERT_TRUE(strict.ok()) << text << strict.status();
      EXPECT_EQ(*strict, scenario) << text;
      EXPECT_EQ(ParseLenient(text), scenario) << text;
    }
  }
}

TEST(TextTest, EveryKindOfMachineLineReadsBackAsItWas) {
  for (size_t kind = 0; kind < kMachineKinds; ++kind) {
    for (uint64_t round = 0; round < 12; ++round) {
      Scenario scenario;
      scenario.machine.push_back(DefaultOf<MachineLine>(kind));
      Fill(Refer(scenario.machine.front()), round);
      EXPECT_EQ(ParseLenient(Print(scenario)), scenario) << Print(scenario);
    }
  }
}

TEST(TextTest, TheCanonicalTextIsWhatAPersonWouldWrite) {
  Scenario scenario;
  scenario.machine = {MemoryBank{0, 48 << 20, 0}, MemoryBank{48 << 20, 16 << 20, 1}};
  scenario.ops = {op::Fail{2, 3},
                  op::MemblockReserve{0x1234, 64 << 10, 1, kAnyNode},
                  op::MemblockMark{1 << 20, 4096, 0, true},
                  op::PreservePages{0x4ff, 13},
                  op::RadixAdd{0x8000},
                  op::ReserveScratch{"16M,64M,32M"},
                  op::PokeFdt{4, std::string("\x00\xff", 2)}};
  EXPECT_EQ(Print(scenario),
            "memory base=0 size=48M\n"
            "memory base=48M size=16M nid=1\n"
            "fail site=memblock_double k=3\n"
            "memblock_reserve base=4660 size=64K flag=kern\n"
            "memblock_mark base=1M size=4K flag=kho_scratch clear\n"
            "preserve_pages pfn=0x4ff nr=13\n"
            "radix_add key=0x8000\n"
            "reserve_scratch params=\"16M,64M,32M\"\n"
            "poke_fdt offset=4 bytes=00ff\n");
}

TEST(TextTest, OptionalOperandsAreWrittenOnlyWhereTheySaySomething) {
  EXPECT_EQ(Print(Op(op::MemblockAlloc{4096, 0, kAnyNode, false})), "memblock_alloc size=4K");
  EXPECT_EQ(Print(Op(op::MemblockAlloc{4096, 0, 0, true})), "memblock_alloc size=4K nid=0 exact");
  EXPECT_EQ(OnlyOp<op::MemblockAlloc>("memblock_alloc size=4K").nid, kAnyNode);
  EXPECT_EQ(OnlyOp<op::MemblockAdd>("memblock_add base=0 size=1").nid, 0u);
}

TEST(TextTest, ANodeMayBeAnyInWords) {
  EXPECT_EQ(Print(Op(op::MemblockSetNode{0, 0, kAnyNode, false})),
            "memblock_set_node base=0 size=0 nid=any");
  EXPECT_EQ(OnlyOp<op::MemblockSetNode>("memblock_set_node base=0 size=0 nid=any").nid, kAnyNode);
}

// ---- numbers ------------------------------------------------------------------------------------

TEST(TextTest, NumbersAreDecimalOrHexWithSuffixes) {
  const auto size = [](std::string_view number) {
    return OnlyOp<op::MemblockAlloc>("memblock_alloc size=" + std::string(number)).size;
  };
  EXPECT_EQ(size("0"), 0u);
  EXPECT_EQ(size("10"), 10u);
  EXPECT_EQ(size("010"), 10u);  // no octal here
  EXPECT_EQ(size("0x10"), 16u);
  EXPECT_EQ(size("0xAbC"), 0xabcu);
  EXPECT_EQ(size("4K"), 4096u);
  EXPECT_EQ(size("0x10M"), 16u << 20);
  EXPECT_EQ(size("2G"), uint64_t{2} << 30);
  EXPECT_EQ(size("3T"), uint64_t{3} << 40);
  EXPECT_EQ(size("18446744073709551615"), ~uint64_t{0});
  EXPECT_EQ(size("0xffffffffffffffff"), ~uint64_t{0});
  EXPECT_EQ(size("16777215T"), uint64_t{16777215} << 40);
}

TEST(TextTest, WhatIsNotANumberBelow2To64IsRefused) {
  for (const std::string_view number :
       {"", "K", "0x", "-1", "+1", "1k", "1KK", "1.5M", "0b1", "0X10", "a", "1_000",
        "18446744073709551616", "0x10000000000000000", "16777216T", "99999999999999999999999"}) {
    EXPECT_THAT(ErrorOf("memblock_alloc size=" + std::string(number)),
                StartsWith("1:21: expected size=a number"))
        << number;
  }
}

TEST(TextTest, PrintNumberChoosesTheShorterReading) {
  EXPECT_EQ(PrintNumber(0, Kind::kAddress), "0");
  EXPECT_EQ(PrintNumber(4096, Kind::kSize), "4K");
  EXPECT_EQ(PrintNumber(1536 << 10, Kind::kSize), "1536K");
  EXPECT_EQ(PrintNumber(4097, Kind::kSize), "4097");
  EXPECT_EQ(PrintNumber(0x1234567, Kind::kAddress), "0x1234567");
  EXPECT_EQ(PrintNumber(4096, Kind::kCount), "4096");
  EXPECT_EQ(PrintNumber(4096, Kind::kPfn), "0x1000");
  EXPECT_EQ(PrintNumber(7, Kind::kKey), "7");
  EXPECT_EQ(PrintNumber(3, Kind::kNode), "3");
  EXPECT_EQ(PrintNumber(kAnyNode, Kind::kNode), "any");
  EXPECT_EQ(PrintNumber(kAnyNode, Kind::kKey), "0xffffffffffffffff");
}

// ---- text and bytes -----------------------------------------------------------------------------

TEST(TextTest, QuotedTextKeepsBlanksHashesQuotesAndAnyByte) {
  const op::ParseScratch odd{std::string("a b#c\"d\\e\n\0\xff", 12)};
  EXPECT_EQ(Print(Op(odd)), R"(parse_scratch value="a b#c\"d\\e\x0a\x00\xff")");
  EXPECT_EQ(OnlyOp<op::ParseScratch>(Print(Op(odd))), odd);
  EXPECT_EQ(OnlyOp<op::ParseScratch>(R"(parse_scratch value="\x4A")").value, "J");
}

TEST(TextTest, TextThatIsNotQuotedRightIsRefused) {
  for (const std::string_view value :
       {R"(16M)", R"(")", R"("16M)", R"(16M")", R"("a"b)", R"("a""b")", R"("\")", R"("\n")",
        R"("\x4")", R"("\xg0")", R"("a"b"c")"}) {
    EXPECT_THAT(ErrorOf("parse_scratch value=" + std::string(value)),
                AllOf(StartsWith("1:21: expected value=text in double quotes"),
                      HasSubstr(std::string(value))))
        << value;
  }
}

TEST(TextTest, BytesAreHexDigitsInPairs) {
  EXPECT_EQ(OnlyOp<op::PokeFdt>("poke_fdt offset=0 bytes=00fFD0").bytes,
            std::string("\x00\xff\xd0", 3));
  EXPECT_EQ(OnlyOp<op::PokeFdt>("poke_fdt offset=0 bytes=").bytes, "");
  for (const std::string_view bytes : {"0", "0g", "\"00\"", "0x00"}) {
    EXPECT_THAT(ErrorOf("poke_fdt offset=0 bytes=" + std::string(bytes)),
                StartsWith("1:25: expected bytes=bytes in hex"))
        << bytes;
  }
}

TEST(TextTest, TextOverAPageIsRefused) {
  EXPECT_EQ(ErrorOf("parse_scratch value=\"" + std::string(4096, 'x') + "\""), "nothing");
  EXPECT_NE(ErrorOf("parse_scratch value=\"" + std::string(4097, 'x') + "\""), "nothing");
  EXPECT_NE(ErrorOf("poke_fdt offset=0 bytes=" + std::string(2 * 4097, '0')), "nothing");
}

// ---- layout -------------------------------------------------------------------------------------

TEST(TextTest, CommentsBlankLinesAndSpacingDoNotMatter) {
  const auto scenario = ParseStrict(
      "# a machine\n"
      "\n"
      "  memory\tbase=0   size=16M # all of it\r\n"
      "\t\n"
      "radix_add key=1#one\n"
      "extend");
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  EXPECT_EQ(Print(*scenario), "memory base=0 size=16M\nradix_add key=1\nextend\n");
}

TEST(TextTest, NothingIsAScenario) {
  for (const std::string_view text : {"", "\n\n", "# nothing", "  "}) {
    EXPECT_EQ(ErrorOf(text), "nothing");
    EXPECT_EQ(ParseLenient(text), Scenario());
  }
}

// ---- what people are told -----------------------------------------------------------------------

TEST(TextTest, AnUnknownNameIsPlacedAndTheNearestSuggested) {
  EXPECT_EQ(ErrorOf("extend\n  extnd"),
            "2:3: no op or machine line is called 'extnd'; did you mean 'extend'?");
  EXPECT_EQ(ErrorOf("memry base=0 size=1M"),
            "1:1: no op or machine line is called 'memry'; did you mean 'memory'?");
  EXPECT_EQ(ErrorOf("xyzzy"), "1:1: no op or machine line is called 'xyzzy'");
  EXPECT_EQ(ErrorOf("\xef\xbb\xbfkexec"),
            "1:1: a byte order mark; save the file as UTF-8 without one");
}

TEST(TextTest, AnUnknownOperandIsPlacedAndTheNearestSuggested) {
  EXPECT_EQ(ErrorOf("preserve_pages pfm=1 nr=2"),
            "1:16: 'preserve_pages' has no operand 'pfm'; did you mean 'pfn'?");
  EXPECT_EQ(ErrorOf("extend now"), "1:8: 'extend' has no operand 'now'");
}

TEST(TextTest, AMissingOperandIsAskedForWhereItBelongs) {
  EXPECT_THAT(ErrorOf("preserve_pages pfn=1  # and?"),
              StartsWith("1:21: 'preserve_pages' needs nr=a number"));
  EXPECT_THAT(ErrorOf("radix_add"), StartsWith("1:10: 'radix_add' needs key="));
}

TEST(TextTest, AnOperandGivenTwiceIsRefused) {
  EXPECT_EQ(ErrorOf("radix_add key=1 key=1"), "1:17: 'key' is given twice");
  EXPECT_EQ(ErrorOf("memblock_policy bottom_up bottom_up"), "1:27: 'bottom_up' is given twice");
}

TEST(TextTest, AFlagTakesNoValueAndANumberNeedsOne) {
  EXPECT_EQ(ErrorOf("memblock_policy bottom_up=1"),
            "1:17: 'bottom_up' is a flag and takes no value");
  EXPECT_THAT(ErrorOf("radix_add key"), StartsWith("1:14: expected key=a number"));
}

TEST(TextTest, AWrongChoiceIsToldTheRightOnes) {
  EXPECT_EQ(ErrorOf("fail site=radix k=0"),
            "1:11: expected site=one of radix_node memblock_alloc memblock_double page_alloc vmap, "
            "found 'radix'");
}

TEST(TextTest, TheMachineComesBeforeTheOps) {
  EXPECT_EQ(ErrorOf("extend\nmemory base=0 size=16M"),
            "2:1: the machine's lines come before the ops");
}

TEST(TextTest, AMachineThatCannotBeIsPlacedInTheText) {
  EXPECT_THAT(ErrorOf("# two nodes in one section\n"
                      "memory base=0 size=1536K\n"
                      "\n"
                      "memory base=1536K size=2560K nid=1\n"),
              AllOf(StartsWith("4:1: memory must be"), HasSubstr("share a section")));
}

TEST(TextTest, TheFirstProblemIsTheOneTold) {
  EXPECT_THAT(ErrorOf("extend\nnonsense\nmore nonsense"), StartsWith("2:1: "));
}

TEST(TextTest, MoreOpsThanAreAllowedAreRefusedOrCut) {
  std::string text;
  for (size_t i = 0; i < kMaxOps; ++i) text += "extend\n";
  EXPECT_EQ(ErrorOf(text), "nothing");
  text += "extend\n";
  EXPECT_EQ(ErrorOf(text), "4097:1: more than 4096 ops");
  EXPECT_EQ(ParseLenient(text).ops.size(), kMaxOps);
}

// ---- what fuzz input may be ---------------------------------------------------------------------

TEST(TextTest, LenientReadingSkipsWhatMakesNoSense) {
  EXPECT_EQ(Print(ParseLenient("nonsense\n"
                               "radix_add key=1 quay=2\n"
                               "radix_add key=oops\n"
                               "\xff\xfe\n"
                               "memblock_policy bottom_up=1 scratch_only\n"
                               "preserve_pages nr=3 nr=4")),
            "radix_add key=1\n"
            "radix_add key=0\n"
            "memblock_policy scratch_only\n"
            "preserve_pages pfn=0 nr=4\n");
}

TEST(TextTest, LinesThatLenientReadingTakesInPartOrNotAtAllAreCounted) {
  EXPECT_EQ(LinesWithoutSense("# a comment\n\nboot\nnonsense\n  \n\xff\nkexec quay=1\n"), 3u);
  EXPECT_EQ(LinesWithoutSense("boot\n"), 0u);
  std::string many;
  for (size_t i = 0; i < kMaxOps + 3; ++i) many += "extend\n";
  EXPECT_EQ(ParseLenient(many + "\n# no op\n").ops.size(), kMaxOps);
  EXPECT_EQ(LinesWithoutSense(many + "\n# no op\n"), 3u);
  const std::string long_name(kMaxTextBytes + 1, 'a');
  EXPECT_EQ(LinesWithoutSense("add_subtree name=\"" + long_name + "\" size=4K\n"), 1u);
  std::string firmware;
  for (size_t i = 0; i < kMaxFirmware + 6; ++i) {
    firmware += "firmware base=" + std::to_string(8 * i) + "K size=4K\n";
  }
  EXPECT_EQ(LinesWithoutSense(firmware), 6u);
}

TEST(TextTest, AMessageShowsNoMoreOfALongWordThanItNeeds) {
  const std::string long_name(100'000, 'a');
  const auto error = ParseStrict("add_subtree name=\"" + long_name + "\" size=4K\n").status();
  EXPECT_THAT(std::string(error.message()),
              AllOf(HasSubstr("of at most 4096 bytes, found '\"aaa"), HasSubstr("(100002 bytes)")));
  for (const std::string& text :
       {long_name, "boot " + long_name, "preserve_pages pfn=" + long_name}) {
    EXPECT_LT(ParseStrict(text).status().message().size(), 400u);
  }
}

TEST(TextTest, LenientReadingTakesTheMachineFromAnywhere) {
  EXPECT_EQ(Print(ParseLenient("extend\nmemory base=0 size=1M\n")),
            "memory base=0 size=1M\nextend\n");
}

TEST(TextTest, AnyBytesGiveAScenarioThatReadsBack) {
  const std::vector<std::string_view> kWords = {
      "memory", "geometry", " ", "=",        "\n",    "base", "size",  "0x",  "1M",
      "\"",     "\\x",      "#", "poke_fdt", "bytes", "any",  "fail ", "key", "radix_add"};
  Rng rng(7);
  for (int i = 0; i < 2000; ++i) {
    std::string text;
    for (uint64_t n = rng.Below(40); n > 0; --n) text += rng.Pick(kWords);
    if (rng.OneIn(2) && !text.empty()) text[rng.Below(text.size())] = static_cast<char>(rng.Next());
    const Scenario scenario = ParseLenient(text);
    EXPECT_EQ(ParseLenient(Print(scenario)), scenario) << text;
    (void)ParseStrict(text);
  }
}

}  // namespace
}  // namespace khofuzz
