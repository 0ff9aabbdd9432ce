// Reading line-based text nobody vouches for. Errors say "file:line: expected ..., found ...".
#ifndef KHOFUZZ_CLI_CAPTURE_TEXT_H_
#define KHOFUZZ_CLI_CAPTURE_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace khofuzz {

// Walks the lines of a text and remembers where it is.
class LineReader {
 public:
  // `file` is the name that errors give; `text` must outlive the reader.
  LineReader(std::string_view file, std::string_view text) : file_(file), rest_(text) {}

  // Moves to the next line; false at the end. A last line without a newline counts.
  bool Next();
  // The current line without its end.
  std::string_view line() const { return line_; }
  // 1 for the first line, 0 before it.
  size_t number() const { return number_; }

  // InvalidArgument: "<file>:<number>: expected <expected>, found '<line>'".
  absl::Status Expected(std::string_view expected) const;
  // InvalidArgument: "<file>:<number>: <problem>".
  absl::Status Problem(std::string_view problem) const;

 private:
  std::string_view file_;
  std::string_view rest_;
  std::string_view line_;
  size_t number_ = 0;
};

// The blank-separated words of a line.
std::vector<std::string_view> Words(std::string_view line);

// All of `text` as a number: decimal, or hexadecimal after "0x". nullopt for anything else and for
// numbers beyond 64 bits.
std::optional<uint64_t> ParseNumber(std::string_view text);
// The number after `prefix`: ParseField("max=128", "max=") is 128.
std::optional<uint64_t> ParseField(std::string_view text, std::string_view prefix);

// `text` fit for an error message: cut to a readable length, unprintable bytes as '?'.
std::string Quoted(std::string_view text);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_CAPTURE_TEXT_H_
