// The invariants in the words of kernel developers, for those who get a report.
#ifndef KHOFUZZ_CLI_REPORT_INVARIANT_WORDS_H_
#define KHOFUZZ_CLI_REPORT_INVARIANT_WORDS_H_

#include <string>
#include <string_view>

namespace khofuzz {

struct InvariantWords {
  std::string subject;  // what is wrong, for a subject line; no capital, no full stop
  std::string must;     // what must hold
  std::string impact;   // what a user of the kernel loses, one sentence
};

// Of an invariant's slug, or of how a process ended (kCrash and its like).
InvariantWords WordsOf(std::string_view invariant);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_REPORT_INVARIANT_WORDS_H_
