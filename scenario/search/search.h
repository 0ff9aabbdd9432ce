// The search: which scenario is played next. fuzz's targets have libFuzzer's in its place; what
// else looks for what is wrong by chance draws from this one.
//
// What it draws is new, from the generator, or a mutant of a life that it has kept since its play
// showed something new. What is new the caller says, by features: numbers
// for things that a play has shown (sights.h).
#ifndef KHOFUZZ_SCENARIO_SEARCH_SEARCH_H_
#define KHOFUZZ_SCENARIO_SEARCH_SEARCH_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "scenario/language/rng.h"
#include "scenario/language/scenario.h"
#include "scenario/language/targets.h"

namespace khofuzz {

// Something to play.
struct Candidate {
  const Target* target = nullptr;
  Scenario scenario{};
};

// What it draws is a function of the seed, of what it began with and of the features that it was
// told, and of nothing else.
class LifeSearch {
 public:
  // `targets`, of which the generator takes one after another, must not be empty. So many of eight
  // draws are mutants: more than one pays only where the features know what is looked for, or there
  // are good beginnings (docs/speed.md).
  LifeSearch(std::vector<const Target*> targets, uint64_t seed, unsigned mutants_of_eight = 1);

  // Something that mutants are to be made of whatever its play shows.
  void Begin(Candidate candidate) { begun_.push_back(std::move(candidate)); }

  // Stays as it is until the next call.
  const Candidate& Next();

  // What the play of a candidate has shown; to be told of those that hold. Of those that show the
  // same the one that is the least work is kept; who has nothing of its own any more is dropped.
  void Saw(const Candidate& played, std::span<const uint64_t> features);

  // How many lives are kept, and how many features they have shown.
  size_t kept() const { return kept_.size(); }
  size_t features() const { return owners_.size(); }

 private:
  struct Kept {
    Candidate candidate;
    uint64_t work = 0;
    size_t features = 0;  // that are its own
    size_t place = 0;     // in kept_
  };
  const Candidate& Parent();
  void Drop(size_t number);

  const std::vector<const Target*> targets_;
  const unsigned mutants_of_eight_;
  Rng rng_;
  uint64_t drawn_ = 0;
  Candidate next_;
  std::vector<Candidate> begun_;
  uint64_t usual_work_ = 0;   // of what is new: about the median
  std::vector<Kept> lives_;   // all that have ever been kept; empty where they are no more
  std::vector<size_t> kept_;  // their numbers
  absl::flat_hash_map<uint64_t, size_t> owners_;  // the life that a feature is kept for
};

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_SEARCH_SEARCH_H_
