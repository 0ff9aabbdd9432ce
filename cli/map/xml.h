// Text within XML and HTML.
#ifndef KHOFUZZ_CLI_MAP_XML_H_
#define KHOFUZZ_CLI_MAP_XML_H_

#include <string>
#include <string_view>

namespace khofuzz {

// `text` as character data and attributes take it; what is not printable ASCII, which may come from
// a hostile FDT and need not even be UTF-8, as '?'.
std::string EscapeXml(std::string_view text);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_MAP_XML_H_
