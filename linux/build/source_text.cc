#include "linux/build/source_text.h"

#include <algorithm>
#include <cctype>

namespace khofuzz {
namespace {

bool IsWordChar(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Where the string or character literal that starts at `begin` ends. A line ends it as well: the
// apostrophe of an #error's text starts no literal.
size_t EndOfLiteral(std::string_view source, size_t begin) {
  for (size_t i = begin + 1; i < source.size(); ++i) {
    if (source[i] == '\\') {
      ++i;
    } else if (source[i] == source[begin] || source[i] == '\n') {
      return i + 1;
    }
  }
  return source.size();
}

std::string_view WithoutLeadingBlanks(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return text;
}

// Takes `word` and the blanks before it off the front of `text`.
bool TakeWord(std::string_view& text, std::string_view word) {
  const std::string_view rest = WithoutLeadingBlanks(text);
  if (!rest.starts_with(word)) return false;
  text = rest.substr(word.size());
  return true;
}

}  // namespace

std::string WithoutComments(std::string_view source) {
  std::string code;
  code.reserve(source.size());
  for (size_t i = 0; i < source.size();) {
    const std::string_view rest = source.substr(i);
    if (rest.starts_with("//")) {
      i = std::min(source.find('\n', i), source.size());
      code += ' ';
    } else if (rest.starts_with("/*")) {
      const size_t close = source.find("*/", i + 2);
      const size_t end = close == std::string_view::npos ? source.size() : close + 2;
      code += ' ';
      code.append(static_cast<size_t>(std::ranges::count(source.substr(i, end - i), '\n')), '\n');
      i = end;
    } else {
      const bool literal = source[i] == '"' || source[i] == '\'';
      const size_t end = literal ? EndOfLiteral(source, i) : i + 1;
      code.append(source.substr(i, end - i));
      i = end;
    }
  }
  return code;
}

bool HasWord(std::string_view code, std::string_view identifier) {
  for (size_t at = code.find(identifier); at != std::string_view::npos;
       at = code.find(identifier, at + 1)) {
    const size_t end = at + identifier.size();
    if ((at == 0 || !IsWordChar(code[at - 1])) && (end == code.size() || !IsWordChar(code[end]))) {
      return true;
    }
  }
  return false;
}

std::vector<Include> IncludesOf(std::string_view code) {
  std::vector<Include> includes;
  for (size_t begin = 0; begin < code.size();) {
    const size_t end = std::min(code.find('\n', begin), code.size());
    std::string_view line = code.substr(begin, end - begin);
    begin = end + 1;
    if (!TakeWord(line, "#") || !TakeWord(line, "include")) continue;
    line = WithoutLeadingBlanks(line);
    if (!line.starts_with('<') && !line.starts_with('"')) continue;
    const bool quoted = line[0] == '"';
    const size_t close = line.find(quoted ? '"' : '>', 1);
    if (close == std::string_view::npos) continue;
    includes.push_back({std::string(line.substr(1, close - 1)), quoted});
  }
  return includes;
}

}  // namespace khofuzz
