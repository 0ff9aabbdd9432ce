#include "scenario/explaining/side_by_side.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

namespace khofuzz {
namespace {

using LineList = std::vector<const StoryLine*>;
using Marks = std::set<const StoryLine*>;

// A moment, and what of the memory is changed there.
using Key = std::tuple<uint64_t, size_t, int, PageAspect>;

int PhaseNumber(const StoryLine& line) {
  constexpr int kRuns = 0xff;
  return line.phase.has_value() ? static_cast<int>(*line.phase) : kRuns;
}

std::map<Key, LineList> ByMoment(const Story& story) {
  std::map<Key, LineList> lines;
  for (const StoryLine& line : story.lines) {
    if (line.aspect == PageAspect::kNothing) continue;
    lines[{line.kernel, line.op, PhaseNumber(line), line.aspect}].push_back(&line);
  }
  return lines;
}

// common[i][j]: how many of a from i on can stand beside those of b from j on, in order.
template <typename Same>
std::vector<std::vector<size_t>> Common(const LineList& a, const LineList& b, Same same) {
  std::vector<std::vector<size_t>> common(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = a.size(); i-- > 0;) {
    for (size_t j = b.size(); j-- > 0;) {
      common[i][j] = same(*a[i], *b[j]) ? common[i + 1][j + 1] + 1
                                        : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  return common;
}

bool SameEffect(const StoryLine& a, const StoryLine& b) { return a.effect == b.effect; }

// Of one page, or pages alike: what one does and the other does not, or not in this order.
void MarkInOrder(const LineList& a, const LineList& b, Marks& marks) {
  const auto common = Common(a, b, SameEffect);
  size_t i = 0;
  size_t j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && SameEffect(*a[i], *b[j])) {
      ++i, ++j;
    } else if (j == b.size() || (i < a.size() && common[i + 1][j] >= common[i][j + 1])) {
      marks.insert(a[i++]);
    } else {
      marks.insert(b[j++]);
    }
  }
}

// Of all memory: where the sums of an effect differ, those who do not add the same to it.
void MarkSums(const LineList& a, const LineList& b, Marks& marks) {
  std::map<std::string, std::pair<LineList, LineList>> by_effect;
  for (const StoryLine* line : a) by_effect[line->effect].first.push_back(line);
  for (const StoryLine* line : b) by_effect[line->effect].second.push_back(line);
  const auto sum = [](const LineList& lines) {
    uint64_t pages = 0;
    for (const StoryLine* line : lines) pages += line->pages;
    return pages;
  };
  const auto mark = [&marks](const LineList& mine, const LineList& others) {
    bool any = false;
    for (const StoryLine* line : mine) {
      const bool same = std::ranges::any_of(others, [line](const StoryLine* other) {
        return other->function == line->function && other->pages == line->pages;
      });
      if (same) continue;
      any = true;
      marks.insert(line);
    }
    if (!any) marks.insert(mine.begin(), mine.end());
  };
  for (const auto& [effect, lines] : by_effect) {
    const auto& [mine, others] = lines;
    if (sum(mine) == sum(others) && mine.empty() == others.empty()) continue;
    mark(mine, others);
    mark(others, mine);
  }
}

Marks Differences(const Story& left, const Story& right) {
  std::map<Key, std::pair<LineList, LineList>> moments;
  for (auto& [key, lines] : ByMoment(left)) moments[key].first = std::move(lines);
  for (auto& [key, lines] : ByMoment(right)) moments[key].second = std::move(lines);
  Marks marks;
  for (const auto& [key, lines] : moments) {
    if (left.focus.pages.has_value()) {
      MarkInOrder(lines.first, lines.second, marks);
    } else {
      MarkSums(lines.first, lines.second, marks);
    }
  }
  return marks;
}

bool Alike(const StoryLine& a, const StoryLine& b) {
  if (!a.SameMoment(b) || a.aspect != b.aspect || a.look != b.look) return false;
  if (a.aspect == PageAspect::kNothing) return a.function == b.function && a.what == b.what;
  return SameEffect(a, b);
}

bool Earlier(const StoryLine& a, const StoryLine& b) {
  const auto when = [](const StoryLine& line) {
    return std::tuple(line.kernel, line.op, PhaseNumber(line), line.look);
  };
  return when(a) < when(b);
}

// LineList between two that stand beside each other: those of the left first, moment by moment.
void PutBetween(const LineList& left, const LineList& right, std::vector<StoryRow>& rows) {
  auto l = left.begin();
  auto r = right.begin();
  while (l != left.end() || r != right.end()) {
    if (r == right.end() || (l != left.end() && !Earlier(**r, **l))) {
      rows.push_back({*l++, nullptr, false});
    } else {
      rows.push_back({nullptr, *r++, false});
    }
  }
}

LineList All(const Story& story) {
  LineList lines;
  for (const StoryLine& line : story.lines) lines.push_back(&line);
  return lines;
}

}  // namespace

std::vector<StoryRow> SideBySide(const Story& left, const Story& right) {
  const LineList a = All(left);
  const LineList b = All(right);
  const auto common = Common(a, b, Alike);
  std::vector<StoryRow> rows;
  LineList only_left;
  LineList only_right;
  size_t i = 0;
  size_t j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && Alike(*a[i], *b[j])) {
      PutBetween(std::exchange(only_left, {}), std::exchange(only_right, {}), rows);
      rows.push_back({a[i++], b[j++], false});
    } else if (j == b.size() || (i < a.size() && common[i + 1][j] >= common[i][j + 1])) {
      only_left.push_back(a[i++]);
    } else {
      only_right.push_back(b[j++]);
    }
  }
  PutBetween(only_left, only_right, rows);
  if (!right.told) return rows;
  const Marks marks = Differences(left, right);
  for (StoryRow& row : rows) row.differs = marks.contains(row.left) || marks.contains(row.right);
  return rows;
}

