// Texts that others chose, names of files above all, need not be text.
#ifndef KHOFUZZ_SYSTEM_UTF8_H_
#define KHOFUZZ_SYSTEM_UTF8_H_

#include <cstddef>
#include <string_view>

namespace khofuzz {

// Bytes of the character that `text`, which is not empty, begins with; 0 if it is not UTF-8, or a
// control character of more than one byte.
size_t Utf8Length(std::string_view text);

}  // namespace khofuzz

#endif  // KHOFUZZ_SYSTEM_UTF8_H_
