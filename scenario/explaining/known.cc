#include "scenario/explaining/known.h"

#include <numeric>
#include <utility>
#include <vector>

#include "core/designs/named.h"
#include "scenario/playing/run.h"

namespace khofuzz {
namespace {

// The quirks of `release` that it breaks alike with and does not without: of those that are in
// `asked`, as no other can matter. Intended where each of several would do.
Design NeededToBreak(const Scenario& scenario, const Target& target, const Report& broken,
                     const Lineage& release, const QuirkSet& asked) {
  Design needed;
  for (const QuirkInfo& info : QuirkCatalogue()) {
    if (!release.Has(info.quirk) || !asked[static_cast<size_t>(info.quirk)]) continue;
    Lineage without = release;
    without.Remove(info.quirk);
    if (!BreakAlike(broken, RunScenario(scenario, target, without))) needed.Add(info.quirk);
  }
  // One may be there only to keep another of the release's from breaking something else first.
  for (const QuirkInfo& info : QuirkCatalogue()) {
    Design fewer = needed;
    fewer.Remove(info.quirk);
    if (fewer.intended() || fewer == needed) continue;
    if (BreakAlike(broken, RunScenario(scenario, target, fewer))) needed = fewer;
  }
  return needed;
}

// The catalogue's quirks, by what it takes for one of them to be known.
enum class QuirkGroup : uint8_t { kOfRelease, kHarmless, kOther };

QuirkGroup GroupOf(const QuirkInfo& info, const Lineage& release) {
  if (release.Has(info.quirk)) return QuirkGroup::kOfRelease;
  return info.harmless() ? QuirkGroup::kHarmless : QuirkGroup::kOther;
}

// Whose quirk one may be: of some kernels of a chain, beside the others that they have or alone.
struct Way {
  Lineage without;              // the chain, but for that quirk
  std::vector<size_t> kernels;  // of without.designs()
  bool alone = false;           // they have no other; else `without` is all of the release
  std::optional<QuirkSet> asked = std::nullopt;  // alone: as Explainer::asked_, of `without`
};

std::vector<Way> WaysFrom(const Lineage& release) {
  std::vector<size_t> all(release.designs().size());
  std::iota(all.begin(), all.end(), 0);
  std::vector<std::vector<size_t>> groups = {all};
  if (all.size() > 1) {
    for (const size_t i : all) groups.push_back({i});
  }
  std::vector<Way> ways;
  for (const std::vector<size_t>& group : groups) ways.push_back({release, group});
  for (const std::vector<size_t>& group : groups) {
    Lineage without = release;
    for (const size_t i : group) without.designs()[i] = Design();
    ways.push_back({std::move(without), group, /*alone=*/true});
  }
  return ways;
}

class Explainer {
 public:
  Explainer(const Scenario& scenario, const Target& target, const Ending& ending,
            const Lineage& release)
      : scenario_(scenario),
        target_(target),
        ending_(ending),
        release_(release),
        ways_(WaysFrom(release)),
        by_all_of_release_(EndsWatched(release, asked_)) {}

  bool ByAllOfRelease() const { return by_all_of_release_; }

  // Of all kernels or of those of one tree, whatever is left of the release.
  std::optional<Lineage> ByAllButOne() const {
    for (const QuirkInfo& info : QuirkCatalogue()) {
      if (!release_.Has(info.quirk) || !asked_[static_cast<size_t>(info.quirk)]) continue;
      for (const Way& way : ways_) {
        if (way.alone) continue;
        Lineage rest = release_;
        for (const size_t i : way.kernels) rest.designs()[i].Remove(info.quirk);
        if (rest != release_ && EndsAs(ending_, scenario_, target_, rest)) return rest;
      }
    }
    return std::nullopt;
  }

  // Where ByAllOfRelease() says so: the quirks that it takes for the same invariant to break at
  // the same op; where each of several would do, those that do.
  std::string Needed() const {
    const Design needed = NeededToBreak(scenario_, target_, ending_.report, release_, asked_);
    return needed.intended() ? Enough() : needed.Name();
  }

