// Named designs: a kernel release, or a position somebody took, as the quirks that make it up.
#ifndef KHOFUZZ_CORE_DESIGNS_NAMED_H_
#define KHOFUZZ_CORE_DESIGNS_NAMED_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/designs/design.h"

namespace khofuzz {

struct NamedDesign {
  std::string_view name;  // as the command line and file names spell it; no quirk has it
  std::string_view what;  // one sentence: which algorithms these are
  std::string_view
      source;  // the kernel release, or docs/bugs.md#thread-NAME: the thread they come from
  Design design;
  // The invariants it is expected to break, by slug; empty: all are expected to hold. Not always
  // what its quirks break one by one: one may make up for another.
  std::vector<std::string_view> breaks;
  // What a release's tree was measured as, by `khofuzz linux design`: core/designs/NAME.inc.
  bool measured = false;
};

// All of them, in the order they are shown.
std::span<const NamedDesign> NamedDesigns();
// The name of the first that is `design`, or else the names of its quirks (Design::Name()).
std::string NameOf(const Design& design);
// In the words of the measured design that is nearest, or of intended: "as linux-7.3, with A and B,
// without C"; "intended"; "A and B".
std::string Described(const Design& design);
// The same where a name is wanted: "linux-7.3", "linux-7.3 (with blocks-span-nodes)"; NameOf()
// where none is nearer than intended.
std::string ShortName(const Design& design);
// Null if there is none of that name, nor was one called so before.
const NamedDesign* FindNamedDesign(std::string_view name);

// A design's name in files and scripts written before designs were named after what was proposed.
struct FormerName {
  std::string_view was;
  std::string_view is;
};
std::span<const FormerName> FormerNames();
// For each former name among `names`, which Design::Parse() or Lineage::Parse() takes: "seed0-final
// is called scratch-init-local-checks now", joined by "; ". Empty if there is none.
std::string RenamingHint(std::string_view names);

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_DESIGNS_NAMED_H_
