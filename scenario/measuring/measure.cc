#include "scenario/measuring/measure.h"

#include <algorithm>
#include <compare>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <utility>

#include "scenario/language/work.h"

namespace khofuzz {
namespace {

// Steps are looked for by so many of the probes that are not explained, those that are least
// work first, and pairs of quirks are tried for so much work: a probe of hundreds of blocks takes a
// thousand times what a small one takes, and there are some thousand pairs for each.
constexpr size_t kProbesForSteps = 12;
constexpr uint64_t kWorkForPairs = 50'000'000;

// How well a design explains the probes: more is better.
struct Fit {
  size_t whole = 0;      // probes that end alike
  uint64_t moments = 0;  // that are the same, of all probes

  friend auto operator<=>(const Fit&, const Fit&) = default;
};

// What a design does with one probe.
struct Answered {
  Agreement agreement;
  QuirkSet asked;  // before it parts from the kernel: no other quirk can matter to that
};

Design Flipped(Design design, Quirk quirk) {
  if (design.Has(quirk)) {
    design.Remove(quirk);
  } else {
    design.Add(quirk);
  }
  return design;
}

class Searcher {
 public:
  explicit Searcher(std::span<const PlayedDesignProbe> probes) : probes_(probes) {}

  void BeginWith(std::span<const Design> starts) {
    static const Design kIntended;
    starts_ = starts.empty() ? std::span(&kIntended, 1) : starts;
    std::optional<Fit> best;
    for (const Design& start : starts_) {
      std::vector<Answered> answers = AnswersOf(start);
      const Fit fit = FitOf(answers);
      if (best.has_value() && fit <= *best) continue;
      best = fit;
      design_ = start;
      answers_ = std::move(answers);
    }
  }

  void Climb() {
    do {
      while (OneStep()) {
      }
    } while (TwoSteps());
  }

  // A quirk that changes nothing of how well it fits is as in the start that is nearest by now. It
  // need not be the one that the search began with: in a configuration that none of them is of each
  // fits badly.
  void BackToNearest() {
    const auto distance = [this](const Design& start) {
      return std::ranges::count_if(QuirkCatalogue(), [&](const QuirkInfo& info) {
        return design_.Has(info.quirk) != start.Has(info.quirk);
      });
    };
    const Design nearest = *std::ranges::min_element(starts_, {}, distance);
    for (const QuirkInfo& info : QuirkCatalogue()) {
      if (design_.Has(info.quirk) == nearest.Has(info.quirk)) continue;
      (void)Take(Flipped(design_, info.quirk), AskedOf({info.quirk}), /*better=*/false);
    }
  }

  Measurement Result() const {
    Measurement result{.design = design_};
    for (size_t i = 0; i < answers_.size(); ++i) {
      if (!answers_[i].agreement.whole) result.unexplained.push_back(i);
    }
    for (const QuirkInfo& info : QuirkCatalogue()) {
      const Design other = Flipped(design_, info.quirk);
      const std::vector<size_t> asked = AskedOf({info.quirk});
      const bool told = std::ranges::any_of(
          asked, [&](size_t i) { return Answer(i, other).agreement != answers_[i].agreement; });
      if (!told) result.untold.set(static_cast<size_t>(info.quirk));
    }
    return result;
  }

 private:
  Answered Answer(size_t i, Design design) const {
    Answered answered;
    design.set_asked(&answered.asked);
    const DesignProbe& probe = *probes_[i].probe;
    answered.agreement =
        AgreementOf(probes_[i].ending, probe.scenario, *probe.target, Subject(design));
    return answered;
  }

  std::vector<Answered> AnswersOf(const Design& design) const {
    std::vector<Answered> answers;
    for (size_t i = 0; i < probes_.size(); ++i) answers.push_back(Answer(i, design));
    return answers;
  }

  static Fit FitOf(std::span<const Answered> answers) {
    Fit fit;
    for (const Answered& one : answers) Count(one, fit);
    return fit;
  }

  // Of a probe that is not explained.
  static bool Gains(const Answered& before, const Answered& after) {
    return after.agreement.whole || after.agreement.moments > before.agreement.moments;
  }

  static void Count(const Answered& one, Fit& fit) {
    fit.whole += one.agreement.whole;
    fit.moments += one.agreement.moments;
  }

  // The probes that come to a decision point of these. The others do not change with them.
  std::vector<size_t> AskedOf(std::initializer_list<Quirk> quirks) const {
    std::vector<size_t> asked;
    for (size_t i = 0; i < answers_.size(); ++i) {
      const auto comes_to = [&](Quirk quirk) {
        return answers_[i].asked[static_cast<size_t>(quirk)];
      };
      if (std::ranges::any_of(quirks, comes_to)) asked.push_back(i);
    }
    return asked;
  }

