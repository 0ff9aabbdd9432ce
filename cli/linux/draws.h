// What one member of a crew plays: scenarios that are given, item by item, then what its search
// draws.
#ifndef KHOFUZZ_CLI_LINUX_DRAWS_H_
#define KHOFUZZ_CLI_LINUX_DRAWS_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/linux/corpus_files.h"
#include "scenario/search/search.h"
#include "system/crew.h"

namespace khofuzz {

class Draws {
 public:
  // The first items are `given`; the search begins with the corpus's, too. Both outlive it.
  Draws(uint64_t seed, const std::vector<CorpusScenario>& given,
        const std::vector<CorpusScenario>& corpus)
      : seed_(seed), given_(given), corpus_(corpus) {}

  // The item's, which is noted, so that it is known of what a process has died. The search of a
  // member begins with its first item that is not given: of the same seed, items and features each
  // member draws the same.
  const Candidate& Draw(uint64_t item, const CrewVoice& voice);
  // What the play of the last one has shown (sights.h).
  void Saw(std::span<const uint64_t> features);

  // In the process that hears of a loss: what was drawn. nullopt: it died before.
  static std::optional<Candidate> OfNote(const std::string& note);

 private:
  const uint64_t seed_;
  const std::vector<CorpusScenario>& given_;
  const std::vector<CorpusScenario>& corpus_;
  std::optional<LifeSearch> search_;
  Candidate drawn_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_LINUX_DRAWS_H_
