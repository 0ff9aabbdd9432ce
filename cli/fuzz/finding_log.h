// The findings of one search: each once, on disk before anybody hears of it.
#ifndef KHOFUZZ_CLI_FUZZ_FINDING_LOG_H_
#define KHOFUZZ_CLI_FUZZ_FINDING_LOG_H_

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cli/fuzz/finding.h"

namespace khofuzz {

class FindingLog {
 public:
  struct Entry {
    Finding finding;
    std::filesystem::path path;
    size_t times = 1;  // that it was come upon
  };

  // `folder` takes the files. Asked whether a finding of an earlier run that is on disk still
  // fails, `still_fails` decides whether it may stay there in place of one that is not as simple.
  FindingLog(std::filesystem::path folder, std::function<bool(const Finding&)> still_fails)
      : folder_(std::move(folder)), still_fails_(std::move(still_fails)) {}

  enum class News { kNew, kSimpler, kKnown };
  struct Added {
    News news;
    const Entry* entry;  // valid until the next Add()
    absl::Status saved;  // if not OK, the finding is known here alone
  };
  Added Add(const Finding& finding);

  const std::vector<Entry>& entries() const { return entries_; }
  size_t CountOf(const Target& target) const;

 private:
  std::filesystem::path folder_;
  std::function<bool(const Finding&)> still_fails_;
  std::vector<Entry> entries_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_FUZZ_FINDING_LOG_H_
