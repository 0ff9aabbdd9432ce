#include "cli/linux/draws.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "scenario/language/rng.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

// The corpus has what people thought worth keeping.
constexpr unsigned kMutantsOfEight = 3;

}  // namespace

const Candidate& Draws::Draw(uint64_t item, const CrewVoice& voice) {
  if (item < given_.size()) {
    drawn_ = {given_[item].target, given_[item].scenario};
  } else {
    if (!search_.has_value()) {
      search_.emplace(WholeTargets(), Rng(Rng(seed_).Next() + item).Next(), kMutantsOfEight);
      for (const CorpusScenario& one : corpus_) search_->Begin({one.target, one.scenario});
    }
    drawn_ = search_->Next();
  }
  voice.Note(absl::StrCat(std::string(drawn_.target->name), "\n", Print(drawn_.scenario)));
  return drawn_;
}

void Draws::Saw(std::span<const uint64_t> features) {
  if (search_.has_value()) search_->Saw(drawn_, features);
}

std::optional<Candidate> Draws::OfNote(const std::string& note) {
  const size_t end = note.find('\n');
  if (end == std::string::npos) return std::nullopt;
  const Target* const target = FindTarget(note.substr(0, end));
  const std::string text = note.substr(end + 1);
  // What is drawn may have a machine that playing repairs, which people are refused.
  Scenario scenario = ParseLenient(text);
  if (target == nullptr || Print(scenario) != text) return std::nullopt;
  return Candidate{target, std::move(scenario)};
}

}  // namespace khofuzz
