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

  Subject base() const { return {Design(), base_->kernels()}; }
  Subject patched() const { return {Design(), patched_->kernels()}; }
  // Kernels of both in turn.
  Subject base_first() const { return {Design(), base_first_->kernels()}; }
  Subject patched_first() const { return {Design(), patched_first_->kernels()}; }

  // Why neither takes the other's handover, which is tried; empty if one does.
  std::string WhyNoHandovers() const;

  // How they part in a scenario. `refused`: one of them has no such machine. Handovers from one to
  // the other are played where the two do not part, at the cost of twice the time; `handovers`
  // counts them, and null leaves them out.
  ChangeSeen Compare(const Scenario& scenario, const Target& target, bool& refused,
                     uint64_t* handovers) const;

 private:
  TreePair() = default;
  ChangeSeen CompareStates(const Scenario& scenario, const Target& target) const;

  std::shared_ptr<const ConfinedTrees> base_, patched_, base_first_, patched_first_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_LINUX_TREE_PAIR_H_
