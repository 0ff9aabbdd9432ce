// Pieces that reports are made of.
#ifndef KHOFUZZ_CLI_LINUX_REPORT_PARTS_H_
#define KHOFUZZ_CLI_LINUX_REPORT_PARTS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace khofuzz {

// "1,234,567"
std::string Grouped(uint64_t n);

// "1 scenario", "1,234 scenarios"
std::string Counted(uint64_t n, std::string_view of);

// Lines of at most 72 columns, as mails have them, the first indented by `first`, the others by
// `rest`. A word that is longer stays whole.
std::string Wrapped(std::string_view text, size_t first, size_t rest);

// Every line moved to the right.
std::string Indented(std::string_view text, size_t by);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_LINUX_REPORT_PARTS_H_
