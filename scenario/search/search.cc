#include "scenario/search/search.h"

#include <utility>

#include "scenario/language/generate.h"
#include "scenario/language/mutate.h"
#include "scenario/language/work.h"

namespace khofuzz {
namespace {

// Of mutants, one in so many is of what is kept, if the search began with anything: else all.
constexpr uint64_t kKeptOneIn = 3;
// One mutant in so many has two parents.
constexpr uint64_t kCrossOneIn = 8;
// A life that is more work than this many times what is usual is mutated less often, in proportion:
// else what is kept, the largest machines among it, would take most of the time.
constexpr uint64_t kMuchWork = 2;
constexpr int kMostTries = 16;
// How much the usual work follows each new life.
constexpr uint64_t kFollows = 32;

}  // namespace

LifeSearch::LifeSearch(std::vector<const Target*> targets, uint64_t seed, unsigned mutants_of_eight)
    : targets_(std::move(targets)), mutants_of_eight_(mutants_of_eight), rng_(seed) {}

const Candidate& LifeSearch::Next() {
  const bool has_parents = !kept_.empty() || !begun_.empty();
  if (!has_parents || rng_.Below(8) >= mutants_of_eight_) {
    next_.target = targets_[static_cast<size_t>(drawn_++ % targets_.size())];
    next_.scenario = Generate(*next_.target, rng_);
    const bool more = WorkOf(next_.scenario) > usual_work_;
    usual_work_ =
        more ? usual_work_ + usual_work_ / kFollows + 1 : usual_work_ - usual_work_ / kFollows;
    return next_;
  }
  next_ = Parent();
  if (rng_.OneIn(kCrossOneIn)) {
    next_.scenario = CrossOver(next_.scenario, Parent().scenario, rng_);
  }
  Vary(next_.scenario, *next_.target, rng_);
  return next_;
}

const Candidate& LifeSearch::Parent() {
  if (kept_.empty() || (!begun_.empty() && !rng_.OneIn(kKeptOneIn))) return rng_.Pick(begun_);
  for (int tries = 1;; ++tries) {
    const Kept& life = lives_[rng_.Pick(kept_)];
    if (tries == kMostTries || rng_.Below(life.work) <= kMuchWork * usual_work_) {
      return life.candidate;
    }
  }
}

void LifeSearch::Saw(const Candidate& played, std::span<const uint64_t> features) {
  const uint64_t work = WorkOf(played.scenario);
  const size_t number = lives_.size();
  size_t own = 0;
  for (const uint64_t feature : features) {
    const auto [owner, is_new] = owners_.try_emplace(feature, number);
    if (!is_new) {
      if (owner->second == number || lives_[owner->second].work <= work) continue;
      if (--lives_[owner->second].features == 0) Drop(owner->second);
      owner->second = number;
    }
    ++own;
  }
  if (own == 0) return;
  lives_.push_back({played, work, own, kept_.size()});
  kept_.push_back(number);
}

void LifeSearch::Drop(size_t number) {
  const size_t place = lives_[number].place;
  kept_[place] = kept_.back();
  lives_[kept_[place]].place = place;
  kept_.pop_back();
  lives_[number].candidate = {};
}

}  // namespace khofuzz
