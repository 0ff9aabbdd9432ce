// The findings of a run, for people, at its end.
#ifndef KHOFUZZ_CLI_FUZZ_LIST_FINDINGS_H_
#define KHOFUZZ_CLI_FUZZ_LIST_FINDINGS_H_

#include <string>
#include <vector>

#include "cli/fuzz/finding_log.h"

namespace khofuzz {

// ", 1 seen in an earlier run, 2 that linux-7.3 has too": to stand behind their number.
std::string OfWhichOld(const std::vector<FindingLog::Entry>& entries);
// Each with its cause, how to see it again and have a report, and the files of other ways to see
// it.
std::string ListFindings(const std::vector<FindingLog::Entry>& entries);
// The files of an entry's variants but the first, one a line after `indent`: "2 more ways to see
// it:", then invariant, target, op lines and file of each. Empty if there are none.
std::string ListWays(const FindingLog::Entry& entry, const std::string& indent);

// What booted kernels have shown of it, or the command that asks one, each on a line after
// `indent`.
std::string ListBooted(const FindingLog::Entry& entry, const std::string& indent);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_FUZZ_LIST_FINDINGS_H_
