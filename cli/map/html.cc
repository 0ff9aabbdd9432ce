#include <string>

#include "absl/strings/str_cat.h"
#include "cli/map/svg.h"
#include "cli/map/xml.h"

namespace khofuzz {
namespace {

constexpr const char* kPageStyle = R"(
body { margin: 24px auto; max-width: 1280px; padding: 0 16px; color: #222; background: #fff;
       font: 14px/1.45 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
/* The drawing has a margin of its own; on a narrow screen it scrolls. */
#map { margin-left: -24px; overflow-x: auto; }
svg { width: 100%; min-width: 900px; height: auto; }
svg .layer *:hover { outline: 2px solid #111; }
#tools { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 8px 0; }
#tools label { cursor: pointer; }
#here { white-space: pre; min-height: 5.8em; padding: 8px 12px; background: #f4f4f4;
        border-left: 4px solid #2f6fab; font: 13px/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
table { border-collapse: collapse; margin-top: 16px; }
td { padding: 3px 24px 3px 0; border-bottom: 1px solid #e3e3e3; vertical-align: top; }
td:last-child { font-family: ui-monospace, "DejaVu Sans Mono", monospace; white-space: pre-wrap;
                overflow-wrap: anywhere; }
)";

// Layers become check boxes, and the title of what is under the pointer is spelled out below the
// drawing.
constexpr const char* kScript = R"(
const tools = document.getElementById('tools');
const here = document.getElementById('here');
const idle = here.textContent;
const names = { extended: 'extended scratch', tree: 'tree pages', blocks: 'extension blocks',
                violation: 'violations', mark: 'marks' };
for (const layer of document.querySelectorAll('svg .layer')) {
  if (!layer.children.length) continue;
  const label = document.createElement('label');
  const box = document.createElement('input');
  box.type = 'checkbox';
  box.checked = true;
  box.onchange = () => { layer.style.display = box.checked ? '' : 'none'; };
  const name = layer.classList[1].replace('-layer', '');
  label.append(box, ' ' + (names[name] ?? name));
  tools.append(label);
}
document.querySelector('svg').onmousemove = (event) => {
  let at = event.target;
  while (at && at.tagName !== 'svg') {
    const title = at.querySelector(':scope > title');
    if (title) { here.textContent = title.textContent; return; }
    at = at.parentNode;
  }
  here.textContent = idle;
};
)";

}  // namespace

std::string RenderHtml(const MemoryMap& map) {
  const std::string title = EscapeXml(map.title);
  std::string page =
      absl::StrCat("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>",
                   title, "</title>\n<style>", kPageStyle, "</style>\n</head>\n<body>\n");
  absl::StrAppend(&page, "<div id=\"map\">\n", RenderSvg(map), "</div>\n<div id=\"tools\"></div>\n",
                  "<div id=\"here\">Point at something to read what it is.</div>\n");
  if (!map.facts.empty()) {
    page += "<table>\n";
    for (const MemoryMap::Fact& fact : map.facts) {
      absl::StrAppend(&page, "<tr><td>", EscapeXml(fact.name), "</td><td>", EscapeXml(fact.value),
                      "</td></tr>\n");
    }
    page += "</table>\n";
  }
  absl::StrAppend(&page, "<script>", kScript, "</script>\n</body>\n</html>\n");
  return page;
}

}  // namespace khofuzz
