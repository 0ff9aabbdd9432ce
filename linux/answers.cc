#include "linux/answers.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/designs/asked_elsewhere.h"
#include "core/memblock/iterate.h"
#include "core/memblock/memblock.h"
#include "core/radix/shape.h"
#include "linux/tree_values.h"

namespace khofuzz {
namespace {

using Right = std::optional<uint64_t>;

RadixShape ShapeOf(const Asked& asked) { return RadixShape(asked.tree->page_shift, *asked.design); }

std::vector<kf_region> RegionsOf(const Asked& asked, bool reserved) {
  std::vector<kf_region> regions(asked.tree->regions(reserved ? 1 : 0, nullptr, 0));
  regions.resize(std::min(regions.size(),
                          asked.tree->regions(reserved ? 1 : 0, regions.data(), regions.size())));
  return regions;
}

// Both arrays as the tree has them. Before memory is added and once memblock is gone there is
// nothing to know.
std::optional<Memblock> MemblockOf(const Asked& asked) {
  if (asked.tree->memblock_gone() != 0) return std::nullopt;
  Memblock memblock(uint64_t{1} << asked.tree->page_shift, *asked.design);
  std::vector<MemblockRegion> arrays[2];
  for (const bool reserved : {false, true}) {
    for (const kf_region& region : RegionsOf(asked, reserved)) {
      if (region.size != 0) arrays[reserved ? 1 : 0].push_back(RegionFrom(region));
    }
  }
  if (arrays[0].empty()) return std::nullopt;
  memblock.Load(std::move(arrays[0]), std::move(arrays[1]));
  return memblock;
}

// The region of the array that holds `addr`.
std::optional<size_t> RegionAt(const std::vector<kf_region>& regions, uint64_t addr) {
  for (size_t i = 0; i < regions.size(); ++i) {
    if (addr >= regions[i].base && addr - regions[i].base < regions[i].size) return i;
  }
  return std::nullopt;
}

Right ScratchOverlap(const Asked& asked, uint64_t) {
  const uint64_t phys = asked.args[0];
  const uint64_t size = asked.args[1];
  const size_t count = asked.tree->bootmem(nullptr, 0);
  std::vector<kf_range> areas(count);
  // What the array holds where KHO has given up is a bug of whoever left it.
  if (size == 0 || phys + size < phys || (count != 0 && asked.tree->kho_enabled() == 0)) {
    return std::nullopt;
  }
  if (asked.tree->bootmem(areas.data(), count) != count) return std::nullopt;
  const bool count_empty = asked.design->Has(kScratchOverlapCountsEmptyQuirk);
  return std::ranges::any_of(areas, [phys, size, count_empty](const kf_range& area) {
    return (count_empty || area.begin < area.end) && phys < area.end && phys + size > area.begin;
  });
}

Right EncodeKey(const Asked& asked, uint64_t) {
  const RadixShape shape = ShapeOf(asked);
  const auto order = static_cast<unsigned>(asked.args[1]);
  const auto key = shape.Encode({PhysAddr{asked.args[0]}, order});
  return key.ok() ? Right(*key) : std::nullopt;
}

Right DecodeKey(const Asked& asked, uint64_t) {
  const auto block = ShapeOf(asked).Decode(asked.args[0]);
  return block.ok() ? Right(block->phys.value) : std::nullopt;
}

Right BitmapIndex(const Asked& asked, uint64_t) {
  return ShapeOf(asked).BitmapIndex(asked.args[0]);
}

Right TableIndex(const Asked& asked, uint64_t) {
  const RadixShape shape = ShapeOf(asked);
  const auto level = static_cast<unsigned>(asked.args[1]);
  if (level == 0 || level >= shape.depth()) return std::nullopt;
  return shape.TableIndex(asked.args[0], level);
}

Right Search(const Asked& asked, uint64_t) {
  const int array = asked.tree->array_of(asked.args[0]);
  if (array < 0 || asked.tree->memblock_gone() != 0) return std::nullopt;
  const auto region = RegionAt(RegionsOf(asked, array == 1), asked.args[1]);
  return region.has_value() ? *region : ~uint64_t{0};
}

Right LiesIn(const Asked& asked, bool reserved) {
  if (asked.tree->memblock_gone() != 0) return std::nullopt;
  return RegionAt(RegionsOf(asked, reserved), asked.args[0]).has_value();
}
Right IsMemory(const Asked& asked, uint64_t) { return LiesIn(asked, false); }
Right IsReserved(const Asked& asked, uint64_t) { return LiesIn(asked, true); }

Right IsMapMemory(const Asked& asked, uint64_t) {
  if (asked.tree->memblock_gone() != 0) return std::nullopt;
  const std::vector<kf_region> memory = RegionsOf(asked, false);
  const auto region = RegionAt(memory, asked.args[0]);
  return region.has_value() && (memory[*region].flags & KF_REGION_NOMAP) == 0;
}

Right IsRegionMemory(const Asked& asked, uint64_t) {
  const uint64_t base = asked.args[0];
  const uint64_t size = asked.args[1];
  if (asked.tree->memblock_gone() != 0 || base + size < base) return std::nullopt;
  const std::vector<kf_region> memory = RegionsOf(asked, false);
  const auto region = RegionAt(memory, base);
  return region.has_value() && memory[*region].base + memory[*region].size >= base + size;
}

Right IsRegionReserved(const Asked& asked, uint64_t) {
  const uint64_t base = asked.args[0];
  const uint64_t size = asked.args[1];
  if (asked.tree->memblock_gone() != 0 || size == 0 || base + size < base) return std::nullopt;
  return std::ranges::any_of(RegionsOf(asked, true), [base, size](const kf_region& r) {
    return base < r.base + r.size && r.base < base + size;
  });
}

Right AddrsOverlap(const Asked& asked, uint64_t) {
  const auto& a = asked.args;
  if (a[0] + a[1] < a[0] || a[2] + a[3] < a[2]) return std::nullopt;
  return a[0] < a[2] + a[3] && a[2] < a[0] + a[1];
}

// Where a pfn's first byte is in memory that has a node.
Right NodeOfPfn(const Asked& asked, uint64_t) {
  if (asked.tree->memblock_gone() != 0) return std::nullopt;
  const std::vector<kf_region> memory = RegionsOf(asked, false);
  const auto region = RegionAt(memory, asked.args[0] << asked.tree->page_shift);
  if (!region.has_value()) return ~uint64_t{0};
  return memory[*region].nid < 0 ? Right() : static_cast<uint64_t>(memory[*region].nid);
}
// Where it is in none that is the first node's.
Right NodeOfPfnOrFirst(const Asked& asked, uint64_t answer) {
  const Right node = NodeOfPfn(asked, answer);
  return node == ~uint64_t{0} ? std::nullopt : node;
}

Right ReservedSize(const Asked& asked, bool hugetlb) {
  const auto memblock = MemblockOf(asked);
  if (!memblock.has_value()) return std::nullopt;
  const auto nid = static_cast<int>(asked.args[1]);
  const PhysAddr limit{asked.args[0]};
  const NodeId node = nid < 0 ? kNoNode : static_cast<NodeId>(nid);
  return hugetlb ? memblock->ReservedHugetlbSize(limit, node)
                 : memblock->ReservedKernSize(limit, node);
}
Right ReservedKernSize(const Asked& asked, uint64_t) { return ReservedSize(asked, false); }
Right ReservedHugetlbSize(const Asked& asked, uint64_t) { return ReservedSize(asked, true); }

// __memblock_find_range_bottom_up() and _top_down().
Right FindRange(const Asked& asked, bool bottom_up) {
  const uint64_t start = asked.args[0];
  const uint64_t end = asked.args[1];
  const uint64_t size = asked.args[2];
  const uint64_t align = asked.args[3];
  const auto flags = static_cast<uint32_t>(asked.args[5]);
  const auto memblock = MemblockOf(asked);
  const bool known = flags == 0 || flags == KF_REGION_KHO_SCRATCH;
  if (!memblock.has_value() || !known || align == 0) return std::nullopt;
  const auto nid = static_cast<int>(asked.args[4]);
  const NodeId node = nid < 0 ? kNoNode : static_cast<NodeId>(nid);
  const MemblockFlags from = flags == 0 ? kMemblockNone : kMemblockKhoScratch;
  uint64_t at = bottom_up ? 0 : kMemblockIterEnd;
  while (const auto free = bottom_up ? NextFreeRange(*memblock, &at, node, from)
                                     : NextFreeRangeRev(*memblock, &at, node, from)) {
    const uint64_t low = std::clamp(free->range.begin.value, start, end);
    const uint64_t high = std::clamp(free->range.end.value, start, end);
    if (high < size) continue;
    const uint64_t found = bottom_up ? AlignUp(low, align) : AlignDown(high - size, align);
    // Of size 0 a range may be found at the very end, but not from below.
    if (found < low || (bottom_up && found >= high)) continue;
    if (found <= high && high - found >= size) return found;
  }
  return 0;
}
Right FindBottomUp(const Asked& asked, uint64_t) { return FindRange(asked, true); }
Right FindTopDown(const Asked& asked, uint64_t) { return FindRange(asked, false); }

const std::vector<QuestionKind>& Questions() {
  using enum AnswerForm;
  static const std::vector<QuestionKind> questions = {
      {"kho_scratch_overlap",
       {{"phys"}, {"size"}},
       kBool,
       "by the areas of kho_scratch[] that are not empty",
       ScratchOverlap},
      {"kho_encode_radix_key",
       {{"phys"}, {"order", kInt}},
       kNumber,
       "the order bit above the page number shifted by the order",
       EncodeKey},
      {"kho_decode_radix_key",
       {{"key"}, {"", kPointer}},
       kNumber,
       "the page number below the order bit, shifted by that order",
       DecodeKey},
      {"kho_radix_get_bitmap_index",
       {{"key"}},
       kNumber,
       "the lowest bits of the key, as many as a page has",
       BitmapIndex},
      {"kho_radix_get_table_index",
       {{"key"}, {"level", kInt}},
       kNumber,
       "the bits of the key that are that level's",
       TableIndex},
      {"memblock_search", {{"", kPointer}, {"addr"}}, kInt, "by the regions of the array", Search},
      {"memblock_is_memory", {{"addr"}}, kBool, "by memblock.memory", IsMemory},
      {"memblock_is_map_memory", {{"addr"}}, kBool, "by memblock.memory", IsMapMemory},
      {"memblock_is_reserved", {{"addr"}}, kBool, "by memblock.reserved", IsReserved},
      {"memblock_is_region_memory",
       {{"base"}, {"size"}},
       kBool,
       "by memblock.memory",
       IsRegionMemory},
      {"memblock_is_region_reserved",
       {{"base"}, {"size"}},
       kBool,
       "by memblock.reserved",
       IsRegionReserved},
      {"memblock_addrs_overlap",
       {{"base1"}, {"size1"}, {"base2"}, {"size2"}},
       kBool,
       "by the two ranges",
       AddrsOverlap},
      {"memblock_search_pfn_nid",
       {{"pfn"}, {"", kPointer}, {"", kPointer}},
       kInt,
       "by memblock.memory",
       NodeOfPfn},
      {"__early_pfn_to_nid", {{"pfn"}, {"", kPointer}}, kInt, "by memblock.memory", NodeOfPfn},
      {"early_pfn_to_nid", {{"pfn"}}, kInt, "by memblock.memory", NodeOfPfnOrFirst},
      {"memblock_reserved_kern_size",
       {{"limit"}, {"nid", kInt}},
       kNumber,
       "the bytes below the limit in regions of memblock.reserved with RSRV_KERN",
       ReservedKernSize},
      {"memblock_reserved_hugetlb_size",
       {{"limit"}, {"nid", kInt}},
       kNumber,
       "the bytes below the limit in regions of memblock.reserved with RSRV_HUGETLB",
       ReservedHugetlbSize},
      {"__memblock_find_range_bottom_up",
       {{"start"}, {"end"}, {"size"}, {"align"}, {"nid", kInt}, {"flags"}},
       kNumber,
       "the lowest place in memory that is not reserved",
       FindBottomUp},
      {"__memblock_find_range_top_down",
       {{"start"}, {"end"}, {"size"}, {"align"}, {"nid", kInt}, {"flags"}},
       kNumber,
       "the highest place in memory that is not reserved",
       FindTopDown},
  };
  return questions;
}

}  // namespace

const QuestionKind* FindQuestion(std::string_view function) {
  const auto& questions = Questions();
  const auto found = std::ranges::find(questions, function, &QuestionKind::function);
  return found == questions.end() ? nullptr : &*found;
}

uint64_t ValueOf(AnswerForm form, uint64_t word) {
  switch (form) {
    case AnswerForm::kBool:
      return (word & 0xff) != 0 ? 1 : 0;
    case AnswerForm::kInt:
      return static_cast<uint32_t>(word);
    case AnswerForm::kNumber:
    case AnswerForm::kPointer:
      return word;
  }
  return word;
}

std::string TextOf(AnswerForm form, uint64_t word) {
  switch (form) {
    case AnswerForm::kBool:
      return ValueOf(form, word) != 0 ? "true" : "false";
    case AnswerForm::kInt:
      return absl::StrCat(static_cast<int32_t>(word));
    case AnswerForm::kNumber:
    case AnswerForm::kPointer:
      return absl::StrCat("0x", absl::Hex(word));
  }
  return {};
}

std::string TextOf(const QuestionKind& question, const Asked& asked) {
  std::string text = absl::StrCat(std::string(question.function), "(");
  const char* comma = "";
  for (size_t i = 0; i < question.params.size(); ++i) {
    const QuestionKind::Param& param = question.params[i];
    if (param.form == AnswerForm::kPointer) continue;
    absl::StrAppend(&text, std::exchange(comma, ", "), std::string(param.name), "=",
                    TextOf(param.form, asked.args[i]));
  }
  return absl::StrCat(text, ")");
}

}  // namespace khofuzz
