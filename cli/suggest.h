// "Did you mean" for the command line, in one place for all commands.
#ifndef KHOFUZZ_CLI_SUGGEST_H_
#define KHOFUZZ_CLI_SUGGEST_H_

#include <CLI/CLI.hpp>
#include <string>

namespace khofuzz {

// After app.parse() has thrown: "'plam' is not known; did you mean 'plan'?" for the first of the
// words left over that is near to a command, or an option, of the command that it was given to. ""
// where none is.
std::string SuggestionFor(const CLI::App& app);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_SUGGEST_H_