  // Where each of several would do, none is needed: those that are left once all are taken away
  // that the others make up for.
  std::string Enough() const {
    Lineage rest = release_;
    for (const QuirkInfo& info : QuirkCatalogue()) {
      if (!rest.Has(info.quirk)) continue;
      Lineage less = rest;
      less.Remove(info.quirk);
      if (BreakAlike(ending_.report, RunScenario(scenario_, target_, less))) rest = less;
    }
    return rest.Name();
  }

  // The first quirk of this group that explains the ending by itself.
  std::optional<std::string> ByOne(QuirkGroup group) {
    for (const QuirkInfo& info : QuirkCatalogue()) {
      if (GroupOf(info, release_) != group) continue;
      for (Way& way : ways_) {
        if (group == QuirkGroup::kOfRelease && !way.alone) continue;
        if (Explains(way, info.quirk)) return std::string(info.name);
      }
    }
    return std::nullopt;
  }

 private:
  // Whether `designs` end so; in `asked` the quirks that it takes to tell.
  bool EndsWatched(Lineage designs, QuirkSet& asked) const {
    designs.set_asked(&asked);
    return EndsAs(ending_, scenario_, target_, designs);
  }

  bool Explains(Way& way, Quirk quirk) {
    if (way.alone && !way.asked.has_value()) (void)EndsWatched(way.without, way.asked.emplace());
    // A play that never comes to its decision point goes as it does without.
    const QuirkSet& asked = way.alone ? *way.asked : asked_;
    if (!asked[static_cast<size_t>(quirk)]) return false;
    Lineage with = way.without;
    for (const size_t i : way.kernels) with.designs()[i].Add(quirk);
    return EndsAs(ending_, scenario_, target_, with);
  }

  const Scenario& scenario_;
  const Target& target_;
  const Ending& ending_;
  const Lineage& release_;
  std::vector<Way> ways_;
  // What a play of the release asks about before it parts from the ending: no other quirk can keep
  // it from that.
  QuirkSet asked_;
  const bool by_all_of_release_;
};

}  // namespace

std::optional<Explanation> ExplainedBy(const Scenario& scenario, const Target& target,
                                       const Ending& ending, const Lineage& release) {
  Explainer explainer(scenario, target, ending, release);
  if (explainer.ByAllOfRelease()) return Explanation{explainer.Needed(), true};
  if (const auto rest = explainer.ByAllButOne()) {
    return Explanation{Explainer(scenario, target, ending, *rest).Needed(), true};
  }
  for (const QuirkGroup group :
       {QuirkGroup::kOfRelease, QuirkGroup::kHarmless, QuirkGroup::kOther}) {
    if (auto name = explainer.ByOne(group)) return Explanation{*name, group != QuirkGroup::kOther};
  }
  return std::nullopt;
}

std::optional<std::string> BreaksAlike(const Scenario& scenario, const Target& target,
                                       const Report& broken, const Lineage& release) {
  QuirkSet asked;
  Lineage watched = release;
  watched.set_asked(&asked);
  if (broken.ok() || !BreakAlike(broken, RunScenario(scenario, target, watched))) {
    return std::nullopt;
  }
  const Design needed = NeededToBreak(scenario, target, broken, release, asked);
  return needed.intended() ? NameOf(release) : NameOf(needed);
}

bool WorthNaming(uint64_t known_before) {
  constexpr uint64_t kAlways = 24;
  constexpr uint64_t kOneIn = 32;
  return known_before < kAlways || known_before % kOneIn == 0;
}

bool IsKnown(const Scenario& scenario, const Target& target, const Ending& ending,
             const Lineage& release) {
  Explainer explainer(scenario, target, ending, release);
  return explainer.ByAllOfRelease() || explainer.ByAllButOne().has_value() ||
         explainer.ByOne(QuirkGroup::kOfRelease).has_value() ||
         explainer.ByOne(QuirkGroup::kHarmless).has_value();
}

}  // namespace khofuzz
