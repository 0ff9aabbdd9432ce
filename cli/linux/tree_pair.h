// Two trees in one process (one of its own, which that confines): each by itself, and both in turn
// in one machine's life.
#ifndef KHOFUZZ_CLI_LINUX_TREE_PAIR_H_
#define KHOFUZZ_CLI_LINUX_TREE_PAIR_H_

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/linux/diff_result.h"
#include "linux/build/configuration.h"
#include "linux/confined_trees.h"
#include "scenario/language/scenario.h"
#include "scenario/language/targets.h"
#include "scenario/playing/run.h"
#include "scenario/playing/subject.h"

namespace khofuzz {

class TreePair {
 public:
  struct Places {
    std::filesystem::path root;
    std::filesystem::path bin_dir;
    CompiledAs compiled{};
    std::function<void(const std::string&)> progress{};
  };
  // Builds both where they have changed since. They may be one.
  static absl::StatusOr<std::unique_ptr<TreePair>> Make(const std::string& base,
                                                        const std::string& patched,
                                                        const Places& places);

  // Each with the design that it is measured as.
  Subject base() const { return {base_design_, base_->kernels()}; }
  Subject patched() const { return {patched_design_, patched_->kernels()}; }
  // The objects that are played of PATCHED, for each page size.
  const std::vector<std::string>& patched_objects() const { return patched_->objects(); }
  // Kernels of both in turn.
  Subject base_first() const;
  Subject patched_first() const;

  // Why neither takes the other's handover, which is tried; empty if one does.
  std::string WhyNoHandovers() const;

  struct Counts {
    bool refused = false;    // one of them has no such machine
    uint64_t handovers = 0;  // lives of both in turn, of either order
    uint64_t shifted = 0;    // they part only where the k-th allocation is another one on each
  };
  // How they part in a scenario. Where an allocation is to fail it is the same on both: that which
  // the scenario means on one of them. Handovers from one to the other are played, if `handovers`,
  // where the two do not part, at the cost of twice the time. `beside`, which may be null, hears of
  // PATCHED's play.
  ChangeSeen Compare(const Scenario& scenario, const Target& target, bool handovers, Counts& counts,
                     PlayListener* beside = nullptr) const;
  // Finds out by what they part so: sets `seen.cause`. kNone from then on: what breaks is a bug of
  // both that only one of them comes to, or, of kernels in turn, one that a tree has by itself. It
  // takes up to hundreds of plays of the model.
  void FindCause(ChangeSeen& seen, const Target& target) const;
  // Whose doing it is, as Describe() says; with lines of source, which are slow to look up.
  std::string AuthorOf(const ChangeSeen& seen, const Target& target) const;
  // Whether the other tree breaks the same by the same function in a scenario that is nearly this
  // one, and nothing of the catalogue has made the difference: then it is no difference of theirs.
  bool IsSoNearby(const ChangeSeen& seen, const Scenario& scenario, const Target& target) const;

 private:
  // Of one scenario, what each of them plays.
  struct Both {
    Scenario base, patched;
  };

  TreePair() = default;
  ChangeSeen CompareEnds(const Both& played, const Target& target, Counts& counts,
                         PlayListener* beside = nullptr) const;
  ChangeSeen CompareHandovers(const Scenario& scenario, const Target& target, Counts& counts) const;

  std::shared_ptr<const ConfinedTrees> base_, patched_, base_first_, patched_first_;
  Design base_design_, patched_design_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_LINUX_TREE_PAIR_H_
