#include "cli/map/svg_canvas.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/map/units.h"
#include "cli/map/xml.h"

namespace khofuzz {
namespace {

// Colours differ in lightness as well as in hue, so that they stay apart without colour vision;
// extended scratch and holes are hatched besides. Preserved orders (o0 to o3) run from light to
// dark.
constexpr const char* kSvgStyle = R"(
  text { font-family: system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: #222; }
  .title { font-size: 19px; font-weight: 600; }
  .sub { font-size: 13px; fill: #555; }
  .small { font-size: 11px; fill: #666; }
  .gap { font-size: 11px; fill: #666; paint-order: stroke; stroke: #fff; stroke-width: 6px; }
  .addr { font-size: 12px; font-family: ui-monospace, "DejaVu Sans Mono", monospace; }
  .name { font-size: 11px; fill: #fff; pointer-events: none; }
  .strip { font-size: 9px; fill: #777; }
  .tag { font-size: 10px; fill: #111; pointer-events: none; }
  .bank { fill: #e6e6e6; stroke: #fff; stroke-width: 0.6; }
  .hole { fill: url(#hole); stroke: #ddd; stroke-width: 0.5; }
  .bootmem { fill: #2f6fab; stroke: #fff; stroke-width: 0.6; }
  .extended { fill: url(#extended); }
  .busy { fill: #7d8790; } .free { fill: #9fcbe8; }
  .o0 { fill: #f2b13c; } .o1 { fill: #dd7a14; } .o2 { fill: #a8430c; } .o3 { fill: #5c1f04; }
  .o4 { fill: #b06fd0; } .tree { fill: #6a2c91; }
  .pfree { fill: #b7dfb0; } .pused { fill: #56754f; } .pgreserved { fill: #2b2b2b; }
  .bare { fill: url(#bare); stroke: #c9c9c9; stroke-width: 0.3; }
  .cma { fill: #12a5b8; } .plain { fill: #dfe3e6; }
  .kernel { fill: #4d4d4d; } .hugetlb { fill: #009e73; } .other { fill: #a3a3a3; }
  .pointer { fill: #111; stroke: #fff; stroke-width: 0.8; }
  .violation { fill: none; stroke: #e3001b; stroke-width: 2; }
  .frame { fill: none; stroke: #8a8a8a; stroke-width: 1; pointer-events: none; }
)";

constexpr const char* kHatch =
    "<pattern id=\"%s\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" "
    "patternTransform=\"rotate(%d)\"><rect width=\"7\" height=\"7\" fill=\"%s\"/>"
    "<rect width=\"1.5\" height=\"7\" fill=\"%s\"/></pattern>";

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

std::string Tooltip(std::string_view what, AddrRange range) {
  return absl::StrCat(View(what), "\n", FormatRange(range), "\n", FormatBytes(range.size()));
}

SvgCanvas::SvgCanvas(double width, double height, std::string_view title) {
  absl::StrAppendFormat(&out_,
                        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\" "
                        "width=\"%g\" height=\"%g\" role=\"img\" aria-label=\"%s\">\n",
                        width, height, width, height, EscapeXml(title));
  absl::StrAppend(&out_, "<style>", kSvgStyle, "</style>\n<defs>");
  absl::StrAppendFormat(&out_, kHatch, "extended", 45, "#cfe6f5", "#9fcbe8");
  absl::StrAppendFormat(&out_, kHatch, "hole", -45, "#fff", "#dcdcdc");
  absl::StrAppendFormat(&out_, kHatch, "bare", 0, "#fff", "#f0a8a0");
  absl::StrAppendFormat(&out_, "</defs>\n<rect width=\"%g\" height=\"%g\" fill=\"#fff\"/>\n", width,
                        height);
}

void SvgCanvas::Title(std::string_view tooltip) {
  if (!tooltip.empty()) absl::StrAppend(&out_, "<title>", EscapeXml(tooltip), "</title>");
}

void SvgCanvas::Text(double x, double y, std::string_view style, std::string_view text,
                     std::string_view anchor) {
  absl::StrAppendFormat(&out_, "<text x=\"%.6g\" y=\"%.6g\" class=\"%s\"", x, y, View(style));
  if (anchor != "start") absl::StrAppend(&out_, " text-anchor=\"", View(anchor), "\"");
  absl::StrAppend(&out_, ">", EscapeXml(text), "</text>\n");
}

void SvgCanvas::Rect(double x, double y, double width, double height, std::string_view style,
                     std::string_view tooltip) {
  absl::StrAppendFormat(&out_,
                        "<rect x=\"%.5g\" y=\"%.5g\" width=\"%.5g\" height=\"%.4g\" class=\"%s\"",
                        x, y, width, height, View(style));
  if (tooltip.empty()) {
    out_ += "/>\n";
    return;
  }
  out_ += ">";
  Title(tooltip);
  out_ += "</rect>\n";
}

void SvgCanvas::Pointer(double x, double y, std::string_view tooltip) {
  absl::StrAppendFormat(&out_, "<path d=\"M%.5g %.5g l-5 -8 h10 z\" class=\"pointer\">", x, y);
  Title(tooltip);
  out_ += "</path>\n";
}

void SvgCanvas::Line(double x, double y1, double y2, std::string_view style) {
  absl::StrAppendFormat(&out_,
                        "<line x1=\"%.5g\" y1=\"%.5g\" x2=\"%.5g\" y2=\"%.5g\" class=\"%s\"/>\n", x,
                        y1, x, y2, View(style));
}

void SvgCanvas::BeginGroup(std::string_view style, std::string_view tooltip) {
  out_ += "<g";
  if (!style.empty()) absl::StrAppend(&out_, " class=\"", View(style), "\"");
  out_ += ">";
  Title(tooltip);
  out_ += "\n";
}

void SvgCanvas::EndGroup() { out_ += "</g>\n"; }

std::string SvgCanvas::Finish() && {
  out_ += "</svg>\n";
  return std::move(out_);
}

}  // namespace khofuzz
