// A table of texts, for a terminal, for Markdown and for a page: the three say the same.
#ifndef KHOFUZZ_CLI_JUDGE_GRID_H_
#define KHOFUZZ_CLI_JUDGE_GRID_H_

#include <string>
#include <vector>

namespace khofuzz {

struct Grid {
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> lines{};  // each as long as the head

  bool empty() const { return lines.empty(); }
};

// Columns as wide as they must be, no wider.
std::string GridText(const Grid& grid);
// As Markdown has tables. What is in the first column is a name: code.
std::string GridMarkdown(const Grid& grid);
// A <table>.
std::string GridHtml(const Grid& grid);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_JUDGE_GRID_H_
