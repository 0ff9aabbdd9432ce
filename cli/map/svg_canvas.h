// The primitives of a drawing, and its colours.
#ifndef KHOFUZZ_CLI_MAP_SVG_CANVAS_H_
#define KHOFUZZ_CLI_MAP_SVG_CANVAS_H_

#include <string>
#include <string_view>

#include "core/address.h"

namespace khofuzz {

// "what", the range and its size, a line each.
std::string Tooltip(std::string_view what, AddrRange range);

// An SVG under construction. Coordinates are pixels, y downwards; `style` names classes of the
// drawing's style sheet.
class SvgCanvas {
 public:
  SvgCanvas(double width, double height, std::string_view title);

  void Text(double x, double y, std::string_view style, std::string_view text,
            std::string_view anchor = "start");
  // With a tooltip unless `tooltip` is empty.
  void Rect(double x, double y, double width, double height, std::string_view style,
            std::string_view tooltip = "");
  // A small triangle that points down at (x, y).
  void Pointer(double x, double y, std::string_view tooltip = "");
  void Line(double x, double y1, double y2, std::string_view style);
  // All that follows up to EndGroup() belongs together: to a class, or under one tooltip.
  void BeginGroup(std::string_view style, std::string_view tooltip = "");
  void EndGroup();

  // The finished text.
  std::string Finish() &&;

 private:
  void Title(std::string_view tooltip);

  std::string out_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_MAP_SVG_CANVAS_H_
