// What a tree does with a scenario, held against the oracles and against the model of its release.
#ifndef KHOFUZZ_CLI_LINUX_TREE_JUDGE_H_
#define KHOFUZZ_CLI_LINUX_TREE_JUDGE_H_

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/fuzz/verdict.h"
#include "core/designs/design.h"
#include "scenario/language/scenario.h"
#include "scenario/language/targets.h"
#include "scenario/playing/compare.h"
#include "scenario/playing/run.h"
#include "scenario/playing/subject.h"

namespace khofuzz {

enum class Standing : uint8_t {
  kHolds,    // nothing broken, and the same states as the model's
  kFixed,    // the model of the release breaks something here, or strays, and the tree does not
  kKnown,    // quirks that the release is known for, or a harmless one, do the same
  kOfBase,   // what the series is based on comes to the same: it breaks alike, or ends alike
  kNew,      // anything else
  kRefused,  // no machine for this kernel: nothing was played
};
std::string_view StandingName(Standing standing);

struct TreeOpinion {
  Standing standing = Standing::kHolds;
  // kKnown, kNew: what is broken; kernels-agree where nothing is but the states part.
  Verdict verdict{};
  // kNew, kernels-agree: what of the state differs, "struct pages"; "ending" if nothing of it.
  std::string aspect{};
  // kKnown: the quirk, or the release if it takes several of its; kNew: another of the catalogue
  // that does the same, or one of the tree's own that the series has brought. Empty where nothing
  // does, or it has not been looked for, see below.
  std::string quirk{};
  // kFixed, kKnown: the quirk of the release that the tree is without here, if it is one.
  std::string without{};
  std::string why_refused{};  // kRefused
  // Of the tree's play.
  uint64_t boots = 0;
  std::array<uint64_t, kInvariantCount> premises{};

  // kNew: one finding, as far as can be told before it is made small.
  std::string Class() const;
};

// What the tree's series is based on.
struct SeriesBase {
  Subject tree;    // with the design that it is measured as
  Design brought;  // what the tree is measured as having beyond that
};

// Finding out which quirk it was takes up to hundreds of plays of the model. So what has been seen
// often is no longer asked for its name; whether it is known is asked always, but for more of the
// same kind as what is new already.
class TreeJudge {
 public:
  // `design` is the model of the tree's release; `nothing_known`: all that breaks is new. With
  // `base`, which outlives it, what the series brings is new, catalogued or not, and what its base
  // breaks as well is not.
  TreeJudge(const Subject& tree, const Design& design, bool nothing_known,
            const SeriesBase* base = nullptr)
      : tree_(tree), bases_({{design, {}}}), nothing_known_(nothing_known), base_(base) {}

  // `beside`, which may be null, hears of the tree's play.
  TreeOpinion Judge(const Scenario& scenario, const Target& target, PlayListener* beside = nullptr);
  // Whether it fails as `like`, which is new, does: what a quirk of the catalogue explains must not
  // become the smaller form of what none does, nor of what another one does. For shrinking.
  bool FailsLike(const Scenario& scenario, const Target& target, const TreeOpinion& like) const;
  // Whether the series' base breaks the invariant by the same function (`author`; empty: by any) in
  // a scenario that is nearly this one. False without a base.
  bool BaseBreaksNearby(const Scenario& scenario, const Target& target, const TreeOpinion& opinion,
                        const std::string& author) const;

 private:
  // What the tree may follow: its release, or that without a quirk.
  struct Base {
    Design design;
    std::string quirk;  // the one that it is without; of those in catalogued_, that it has beside
  };

  static std::optional<Base> ExplainingOf(const std::vector<Base>& bases, const Scenario& scenario,
                                          const Target& target, const Ending& ending);
  // Without one of the release's quirks, or all: what has been fixed since.
  std::optional<Base> ExplainingFix(const Scenario& scenario, const Target& target,
                                    const Ending& ending);
  void Explain(const Scenario& scenario, const Target& target, const Ending& ending,
               const Base& base, TreeOpinion& opinion);
  std::string NameOf(const Scenario& scenario, const Target& target, const Ending& ending,
                     const Base& base);
  // Of what breaks as the release does: the quirk that the series has brought without which it does
  // not; empty if it takes none.
  std::string BroughtBehind(const Scenario& scenario, const Target& target, const Ending& ending,
                            const Design& design) const;
  bool BaseDoesTheSame(const Scenario& scenario, const Target& target, const Ending& ending) const;
  void SayWhatDiffers(const Scenario& scenario, const Target& target, TreeOpinion& opinion) const;
  const Design& release() const { return bases_.front().design; }

  const Subject tree_;
  // The release's design, then variants of it that the tree has turned out to follow.
  std::vector<Base> bases_;
  // The release with a quirk that the tree has turned out to have.
  std::vector<Base> catalogued_;
  const bool nothing_known_;
  const SeriesBase* const base_;
  std::map<std::string, uint64_t> named_;  // by invariant
  std::map<std::string, uint64_t> new_;    // by class
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_LINUX_TREE_JUDGE_H_
