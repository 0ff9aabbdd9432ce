#include "linux/build/source_text.h"

#include <algorithm>
#include <cctype>
#include <cstring>

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

constexpr std::string_view kBlanks = " \t\n\r";

// What a function's name or a declared one may follow: a type, which ends in a word or a star.
bool FollowsType(std::string_view code, size_t at) {
  const size_t last = code.substr(0, at).find_last_not_of(kBlanks);
  if (last == std::string_view::npos) return false;
  if (code[last] == '*') return true;
  if (!IsWordChar(code[last])) return false;
  size_t begin = last;
  while (begin > 0 && IsWordChar(code[begin - 1])) --begin;
  const std::string_view word = code.substr(begin, last + 1 - begin);
  return word != "return" && word != "else" && word != "do" && word != "goto" && word != "case";
}

// Whether it is what an #define on its line defines.
bool IsMacro(std::string_view code, size_t at) {
  const size_t line = code.substr(0, at).rfind('\n') + 1;
  std::string_view rest = code.substr(line, at - line);
  return TakeWord(rest, "#") && TakeWord(rest, "define") && WithoutLeadingBlanks(rest).empty();
}

size_t SkipBlanks(std::string_view code, size_t at) {
  return std::min(code.find_first_not_of(kBlanks, at), code.size());
}

// Behind the parenthesis that closes the one at `at`; the code's end if none does.
size_t SkipParentheses(std::string_view code, size_t at) {
  size_t depth = 0;
  for (; at < code.size(); ++at) {
    if (code[at] == '(') ++depth;
    if (code[at] == ')' && --depth == 0) return at + 1;
  }
  return at;
}

// What follows the parameters of a function named at `at` and its attributes: '{', ';' or another
// character; 0 if no parameters do.
char BehindParameters(std::string_view code, size_t end_of_name) {
  size_t at = SkipBlanks(code, end_of_name);
  if (at == code.size() || code[at] != '(') return 0;
  at = SkipBlanks(code, SkipParentheses(code, at));
  while (at < code.size() && (IsWordChar(code[at]) || code[at] == '(')) {
    const size_t next = code[at] == '(' ? SkipParentheses(code, at) : at + 1;
    at = SkipBlanks(code, next);
  }
  return at < code.size() ? code[at] : '\0';
}

// Where `text` is in the code from `from` on; the code's end if it is not. find() goes by the first
// letter, of which C has many.
size_t Find(std::string_view code, std::string_view text, size_t from) {
  const void* const found =
      memmem(code.data() + from, code.size() - from, text.data(), text.size());
  return found == nullptr ? code.size()
                          : static_cast<size_t>(static_cast<const char*>(found) - code.data());
}

// Calls fn(offset) for each time that the word is in the code, until it returns true; whether it
// did.
template <typename Fn>
bool AnyWord(std::string_view code, std::string_view word, Fn fn) {
  for (size_t at = Find(code, word, 0); at < code.size(); at = Find(code, word, at + 1)) {
    const size_t end = at + word.size();
    const bool whole =
        (at == 0 || !IsWordChar(code[at - 1])) && (end == code.size() || !IsWordChar(code[end]));
    if (whole && fn(at)) return true;
  }
  return false;
}

// What the parentheses at `open` hold, between the commas that are in no others.
std::vector<std::string> ParametersAt(std::string_view code, size_t open) {
  const size_t close = SkipParentheses(code, open) - 1;
  std::vector<std::string> parameters(1);
  size_t depth = 0;
  for (size_t at = open + 1; at < close; ++at) {
    std::string& text = parameters.back();
    const bool blank = kBlanks.find(code[at]) != std::string_view::npos;
    if (code[at] == '(') ++depth;
    if (code[at] == ')') --depth;
    if (code[at] == ',' && depth == 0) {
      parameters.emplace_back();
    } else if (!blank) {
      text += code[at];
    } else if (!text.empty() && text.back() != ' ') {
      text += ' ';
    }
  }
  for (std::string& text : parameters) {
    if (text.ends_with(' ')) text.pop_back();
  }
  if (parameters.size() == 1 && (parameters[0].empty() || parameters[0] == "void")) return {};
  return parameters;
}

}  // namespace

std::string WithoutComments(std::string_view source) {
  std::string code;
  code.reserve(source.size());
  for (size_t i = 0; i < source.size();) {
    const size_t plain = std::min(source.find_first_of("/\"'", i), source.size());
    code.append(source.substr(i, plain - i));
    if ((i = plain) == source.size()) break;
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
      const size_t end = source[i] == '/' ? i + 1 : EndOfLiteral(source, i);
      code.append(source.substr(i, end - i));
      i = end;
    }
  }
  return code;
}

bool Mentions(std::string_view source, std::string_view text) {
  return Find(source, text, 0) < source.size();
}

bool HasWord(std::string_view code, std::string_view identifier) {
  return AnyWord(code, identifier, [](size_t) { return true; });
}

std::optional<size_t> DefinitionOf(std::string_view code, std::string_view name) {
  size_t found = 0;
  const bool any = AnyWord(code, name, [&](size_t at) {
    found = at;
    return FollowsType(code, at) && !IsMacro(code, at) &&
           BehindParameters(code, at + name.size()) == '{';
  });
  return any ? std::optional(found) : std::nullopt;
}

std::optional<size_t> DeclarationOf(std::string_view code, std::string_view name) {
  size_t found = 0;
  const bool any = AnyWord(code, name, [&](size_t at) {
    found = at;
    if (IsMacro(code, at)) return true;
    if (!FollowsType(code, at)) return false;
    const char parameters = BehindParameters(code, at + name.size());
    if (parameters != 0) return parameters == ';' || parameters == '{';
    const size_t next = SkipBlanks(code, at + name.size());
    return next < code.size() && std::string_view("{;=[").find(code[next]) != std::string::npos;
  });
  return any ? std::optional(found) : std::nullopt;
}

std::vector<FunctionText> FunctionsOf(std::string_view code) {
  std::vector<FunctionText> functions;
  for (size_t open = code.find('('); open != std::string_view::npos;
       open = code.find('(', open + 1)) {
    size_t begin = open;
    while (begin > 0 && IsWordChar(code[begin - 1])) --begin;
    const std::string_view name = code.substr(begin, open - begin);
    if (name.empty() || name == "if" || name == "for" || name == "while" || name == "switch") {
      continue;
    }
    if (!FollowsType(code, begin) || IsMacro(code, begin)) continue;
    if (BehindParameters(code, open) != '{') continue;
    // From the end of what comes before it: a type, and what else is said of it.
    const size_t before = code.substr(0, begin).find_last_of(";}#");
    const size_t from = before == std::string_view::npos ? 0 : before + 1;
    functions.push_back({std::string(name), HasWord(code.substr(from, begin - from), "static"),
                         ParametersAt(code, open)});
  }
  return functions;
}

std::vector<std::string> ExportedFunctions(std::string_view code) {
  std::vector<std::string> names;
  for (FunctionText& function : FunctionsOf(code)) {
    if (!function.is_static) names.push_back(std::move(function.name));
  }
  return names;
}

size_t LineOf(std::string_view text, size_t offset) {
  return 1 + static_cast<size_t>(std::ranges::count(text.substr(0, offset), '\n'));
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
