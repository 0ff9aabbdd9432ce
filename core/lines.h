// Text as lines.
#ifndef KHOFUZZ_CORE_LINES_H_
#define KHOFUZZ_CORE_LINES_H_

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

namespace khofuzz {

// The lines of `text`, without what ends them; the last may lack its newline. They point into it.
inline std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_LINES_H_
