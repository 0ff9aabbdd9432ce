#include "scenario/language/lift.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <string>
#include <variant>

#include "absl/strings/str_cat.h"
#include "scenario/language/line.h"
#include "scenario/language/machine.h"
#include "scenario/language/ops.h"

namespace khofuzz {
namespace {

// By how much numbers grow, by what they mean.
struct Growth {
  uint64_t address = 1;  // bytes; page frame numbers go with them
  uint64_t size = 1;     // bytes
  uint64_t count = 1;
  unsigned order = 0;  // is added
  // Page frames are of pages: larger ones, fewer frames.
  unsigned page_shift_from = 12, page_shift_to = 12;
};

uint64_t Times(uint64_t value, uint64_t factor) {
  return factor != 0 && value > ~uint64_t{0} / factor ? ~uint64_t{0} : value * factor;
}

// Each number of a value of kho_scratch= or kernelcore=: they are sizes, but for a percentage.
std::string SizesTimes(const std::string& text, uint64_t factor) {
  std::string grown;
  for (size_t i = 0; i < text.size();) {
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data() + i, text.data() + text.size(), number);
    if (error != std::errc()) {
      grown += text[i++];
      continue;
    }
    i = static_cast<size_t>(end - text.data());
    const bool size = i == text.size() || text[i] != '%';
    // 0x1000 is no number of ours to grow.
    const bool hex = number == 0 && i < text.size() && (text[i] == 'x' || text[i] == 'X');
    absl::StrAppend(&grown, size && !hex ? Times(number, factor) : number);
  }
  return grown;
}

void Grow(LineRef line, const Growth& growth) {
  for (size_t i = 0; i < line.field_count; ++i) {
    const FieldRef& field = line.storage[i];
    if (auto* const* text = std::get_if<std::string*>(&field.value)) {
      if (field.kind == Kind::kParams) **text = SizesTimes(**text, growth.size);
      // Of all memory, which grows as addresses do.
      if (field.kind == Kind::kCore) **text = SizesTimes(**text, growth.address);
      continue;
    }
    auto* const* number = std::get_if<uint64_t*>(&field.value);
    if (number == nullptr) continue;
    uint64_t& value = **number;
    switch (field.kind) {
      case Kind::kAddress:
        value = Times(value, growth.address);
        break;
      case Kind::kSize:
        value = Times(value, growth.size);
        break;
      case Kind::kPfn:
        value = Times(value, growth.address) << growth.page_shift_from >> growth.page_shift_to;
        break;
      case Kind::kCount:
        // Of pages, that is: not of threads, or of gigantic pages.
        if (field.name == "nr") value = Times(value, growth.count);
        break;
      case Kind::kOrder:
        value += growth.order;
        break;
      default:
        break;
    }
  }
}

// Empty if it would need repair, or has more memory than there may be.
std::vector<MachineLine> Grown(const Machine& machine, const Geometry& geometry, uint64_t factor,
                               uint64_t max_bytes) {
  std::vector<MachineLine> lines = {GeometryLineFor(geometry)};
  uint64_t bytes = 0;
  for (const Machine::Bank& bank : machine.banks) {
    const MemoryBank line{Times(bank.range.begin.value, factor), Times(bank.range.size(), factor),
                          static_cast<uint64_t>(bank.nid)};
    bytes += std::min(line.size, max_bytes + 1);
    lines.push_back(line);
  }
  for (const AddrRange& range : machine.firmware) {
    lines.push_back(
        FirmwareReservation{Times(range.begin.value, factor), Times(range.size(), factor)});
  }
  if (bytes > max_bytes || FindMachineProblem(lines).has_value()) lines.clear();
  return lines;
}

std::vector<uint64_t> WithoutRepeats(std::vector<uint64_t> values) {
  std::vector<uint64_t> once;
  for (const uint64_t value : values) {
    if (value != 0 && std::ranges::find(once, value) == once.end()) once.push_back(value);
  }
  return once;
}

}  // namespace

std::vector<Scenario> LiftsOf(const Scenario& scenario, Geometry geometry, uint64_t max_bytes) {
  const Machine machine = MachineFrom(scenario.machine);
  const Geometry& from = machine.geometry;
  if (from.dma_bytes != 0 && geometry == X86Geometry()) geometry.dma_bytes = kX86DmaBytes;
  std::vector<Scenario> lifts;
  if (from == geometry) return lifts;
  const auto ratio = [](uint64_t to, uint64_t of) { return std::max<uint64_t>(1, to / of); };
  const uint64_t section = ratio(geometry.section_bytes(), from.section_bytes());
  const uint64_t extension = ratio(geometry.extension_bytes(), from.extension_bytes());
  const uint64_t lowmem = ratio(geometry.low_limit.value, from.low_limit.value);
  const uint64_t block = ratio(geometry.max_order_bytes(), from.max_order_bytes());
  const unsigned order =
      geometry.max_page_order - std::min(geometry.max_page_order, from.max_page_order);
  for (const uint64_t address : WithoutRepeats(
           {section, extension, lowmem, section / 2, block, section / 4, section * 4, 1})) {
    const std::vector<MachineLine> lines = Grown(machine, geometry, address, max_bytes);
    if (lines.empty()) continue;
    for (const uint64_t size : WithoutRepeats({block, address, 1})) {
      for (const unsigned more : {order, 0u}) {
        for (const uint64_t count : WithoutRepeats({1, address, block})) {
          Scenario lift{lines, scenario.ops};
          for (Op& op : lift.ops) {
            const auto* const before = std::get_if<op::PreserveVmalloc>(&op);
            const bool large = before != nullptr && before->order > 0;
            Grow(Refer(op), {.address = address,
                             .size = size,
                             .count = count,
                             .order = more,
                             .page_shift_from = from.page_shift,
                             .page_shift_to = geometry.page_shift});
            if (auto* const gigantic = std::get_if<op::Hugetlb>(&op)) {
              gigantic->order = geometry.gigantic_order();
            }
            // vmalloc() has small pages, or large ones of one size.
            if (auto* const area = std::get_if<op::PreserveVmalloc>(&op)) {
              area->order = large ? geometry.pageblock_order : 0;
            }
          }
          if (std::ranges::find(lifts, lift) == lifts.end()) lifts.push_back(std::move(lift));
        }
      }
    }
  }
  return lifts;
}

}  // namespace khofuzz
