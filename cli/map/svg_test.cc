#include "cli/map/svg.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

#include "cli/map/xml.h"
#include "core/sizes.h"

namespace khofuzz {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

AddrRange AddrsOf(uint64_t begin, uint64_t end) { return {PhysAddr{begin}, PhysAddr{end}}; }

MemoryMap Example() {
  MemoryMap map;
  map.title = "A <machine> & its \"memory\"";
  map.banks = {{AddrsOf(0x1000, 2 * kGiB), 0}, {AddrsOf(4 * kGiB, 6 * kGiB), 1}};
  map.bootmem = {{AddrsOf(kGiB, kGiB + 256 * kMiB), "lowmem"}};
  map.extended = {AddrsOf(5 * kGiB, 6 * kGiB)};
  map.preserved = {{AddrsOf(64 * kMiB, 64 * kMiB + 4096), 0},
                   {AddrsOf(4 * kGiB, 4 * kGiB + kMiB), 8}};
  map.tree_pages = {AddrsOf(65 * kMiB, 65 * kMiB + 4096)};
  map.reserved = {{AddrsOf(0, kMiB), MemoryMap::ReservedKind::kKernel}};
  map.marks = {{AddrsOf(66 * kMiB, 66 * kMiB + 4096), "FDT"}};
  map.violations = {{AddrsOf(kGiB, kGiB + 2 * kMiB), "pageblock 512 is Movable"}};
  map.facts = {{"format", "kho-v4 <&>"}};
  return map;
}

// Every element that is opened is closed, in order: enough of XML to notice what breaks a viewer.
bool IsBalanced(std::string_view text) {
  std::vector<std::string_view> open;
  for (size_t at = text.find('<'); at != std::string_view::npos; at = text.find('<', at + 1)) {
    const size_t end = text.find('>', at);
    if (end == std::string_view::npos) return false;
    std::string_view tag = text.substr(at + 1, end - at - 1);
    if (tag.ends_with('/')) continue;
    const bool closing = tag.starts_with('/');
    if (closing) tag.remove_prefix(1);
    const std::string_view name = tag.substr(0, tag.find(' '));
    if (!closing) {
      open.push_back(name);
    } else if (open.empty() || open.back() != name) {
      return false;
    } else {
      open.pop_back();
    }
  }
  return open.empty();
}

TEST(SvgTest, IsWellFormedAndEscapesWhatItIsGiven) {
  const std::string svg = RenderSvg(Example());
  EXPECT_TRUE(svg.starts_with("<svg "));
  EXPECT_TRUE(IsBalanced(svg));
  EXPECT_THAT(svg, HasSubstr("A &lt;machine&gt; &amp; its &quot;memory&quot;"));
  EXPECT_THAT(svg, Not(HasSubstr("<machine>")));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

TEST(SvgTest, BytesThatXmlCannotHoldAreReplaced) {
  EXPECT_EQ(EscapeXml(std::string_view("a\0\x1b\xff<", 5)), "a???&lt;");
  EXPECT_EQ(EscapeXml("\xc3\xbc \xe2\x82"), "\xc3\xbc ??") << "names of folders have umlauts";
}

TEST(SvgTest, EverythingCarriesItsRangeAsATooltip) {
  const std::string svg = RenderSvg(Example());
  for (const char* tip :
       {"memory of node 1\n0x100000000-0x180000000\n2 GiB",
        "bootmem, lowmem\n0x40000000-0x50000000\n256 MiB",
        "extended scratch\n0x140000000-0x180000000\n1 GiB", "FDT\n0x4200000-0x4201000\n4 KiB",
        "radix tree: 1 page\n0x4100000-0x4101000", "reserved by the kernel\n0x0-0x100000\n1 MiB",
        "pageblock 512 is Movable\n0x40000000-0x40200000\n2 MiB",
        "extension block with something handed over\n0x0-0x40000000",
        "extension block with nothing handed over\n0x40000000-0x80000000"}) {
    EXPECT_THAT(svg, HasSubstr(std::string("<title>") + tip));
  }
}

TEST(SvgTest, ASinglePageStaysVisible) {
  // One page of 512 MiB is a thousandth of a pixel wide.
  EXPECT_THAT(RenderSvg(Example()),
              HasSubstr("order 0: 4 KiB</title>\n<rect x=\"260\" y=\"165\" width=\"2\" "
                        "height=\"4\" class=\"o0\"/>"));
}

TEST(SvgTest, NothingIsNarrowerThanAColumn) {
  MemoryMap map = Example();
  map.bootmem = {{AddrsOf(kGiB, kGiB + 4096), "tiny"}};
  EXPECT_THAT(RenderSvg(map), HasSubstr("width=\"2\" height=\"46\" class=\"bootmem\"><title>"
                                        "bootmem, tiny\n"));
}

TEST(SvgTest, TheSizeIsBoundedByTheDrawingAndNotByWhatIsPreserved) {
  MemoryMap map = Example();
  map.preserved.clear();
  for (uint64_t i = 0; i < 200000; ++i) {
    map.preserved.push_back({AddrsOf(4 * kGiB + i * 8192, 4 * kGiB + i * 8192 + 4096), 0});
  }
  EXPECT_LT(RenderSvg(map).size(), 100000u);
}

TEST(SvgTest, ExtremeMapsAreDrawnAsWell) {
  EXPECT_TRUE(IsBalanced(RenderSvg(MemoryMap{})));
  MemoryMap map = Example();
  map.banks.push_back({{PhysAddr{5}, kPhysAddrMax}, kNoNode});
  map.preserved.push_back({{PhysAddr{0}, kPhysAddrMax}, 52});
  map.marks.push_back({AddrsOf(7, 7), "empty"});
  const std::string svg = RenderSvg(map);
  EXPECT_TRUE(IsBalanced(svg));
  EXPECT_LT(svg.size(), 1000000u);
}

TEST(SvgTest, StructPagesAreDrawnWhereThereAreAny) {
  MemoryMap map = Example();
  EXPECT_THAT(RenderSvg(map), Not(HasSubstr("pages-layer")));
  map.struct_pages = true;
  map.pages = {{AddrsOf(0, kGiB), MemoryMap::PageKind::kFree},
               {AddrsOf(kGiB, 2 * kGiB), MemoryMap::PageKind::kReserved}};
  map.cma = {AddrsOf(kGiB, kGiB + 256 * kMiB)};
  map.preserved.push_back({AddrsOf(32 * kMiB, 64 * kMiB), 3, true});
  const std::string svg = RenderSvg(map);
  EXPECT_TRUE(IsBalanced(svg));
  for (const char* part :
       {"<title>free in the buddy\n0x0-0x40000000", "<title>PG_reserved\n0x40000000-0x80000000",
        "struct pages not initialised, within\n0x100000000-0x180000000",
        "<title>CMA pageblocks\n0x40000000-0x50000000\n256 MiB", "handed over, waits: 32 MiB"}) {
    EXPECT_THAT(svg, HasSubstr(part));
  }
}

TEST(SvgTest, TheSameMapGivesTheSameText) { EXPECT_EQ(RenderSvg(Example()), RenderSvg(Example())); }

TEST(HtmlTest, HoldsTheDrawingAndTheFactsAndRefersToNothingElse) {
  const std::string page = RenderHtml(Example());
  EXPECT_THAT(page, HasSubstr(RenderSvg(Example())));
  EXPECT_THAT(page, HasSubstr("<td>format</td><td>kho-v4 &lt;&amp;&gt;</td>"));
  for (const char* reference : {"src=", "href=", "@import", "url(http"}) {
    EXPECT_THAT(page, Not(HasSubstr(reference)));
  }
}

}  // namespace
}  // namespace khofuzz
