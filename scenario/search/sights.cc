#include "scenario/search/sights.h"

#include <bit>
#include <functional>
#include <string_view>

#include "oracle/invariant.h"
#include "scenario/language/ops.h"
#include "scenario/playing/state.h"
#include "scenario/search/mix.h"

namespace khofuzz {
namespace {

// What a feature is about, so that features of different kinds never meet.
enum FeatureKind : uint64_t { kOutcome, kPremise, kAsked, kAllAsked };

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWordCharacter(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// The text with every number, hexadecimal and with units too, as '#'.
void AddWithoutNumbers(std::string_view text, Mix& mix) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (!IsDigit(text[i])) {
      mix.Add(static_cast<unsigned char>(text[i]));
      continue;
    }
    mix.Add('#');
    while (i + 1 < text.size() && IsWordCharacter(text[i + 1])) ++i;
  }
}

}  // namespace

void Sights::AfterOp(size_t op) {
  if (op < scenario_.op_count()) {
    Mix outcome;
    outcome.Add(kOutcome).Add(scenario_.ops[op].index());
    AddWithoutNumbers(state_->outcome.text(), outcome);
    features_.push_back(outcome.value());
    return;
  }
  for (const InvariantInfo& info : InvariantCatalogue()) {
    const uint64_t premises = state_->report.premises(info.invariant);
    if (premises == 0) continue;
    features_.push_back(Mix()
                            .Add(kPremise)
                            .Add(static_cast<uint64_t>(info.invariant))
                            .Add(static_cast<uint64_t>(std::bit_width(premises)))
                            .value());
  }
}

std::vector<uint64_t> Sights::features() const {
  std::vector<uint64_t> all = features_;
  if (asked_ == nullptr) return all;
  for (size_t quirk = 0; quirk < asked_->size(); ++quirk) {
    if ((*asked_)[quirk]) all.push_back(Mix().Add(kAsked).Add(quirk).value());
  }
  all.push_back(Mix().Add(kAllAsked).Add(std::hash<QuirkSet>()(*asked_)).value());
  return all;
}

}  // namespace khofuzz
