#include "cli/judge/trial.h"

#include <bit>
#include <functional>
#include <string_view>
#include <utility>

#include "core/memblock/memblock.h"
#include "scenario/language/ops.h"
#include "scenario/playing/run.h"
#include "scenario/playing/state.h"

namespace khofuzz {
namespace {

// FNV-1a, a word at a time.
class Hash {
 public:
  Hash& Add(uint64_t word) {
    // The shift brings what the multiplication moves up back down.
    hash_ = (hash_ ^ word) * 0x100000001b3;
    hash_ ^= hash_ >> 32;
    return *this;
  }
  uint64_t value() const { return hash_; }

 private:
  uint64_t hash_ = 0xcbf29ce484222325;
};

// What a feature is about, so that features of different kinds never meet.
enum FeatureKind : uint64_t { kAsked, kAllAsked, kPremise, kOutcome };

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWordCharacter(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

void AddText(std::string_view text, Hash& hash) {
  for (const char c : text) hash.Add(static_cast<unsigned char>(c));
}

// The text with every number, hexadecimal and with units too, as '#'.
void AddTextWithoutNumbers(std::string_view text, Hash& hash) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (!IsDigit(text[i])) {
      hash.Add(static_cast<unsigned char>(text[i]));
      continue;
    }
    hash.Add('#');
    while (i + 1 < text.size() && IsWordCharacter(text[i + 1])) ++i;
  }
}

void AddMemblock(const Memblock& memblock, Hash& hash) {
  for (const MemblockType* const type : {&memblock.memory(), &memblock.reserved()}) {
    hash.Add(type->regions.size());
    for (const MemblockRegion& region : type->regions) {
      hash.Add(region.base.value).Add(region.size).Add(region.flags);
      hash.Add(static_cast<uint64_t>(region.nid));
    }
  }
}

}  // namespace

Trial Try(const Scenario& scenario, const Target& target, const Design& design) {
  Trial trial;
  Design watched = design;
  watched.set_asked(&trial.asked);
  Played played = Play(scenario, target, watched);

  Hash trace;
  for (size_t i = 0; i < played.lines.size(); ++i) {
    trace.Add(i);
    AddText(played.lines[i], trace);
    Hash outcome;
    outcome.Add(kOutcome).Add(scenario.ops[i].index());
    AddTextWithoutNumbers(played.lines[i], outcome);
    trial.features.push_back(outcome.value());
  }
  for (const InvariantInfo& info : InvariantCatalogue()) {
    const uint64_t premises = played.state->report.premises(info.invariant);
    trace.Add(premises);
    if (premises == 0) continue;
    const auto bucket = static_cast<uint64_t>(std::bit_width(premises));
    trial.features.push_back(
        Hash().Add(kPremise).Add(static_cast<uint64_t>(info.invariant)).Add(bucket).value());
  }
  trace.Add(played.state->report.violations().size());
  for (const uint64_t cost : played.state->report.costs()) trace.Add(cost);
  if (played.state->memblock_alone() != nullptr) {
    AddMemblock(played.state->memblock_alone()->memblock, trace);
  }
  trial.trace = trace.value();

  for (size_t quirk = 0; quirk < trial.asked.size(); ++quirk) {
    if (trial.asked[quirk]) trial.features.push_back(Hash().Add(kAsked).Add(quirk).value());
  }
  trial.features.push_back(Hash().Add(kAllAsked).Add(std::hash<QuirkSet>()(trial.asked)).value());
  trial.report = std::move(played.state->report);
  return trial;
}

}  // namespace khofuzz
