// Physical memory as a drawing.
#ifndef KHOFUZZ_CLI_MAP_SVG_H_
#define KHOFUZZ_CLI_MAP_SVG_H_

#include <string>

#include "cli/map/memory_map.h"

namespace khofuzz {

// The map as one self-contained SVG: rows of addresses with memory holes folded away; bootmem and
// extended scratch behind; what is preserved in front, as high as its share of each column; tree
// pages and reservations below; under each row, which extension blocks are busy, or what struct
// pages say and which pageblocks are CMA. Elements carry
// their address ranges as tooltips. Layers are groups of class "layer" and "extended-layer",
// "bootmem-layer", "reserved-layer", "preserved-layer", "tree-layer", "blocks-layer" or
// "pages-layer" and "types-layer", "violation-layer" or "mark-layer". The text is a function of the
// map alone.
std::string RenderSvg(const MemoryMap& map);

// The map as one self-contained HTML page: the drawing, the map's facts as a table, layers that can
// be switched off, and what lies under the pointer spelled out.
std::string RenderHtml(const MemoryMap& map);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_MAP_SVG_H_
