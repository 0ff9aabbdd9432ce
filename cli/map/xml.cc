#include "cli/map/xml.h"

namespace khofuzz {

std::string EscapeXml(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c == '\n' || c == '\t' || (c >= 0x20 && c < 0x7f) ? c : '?';
    }
  }
  return escaped;
}

}  // namespace khofuzz
