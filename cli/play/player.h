// What a command plays scenarios on: a design of the model, or compiled trees.
#ifndef KHOFUZZ_CLI_PLAY_PLAYER_H_
#define KHOFUZZ_CLI_PLAY_PLAYER_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/play/tree_design.h"
#include "core/designs/lineage.h"
#include "linux/build/configuration.h"
#include "linux/confined_trees.h"
#include "scenario/explaining/known.h"
#include "scenario/playing/run.h"

namespace khofuzz {

// As a command line says it.
struct PlayedOn {
  bool design_given = false;        // on the command line
  std::string design = "intended";  // with commas: of each kernel of a chain in turn
  // Folders of Linux trees; with several, each kernel of a chain is of the next one.
  std::vector<std::string> trees{};
  // The designs that the trees are known to match: a name, or one for each tree joined by ',';
  // "none", nothing is known; empty, those that the trees are measured as (tree_design.h).
  std::string known{};
  CompiledAs compiled{};  // how trees are compiled
  bool warn = false;      // a WARN of a tree's is a finding
};

class Player {
 public:
  // Where a build and its sources are, for building trees.
  struct Places {
    std::filesystem::path root;
    std::filesystem::path bin_dir;
    std::function<void(const std::string&)> progress{};  // a line of what is being done
    bool for_fuzzing = false;                            // for the targets' programs as well
  };

  // Designs of the model.
  explicit Player(Lineage designs) : designs_(std::move(designs)) {}
  // Builds trees that have changed since. Errors: a name that is not known, or what BuildTree()
  // says.
  static absl::StatusOr<Player> Make(const PlayedOn& on, const Places& places);

  const Lineage& designs() const { return designs_; }
  bool on_trees() const { return trees_ != nullptr; }
  // A design or trees were asked for; else files may say what they are about.
  bool was_asked_for() const { return on_trees() || asked_for_; }
  // Of trees, with the designs that they are known to match; only processes of their own may play
  // on it then (linux/confined_trees.h).
  Subject subject() const {
    if (!on_trees()) return Subject(designs_);
    Subject subject(known_, trees_->kernels());
    subject.warns_break = warns_break_;
    return subject;
  }
  // The objects that are played, for each page size; of trees alone.
  const std::vector<std::string>& objects() const { return trees_->objects(); }
  // The designs that the trees are held against.
  const Lineage& known() const { return known_; }
  // What the trees were measured as, one by one; empty where --known says what to hold them
  // against.
  const std::vector<TreeDesign>& measured() const { return measured_; }
  // Whether a WARN of the trees' is a violation.
  bool warns_break() const { return warns_break_; }
  // Whether findings that Explain() says are known are not news.
  bool passes_known() const { return passes_known_; }
  // Names of the kernel's functions and their lines from here on: slow, for stories.
  void set_telling(bool on) const {
    if (on_trees()) trees_->set_telling(on);
  }

  // What explains a failing play (scenario/explaining/known.h); nullopt where nothing does. For a
  // design of the model: the quirks of it that it takes.
  std::optional<Explanation> Explain(const Scenario& scenario, const Target& target) const;
  // Quirks with which the model of the trees' release breaks the same invariant at the same op,
  // whatever else differs; nullopt where it does not, or for a design of the model.
  std::optional<std::string> BreaksOnRelease(const Scenario& scenario, const Target& target) const;

  // "intended"; "linux-source-7.3", "linux-source-7.3 (debug)": for titles. Trees whose folders are
  // called alike have as much of their paths as tells them apart.
  const std::string& name() const { return name_; }
  // The same with a hash of where trees lie: no two share a folder of this name.
  std::string FolderName() const;
  // The designs that are played, or those that the trees are held against, as NameOf() says.
  std::string DesignName() const { return NameOf(designs_); }
  // What the trees are held against, for people: as ShortName() says; empty without trees.
  std::string ReleaseName() const;
  // The arguments of a target's program that make it play on the same.
  std::vector<std::string> Flags() const;
  const std::vector<std::string>& tree_paths() const { return paths_; }
  // How the trees were compiled: the C file by its whole path; the configuration empty where it is
  // the default.
  const CompiledAs& compiled() const { return compiled_; }

 private:
  Lineage designs_;
  std::string name_ = "intended";
  std::vector<std::string> paths_;
  CompiledAs compiled_;
  std::vector<std::string> fuzz_objects_;
  std::shared_ptr<const ConfinedTrees> trees_;
  Lineage known_;
  std::vector<TreeDesign> measured_;
  bool passes_known_ = false;
  bool asked_for_ = false;
  bool warns_break_ = false;
};

// How trees in these folders are called together: "linux", "old/linux+new/linux".
std::string NamesOfTrees(const std::vector<std::string>& paths);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_PLAY_PLAYER_H_