  // Goes to `other` if it fits better, or not `better` but as well; only the probes in `touched`
  // can tell.
  bool Take(const Design& other, const std::vector<size_t>& touched, bool better) {
    // Where it must gain, only those can that are not explained yet: they are asked first.
    std::vector<std::pair<size_t, Answered>> fresh;
    const auto ask = [&](bool whole) {
      bool gains = false;
      for (const size_t i : touched) {
        if (answers_[i].agreement.whole != whole) continue;
        const Answered& answered = fresh.emplace_back(i, Answer(i, other)).second;
        gains = gains || Gains(answers_[i], answered);
      }
      return gains;
    };
    if (!ask(false) && better) return false;
    (void)ask(true);
    Fit before, after;
    for (const auto& [i, answered] : fresh) {
      Count(answers_[i], before);
      Count(answered, after);
    }
    if (better ? after <= before : after < before) return false;
    design_ = other;
    for (auto& [i, answered] : fresh) answers_[i] = answered;
    return true;
  }

  // What explains one probe better mostly explains others too: a step is looked for where that is
  // little work, and by all probes only if those lead nowhere.
  bool OneStep() {
    for (const size_t i : Unexplained()) {
      for (const QuirkInfo& info : QuirkCatalogue()) {
        if (!answers_[i].asked[static_cast<size_t>(info.quirk)]) continue;
        const Design other = Flipped(design_, info.quirk);
        if (Gains(answers_[i], Answer(i, other)) &&
            Take(other, AskedOf({info.quirk}), /*better=*/true)) {
          return true;
        }
      }
    }
    return StepByAll();
  }

  bool StepByAll() {
    bool stepped = false;
    for (const QuirkInfo& info : QuirkCatalogue()) {
      stepped |= Take(Flipped(design_, info.quirk), AskedOf({info.quirk}), /*better=*/true);
    }
    return stepped;
  }

  // Of a play that stops where it parts from the kernel.
  uint64_t WorkOf(size_t i) const {
    const auto& [whole, moments, of_moments] = answers_[i].agreement;
    return khofuzz::WorkOf(probes_[i].probe->scenario) * (moments + 1) / (of_moments + 1);
  }

  // Of the probes that are not explained those that are least work.
  std::vector<size_t> Unexplained() const {
    std::vector<size_t> found;
    for (size_t i = 0; i < answers_.size(); ++i) {
      if (!answers_[i].agreement.whole) found.push_back(i);
    }
    std::ranges::sort(found, {}, [&](size_t i) { return std::pair(WorkOf(i), i); });
    if (found.size() > kProbesForSteps) found.resize(kProbesForSteps);
    return found;
  }

  bool TwoSteps() {
    for (const size_t i : Unexplained()) {
      const uint64_t work = WorkOf(i);
      for (const QuirkInfo& one : QuirkCatalogue()) {
        if (!answers_[i].asked[static_cast<size_t>(one.quirk)]) continue;
        const Design first = Flipped(design_, one.quirk);
        const Answered after_first = Answer(i, first);
        for (const QuirkInfo& other : QuirkCatalogue()) {
          // A pair is tried once, unless it is the first that leads to the second's question.
          const bool asked_before = answers_[i].asked[static_cast<size_t>(other.quirk)];
          if (!after_first.asked[static_cast<size_t>(other.quirk)] || other.quirk == one.quirk ||
              (asked_before && other.quirk < one.quirk)) {
            continue;
          }
          const Design both = Flipped(first, other.quirk);
          const Answered with_both = Answer(i, both);
          if (work > work_for_pairs_) return false;
          work_for_pairs_ -= work;
          if (!Gains(answers_[i], with_both)) continue;
          if (Take(both, AskedOf({one.quirk, other.quirk}), /*better=*/true)) return true;
        }
      }
    }
    return false;
  }

  std::span<const PlayedDesignProbe> probes_;
  std::span<const Design> starts_;
  Design design_;
  std::vector<Answered> answers_;            // of design_
  uint64_t work_for_pairs_ = kWorkForPairs;  // that is left
};

}  // namespace

std::vector<PlayedDesignProbe> PlayProbes(std::span<const DesignProbe> probes,
                                          const Subject& subject) {
  std::vector<PlayedDesignProbe> played;
  for (const DesignProbe& probe : probes) {
    played.push_back({&probe, PlayToTheEnd(probe.scenario, *probe.target, subject)});
  }
  return played;
}

Measurement MeasureDesign(std::span<const PlayedDesignProbe> probes,
                          std::span<const Design> starts) {
  Searcher searcher(probes);
  searcher.BeginWith(starts);
  searcher.Climb();
  searcher.BackToNearest();
  return searcher.Result();
}

}  // namespace khofuzz
