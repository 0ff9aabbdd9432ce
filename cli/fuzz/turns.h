// Who fuzzes what, for how long at a time, with which seed.
#ifndef KHOFUZZ_CLI_FUZZ_TURNS_H_
#define KHOFUZZ_CLI_FUZZ_TURNS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace khofuzz {

struct Turn {
  size_t worker;
  double seconds;
};

// Deals a search's time among its workers, in turns. Each has a short look first, the first of all
// a longer one, then turns that grow with the time that has been dealt. Half of that is for the
// first, a fifth for all alike: whoever has had less than its part comes next. The rest goes to
// whoever has lately come to most news a second.
class Turns {
 public:
  // `jobs` workers have turns at once. The search is to take `seconds` in all. The worker numbered
  // `first` has the first turn, if there is such a one; the others follow in their order.
  Turns(size_t workers, unsigned jobs, double seconds, std::optional<size_t> first = std::nullopt);

  // The next turn, which its worker has from now on. None while `jobs` have one, or if nobody waits
  // for any.
  std::optional<Turn> Deal();
  // A worker's turn is over: it fuzzed for `seconds` and came to `news` in them, features that it
  // had not seen before.
  void Over(size_t worker, double seconds, uint64_t news);
  // It gets no turn any more. It has none now.
  void Leave(size_t worker) { hands_[worker].gone = true; }
  bool Has(size_t worker) const { return hands_[worker].playing; }

 private:
  struct Hand {
    bool looked = false;  // it has had a turn
    bool playing = false;
    bool gone = false;
    double seconds = 0;
    double rate = 0;  // of news, of late
  };
  // Whether one that waits comes before another that does.
  bool Before(size_t one, size_t other) const;

  std::vector<Hand> hands_;
  const unsigned jobs_;
  const double look_;
  const std::optional<size_t> first_;
  unsigned playing_ = 0;
  double dealt_ = 0;  // to all
};

// What a worker passes to libFuzzer's -seed= in its round-th start; never 0, which means chance.
uint32_t RoundSeed(uint64_t seed, std::string_view target, unsigned worker, unsigned round);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_FUZZ_TURNS_H_
