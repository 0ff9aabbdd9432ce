// What of the judge's page does not depend on the outcome: style, legend, script.
#ifndef KHOFUZZ_CLI_JUDGE_HTML_PARTS_H_
#define KHOFUZZ_CLI_JUDGE_HTML_PARTS_H_

namespace khofuzz {

inline constexpr const char* kJudgePageHead = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>khofuzz judge</title>
<style>
body { margin: 24px; color: #222; background: #fff;
       font: 14px/1.45 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
pre, code { font: 13px/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
pre { padding: 8px 12px; background: #f4f4f4; border-left: 4px solid #2f6fab;
      white-space: pre-wrap; max-width: 1240px; }
table { border-collapse: collapse; }
th, td { padding: 2px 8px; border: 1px solid #e3e3e3; text-align: left; font-weight: normal; }
tr:hover th, tr:hover td { border-bottom-color: #888; }
th.invariant { vertical-align: bottom; padding: 6px 2px; text-align: left; }
th.invariant span { writing-mode: vertical-rl; transform: rotate(180deg); }
td.number { text-align: right; }
td.none { color: #bbb; text-align: center; }
td.holds { background: #e4f3e4; color: #678f67; font-size: 11px; }
td.unseen { color: #888; font-size: 11px; }
td.breaks { background: #f7c9a9; text-align: center; }
td.finding { background: #e53935; text-align: center; }
td button { font: inherit; font-weight: bold; width: 100%; border: 0; background: none;
            cursor: pointer; text-decoration: underline; }
td button.shown { outline: 2px solid #111; }
tr[data-outcome="not caught"] th { background: #fff3b0; }
tr[data-outcome="BREAKS"] th { background: #e53935; color: #fff; }
figure { margin: 16px 0; max-width: 1240px; }
figcaption { font-weight: bold; }
svg { width: 100%; height: auto; }
</style>
</head>
<body>
)";

inline constexpr const char* kJudgePageLegend =
    R"(<p>A line is a design, a column an invariant.</p>
<table>
<tr><td class="breaks"><b>3</b></td><td>It breaks; the shortest counterexample has 3 op lines. Click
the number to see it, its story and the machine.</td></tr>
<tr><td class="holds">1.2k</td><td>It holds, and what it is about came up so often.</td></tr>
<tr><td class="unseen">12</td><td>Not seen to break, so many times, on a design that breaks
something else: its runs end where it breaks, so it has not been shown to hold.</td></tr>
<tr><td class="none">&middot;</td><td>Untested: what it is about never came up.</td></tr>
</table>
<p>Point at a name, an invariant or a cell to read more. Costs and the outcome in words are below.</p>
)";

inline constexpr const char* kJudgePageTail = R"(<script>
const detail = document.getElementById('detail');
for (const button of document.querySelectorAll('button[data-show]')) {
  button.onclick = () => {
    for (const other of document.querySelectorAll('button.shown')) other.classList.remove('shown');
    button.classList.add('shown');
    detail.replaceChildren(document.getElementById(button.dataset.show).content.cloneNode(true));
    detail.scrollIntoView({behavior: 'smooth'});
    history.replaceState(null, '', '#' + button.dataset.show);
  };
}
if (location.hash) {
  const button = document.querySelector(`button[data-show="${CSS.escape(location.hash.slice(1))}"]`);
  if (button) button.click();
}
</script>
</body>
</html>
)";

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_JUDGE_HTML_PARTS_H_
