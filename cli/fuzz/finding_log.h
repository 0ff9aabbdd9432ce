// The findings of one search, merged by cause (CauseOf()): each is on disk before anybody hears of
// it, and what earlier runs have left in the folder is known.
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
  // One way to see a cause: its target, invariant and what was said.
  struct Variant {
    Finding finding;
    std::filesystem::path path;
    size_t times = 0;          // that this run came upon it
    bool seen_before = false;  // in an earlier run
  };
  // A cause, with all ways to see it, the simplest first. Never empty.
  struct Entry {
    std::vector<Variant> variants;
    FirstSight first;          // in this run
    bool seen_before = false;  // an earlier run came upon the cause
    size_t order = 0;          // of first sight in this run

    const Finding& finding() const { return variants.front().finding; }
    const std::filesystem::path& path() const { return variants.front().path; }
    size_t times() const;
  };

  // `folder` takes the files. Of what an earlier run has left there, `still_fails` is asked before
  // it is shown again: the tree may have changed.
  FindingLog(std::filesystem::path folder, std::function<bool(const Finding&)> still_fails);

  enum class News {
    kNew,      // no run has seen the cause
    kOld,      // an earlier run has, this one not yet
    kWay,      // another way to see a cause of this run
    kSimpler,  // a simpler scenario for one of them
    kRepeated,
  };
  struct Added {
    News news;
    const Entry* entry;  // valid until the next Add()
    absl::Status saved;  // if not OK, the finding is known here alone
  };
  Added Add(const Finding& finding);

  // Those of this run: first what the release that they are held against has not, then what it has;
  // each in the order of first sight.
  std::vector<Entry> Entries() const;
  bool empty() const { return found_.empty(); }
  size_t size() const { return found_.size(); }
  // How many causes the target has shown in this run.
  size_t CountOf(const Target& target) const;
  // Causes on the same design or trees as `like` that earlier runs have left and this one did not
  // come upon.
  size_t NotSeenAgain(const Finding& like) const;

 private:
  void Load();
  // Takes what earlier runs have left of its cause out of the list, the simplest first.
  std::vector<Variant> TakeEarlier(const Finding& finding);

  std::filesystem::path folder_;
  std::function<bool(const Finding&)> still_fails_;
  std::vector<Entry> found_;      // by this run
  std::vector<Variant> earlier_;  // not seen again so far
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_FUZZ_FINDING_LOG_H_
