#include "cli/fuzz/turns.h"

#include <algorithm>
#include <tuple>

#include "scenario/language/rng.h"

namespace khofuzz {
namespace {

// The first look at each worker takes this part of the search, within bounds.
constexpr double kLook = 0.005;
constexpr double kLeastLook = 0.1;
constexpr double kMostLook = 1;
// The first of all has as much as so many: most of what is wrong shows there.
constexpr double kFirstLooks = 5;
// Later turns take this part of what has been dealt until then.
constexpr double kGrowth = 0.02;
// This part of the time is the first worker's, and this one is for all alike.
constexpr double kFirstPart = 0.5;
constexpr double kAlike = 0.2;
// What of a worker's rate is that of its last turn.
constexpr double kLast = 0.5;

}  // namespace

Turns::Turns(size_t workers, unsigned jobs, double seconds, std::optional<size_t> first)
    : hands_(workers),
      jobs_(jobs),
      look_(std::clamp(seconds * kLook, kLeastLook, kMostLook)),
      first_(first) {}

bool Turns::Before(size_t one, size_t other) const {
  // Smaller comes first: the first of all, if it is due; no look yet; less than a part; a better
  // rate.
  const auto rank = [this](size_t worker) {
    const Hand& hand = hands_[worker];
    const bool is_short = hand.seconds * static_cast<double>(hands_.size()) < dealt_ * kAlike;
    const bool is_due = worker == first_ && (!hand.looked || hand.seconds < dealt_ * kFirstPart);
    return std::tuple(!is_due, hand.looked, !is_short, is_short ? hand.seconds : -hand.rate,
                      worker);
  };
  return rank(one) < rank(other);
}

std::optional<Turn> Turns::Deal() {
  if (playing_ == jobs_) return std::nullopt;
  std::optional<size_t> next;
  for (size_t worker = 0; worker < hands_.size(); ++worker) {
    if (hands_[worker].playing || hands_[worker].gone) continue;
    if (!next.has_value() || Before(worker, *next)) next = worker;
  }
  if (!next.has_value()) return std::nullopt;
  Hand& hand = hands_[*next];
  const double look = *next == first_ ? look_ * kFirstLooks : look_;
  const double seconds = hand.looked ? std::max(look_, dealt_ * kGrowth) : look;
  hand.looked = hand.playing = true;
  ++playing_;
  return Turn{*next, seconds};
}

void Turns::Over(size_t worker, double seconds, uint64_t news) {
  Hand& hand = hands_[worker];
  hand.playing = false;
  --playing_;
  if (seconds <= 0) return;
  const double rate = static_cast<double>(news) / seconds;
  hand.rate = hand.seconds > 0 ? kLast * rate + (1 - kLast) * hand.rate : rate;
  hand.seconds += seconds;
  dealt_ += seconds;
}

uint32_t RoundSeed(uint64_t seed, std::string_view target, unsigned worker, unsigned round) {
  uint64_t mixed = Rng(seed).Next();
  for (const char c : target) mixed = Rng(mixed ^ static_cast<unsigned char>(c)).Next();
  mixed = Rng(mixed ^ (uint64_t{worker} << 32 | round)).Next();
  const auto result = static_cast<uint32_t>(mixed >> 32);
  return result == 0 ? 1 : result;
}

}  // namespace khofuzz
