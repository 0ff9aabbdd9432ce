// What of a tree's code was reached, by all processes that play on it together.
#ifndef KHOFUZZ_CLI_LINUX_REACH_MAP_H_
#define KHOFUZZ_CLI_LINUX_REACH_MAP_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "linux/build/reached.h"
#include "linux/shim/reach.h"

namespace khofuzz {

class ReachMap {
 public:
  // Of the shared objects of one tree, those that are played on; reads them and loads none. To be
  // made before processes are started: it is theirs in common.
  explicit ReachMap(const std::vector<std::string>& objects);
  ~ReachMap();
  ReachMap(const ReachMap&) = delete;
  ReachMap& operator=(const ReachMap&) = delete;

  // In any process: what it has reached so far, of objects that it has loaded, is known to all.
  // What a process that dies reached since it was last called is lost.
  void Note();

  // `tree`: where they were built from. FailedPrecondition where they do not count; or what
  // ReadReached() says. A process of its own, confined, loads the objects: they write their
  // profile.
  absl::StatusOr<std::vector<ReachedFile>> Files(const std::string& tree,
                                                 const Toolchain& toolchain) const;

 private:
  struct Counters {
    std::string object;
    size_t first, count;              // of sums_
    const kf_reach* reach = nullptr;  // in a process that has loaded it
  };
  // Those of an object that this process has loaded, or loads with this; null otherwise.
  static const kf_reach* Loaded(const Counters& counters, int flags);
  // Loads all and has each write its profile with the sums. What went wrong, or "".
  std::string WriteProfiles(const std::vector<std::string>& profiles) const;
  size_t Bytes() const { return size_ * sizeof(uint64_t); }

  std::vector<Counters> counters_;
  bool all_count_ = true;
  size_t size_ = 0;
  // Of each counter: what this process has added to the sum.
  std::vector<uint64_t> noted_;
  // Shared. What was executed is told from sums and differences of counters, so that one bit for
  // each would not do.
  uint64_t* sums_ = nullptr;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_LINUX_REACH_MAP_H_
