#include "core/closest.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

namespace khofuzz {
namespace {

// Levenshtein distance: insertions, deletions and substitutions that turn `a` into `b`. `row` is
// room to work in.
size_t EditDistance(std::string_view a, std::string_view b, std::vector<size_t>& row) {
  row.resize(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string DidYouMean(std::string_view given, std::span<const std::string_view> names,
                       size_t most) {
  // No name is as long as this; a longer text need not be compared letter by letter.
  constexpr size_t kLongestName = 80;
  if (given.size() > kLongestName || names.empty()) return "";
  std::vector<size_t> row;
  std::string_view nearest;
  size_t least = std::numeric_limits<size_t>::max();
  for (const std::string_view name : names) {
    // The difference in length alone may say that it is no nearer.
    const size_t longer = std::max(given.size(), name.size());
    if (longer - std::min(given.size(), name.size()) >= least) continue;
    const size_t distance = EditDistance(given, name, row);
    if (distance >= least) continue;
    least = distance;
    nearest = name;
  }
  if (least > most || 2 * least > std::max(given.size(), nearest.size())) return "";
  return "; did you mean '" + std::string(nearest) + "'?";
}

}  // namespace khofuzz
