// Text within XML and HTML.
#ifndef KHOFUZZ_CLI_MAP_XML_H_
#define KHOFUZZ_CLI_MAP_XML_H_

#include <string>
#include <string_view>

namespace khofuzz {

// `text` as character data and attributes take it; control characters, and bytes that are not
// UTF-8, which a hostile FDT may have, as '?'.
std::string EscapeXml(std::string_view text);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_MAP_XML_H_
