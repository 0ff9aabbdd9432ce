#include "cli/map/xml.h"

#include <algorithm>

#include "system/utf8.h"

namespace khofuzz {
namespace {

// What stands for the character that `text` begins with, of `length` bytes; 0 if it is none.
std::string_view Escaped(std::string_view text, size_t length) {
  switch (text[0]) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\n':
    case '\t':
      return text.substr(0, 1);
    default:
      break;
  }
  // XML has no way to say a control character.
  if (length == 0 || (length == 1 && (text[0] < 0x20 || text[0] == 0x7f))) return "?";
  return text.substr(0, length);
}

}  // namespace

std::string EscapeXml(std::string_view text) {
  std::string escaped;
  while (!text.empty()) {
    const size_t length = Utf8Length(text);
    escaped += Escaped(text, length);
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return escaped;
}

}  // namespace khofuzz