namespace {

using PageAspects = std::vector<PageAspect>;

// What an invariant is about itself.
PageAspects AboutOf(Invariant invariant) {
  switch (invariant) {
    case Invariant::kScratchIsCma:
      return {PageAspect::kType};
    case Invariant::kInitOnce:
    case Invariant::kBuddySeesInit:
      return {PageAspect::kInit, PageAspect::kReserved};
    case Invariant::kHeadSurvives:
      return {PageAspect::kMagic, PageAspect::kInit};
    case Invariant::kRoundTrip:
      return {PageAspect::kMagic, PageAspect::kCount};
    case Invariant::kBootmemUnpreserved:
      return {PageAspect::kPreserved, PageAspect::kScratch, PageAspect::kBootmem};
    case Invariant::kHandoverUntouched:
      return {PageAspect::kBuddy, PageAspect::kMemblock};
    case Invariant::kFreeOnce:
      return {PageAspect::kBuddy};
    case Invariant::kAccounting:
      return {PageAspect::kManaged};
    case Invariant::kTreeIsSet:
    case Invariant::kUndo:
      return {PageAspect::kPreserved};
    case Invariant::kBootCompletes:
      return {PageAspect::kRefused};
    case Invariant::kScratchShape:
      return {PageAspect::kBootmem};
    case Invariant::kKernelRuns:
      return {PageAspect::kStop};
    default:
      return {};
  }
}

// What a difference of decides: an invariant may break for whatever was done to the page before.
// But what is extended makes no difference as long as nobody is given it, and who is given it is
// told; and page counts are told by some kernels where others do not.
bool MayDecide(PageAspect aspect, Invariant invariant) {
  // Whoever stops it, and not what else is different by then.
  if (invariant == Invariant::kKernelRuns) return aspect == PageAspect::kStop;
  switch (aspect) {
    case PageAspect::kNothing:
      return false;
    case PageAspect::kScratch:
      return invariant == Invariant::kBootmemUnpreserved || invariant == Invariant::kUndo;
    case PageAspect::kCount:
      return invariant == Invariant::kRoundTrip;
    case PageAspect::kStop:
      return invariant == Invariant::kBootCompletes;
    default:
      return true;
  }
}

const StoryLine& Either(const StoryRow& row) {
  return row.left != nullptr ? *row.left : *row.right;
}

}  // namespace

const StoryRow* DecidingRow(const std::vector<StoryRow>& rows, Invariant invariant) {
  const auto decides = [invariant](const StoryRow& row) {
    return row.differs && MayDecide(Either(row).aspect, invariant);
  };
  // Rows are in the order of the moments.
  const auto first = std::ranges::find_if(rows, decides);
  if (first != rows.end()) {
    const auto done = std::find_if(first, rows.end(), [&](const StoryRow& row) {
      return decides(row) && row.left != nullptr && row.left->SameMoment(Either(*first));
    });
    return done != rows.end() ? &*done : &*first;
  }
  const bool beside =
      std::ranges::any_of(rows, [](const StoryRow& row) { return row.right != nullptr; });
  // Where another part of the page was allocated already, it stays as reserved as it was.
  const auto allocated = std::find_if(rows.rbegin(), rows.rend(), [](const StoryRow& row) {
    return row.left != nullptr && row.right == nullptr && row.left->what == kMemblockAllocated;
  });
  if (beside && allocated != rows.rend()) return &*allocated;
  const PageAspects about = AboutOf(invariant);
  const StoryRow* last = nullptr;
  for (const StoryRow& row : rows) {
    if (row.left == nullptr) continue;
    if (row.left->breaks && !row.left->look && !row.left->function.empty()) return &row;
    if (std::ranges::find(about, row.left->aspect) != about.end()) last = &row;
    if (row.left->breaks) break;
  }
  return last;
}

}  // namespace khofuzz
