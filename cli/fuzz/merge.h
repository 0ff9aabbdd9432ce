// Taking what a search has learned back into the repository.
#ifndef KHOFUZZ_CLI_FUZZ_MERGE_H_
#define KHOFUZZ_CLI_FUZZ_MERGE_H_

#include <cstddef>
#include <filesystem>
#include <functional>

#include "absl/status/statusor.h"
#include "cli/fuzz/worker.h"
#include "scenario/language/targets.h"

namespace khofuzz {

// Adds to <search.corpus>/seeds/TARGET the fewest inputs of the target's corpus that reach code the
// seeds there do not, as canonical text, and returns how many. Files there are never changed or
// removed. Unavailable if that cannot be done, or `stop` ended it.
absl::StatusOr<size_t> MergeCorpus(const Search& search, const Target& target,
                                   const std::function<bool()>& stop);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_FUZZ_MERGE_H_
