// The part of `khofuzz linux diff` that is done where the trees' code may do any harm, and how it
// is told to the other part.
#ifndef KHOFUZZ_CLI_LINUX_DIFF_WORK_H_
#define KHOFUZZ_CLI_LINUX_DIFF_WORK_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/linux/corpus_files.h"
#include "cli/linux/diff_result.h"
#include "cli/linux/draws.h"
#include "cli/linux/reach_map.h"
#include "cli/linux/tree_pair.h"
#include "system/clock.h"
#include "system/crew.h"

namespace khofuzz {

// Scenarios of the corpus, or those that were given, item by item, then what is drawn (draws.h).
struct DiffWork {
  const TreePair* trees = nullptr;
  ReachMap* reach = nullptr;  // of PATCHED
  bool handovers = true;      // from one to the other as well
  uint64_t seed = 0;
  std::vector<CorpusScenario> given;   // the first items
  std::vector<CorpusScenario> corpus;  // what the search begins with
  Clock::time_point shrink_until{};
};

// What a member says of a change, each time it has been made smaller.
struct DiffMessage {
  uint64_t item = 0;
  std::string target{};
  bool last = false;
  ChangeSeen seen{};
  bool shrunk = false;

  std::string ToLine() const;
  // nullopt: it is something else, a DiffResult::Tally perhaps.
  static std::optional<DiffMessage> FromLine(const std::string& line);
};

class DiffMember final : public CrewMember {
 public:
  explicit DiffMember(const DiffWork& work)
      : work_(work), draws_(work.seed, work.given, work.corpus) {}

  void Do(uint64_t item, const CrewVoice& voice) override;
  void SumUp(const CrewVoice& voice) override;

 private:
  void Play(uint64_t item, const CrewVoice& voice);
  // False: made small, it turns out to be no difference (TreePair::IsSoNearby()).
  bool Found(uint64_t item, const Candidate& played, const ChangeSeen& seen,
             const CrewVoice& voice) const;

  const DiffWork& work_;
  Draws draws_;
  DiffResult::Tally tally_;
  std::map<std::string, uint64_t> seen_;  // by what shows, how often
  std::map<std::string, bool> kinds_;     // by cause, whether it is a difference
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_LINUX_DIFF_WORK_H_
