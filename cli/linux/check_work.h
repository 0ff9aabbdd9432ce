// The worker side of `khofuzz linux check`: runs tree code in a disposable process, and the text in
// which it reports to the process that started it.
#ifndef KHOFUZZ_CLI_LINUX_CHECK_WORK_H_
#define KHOFUZZ_CLI_LINUX_CHECK_WORK_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cli/fuzz/finding.h"
#include "cli/linux/check_result.h"
#include "cli/linux/corpus_files.h"
#include "cli/linux/draws.h"
#include "cli/linux/reach_map.h"
#include "cli/linux/tree_judge.h"
#include "cli/play/player.h"
#include "core/designs/design.h"
#include "system/crew.h"

namespace khofuzz {

// What is checked: scenarios that are given first, item by item, then what is drawn (draws.h).
struct CheckWork {
  const Player* player = nullptr;
  ReachMap* reach = nullptr;
  Design design;  // the model of the tree's release
  bool nothing_known = false;
  std::optional<SeriesBase> base{};  // of the series that the tree has, if it is told
  uint64_t seed = 0;
  std::vector<CorpusScenario> given;   // the first items
  std::vector<CorpusScenario> corpus;  // what the search begins with
  Clock::time_point shrink_until{};

  TreeJudge Judge() const {
    return {player->subject(), design, nothing_known, base.has_value() ? &*base : nullptr};
  }
  // Whether it is a quirk that the series brings.
  bool Brings(std::string_view quirk) const {
    const QuirkInfo* const info = FindQuirk(quirk);
    return info != nullptr && base.has_value() && base->brought.Has(info->quirk);
  }
};

// What a member says.
struct CheckMessage {
  // How the item, a scenario that was given, came out.
  struct Given {
    uint64_t item = 0;
    Standing standing = Standing::kHolds;
    Verdict verdict{};
    std::string quirk{};
  };
  // Something new, each time it has been made smaller.
  struct New {
    uint64_t item = 0;
    bool last = false;
    // Made small it turns out to be the base's as well.
    bool of_base = false;
    Finding finding{};
  };

  static std::string ToLine(const Given& given);
  static std::string ToLine(const New& found);
  // Unset: it is neither, a CheckTally perhaps.
  static std::variant<std::monostate, Given, New> FromLine(const std::string& line);
};

class CheckMember final : public CrewMember {
 public:
  explicit CheckMember(const CheckWork& work)
      : work_(work), judge_(work.Judge()), draws_(work.seed, work.given, work.corpus) {}

  void Do(uint64_t item, const CrewVoice& voice) override;
  void SumUp(const CrewVoice& voice) override;

 private:
  void Play(uint64_t item, const CrewVoice& voice);
  // False: made small it turns out to be the base's as well.
  bool Found(uint64_t item, const Candidate& played, const TreeOpinion& opinion,
             const CrewVoice& voice);

  const CheckWork& work_;
  TreeJudge judge_;
  Draws draws_;
  CheckTally tally_;
  std::set<std::string> told_;               // classes of what is new
  std::map<std::string, uint64_t> of_base_;  // by class, how often it turned out to be the base's
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_LINUX_CHECK_WORK_H_
