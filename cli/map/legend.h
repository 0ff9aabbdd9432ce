// The explanation above a drawing.
#ifndef KHOFUZZ_CLI_MAP_LEGEND_H_
#define KHOFUZZ_CLI_MAP_LEGEND_H_

#include <cstddef>
#include <string>

#include "cli/map/memory_map.h"
#include "cli/map/svg_canvas.h"

namespace khofuzz {

// Title, subtitle and two rows of swatches, for what `map` holds, with its left edge at `x`; a
// third row where struct pages are drawn. Takes LegendHeight() pixels from the top.
inline constexpr double kLegendHeight = 110;
double LegendHeight(const MemoryMap& map);
void DrawLegend(const MemoryMap& map, double x, SvgCanvas* canvas);

// What OrderClass() `order_class` is called: "order 0", "orders 1-8", ...
std::string OrderClassName(size_t order_class, const Geometry& geometry);
// The words and the style class of a kind of reservation.
const char* ReservedName(MemoryMap::ReservedKind kind);
const char* ReservedStyle(MemoryMap::ReservedKind kind);
// The same of a kind of struct pages.
const char* PageName(MemoryMap::PageKind kind);
const char* PageStyle(MemoryMap::PageKind kind);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_MAP_LEGEND_H_
