// Processes whose work may do anything to them: play scenarios on compiled trees, say.
//
// Each works through numbered items for as long as it lives, so the normal case pays for no process
// of its own; one that dies, or does not get on, is replaced and the item at fault is told.
#ifndef KHOFUZZ_SYSTEM_CREW_H_
#define KHOFUZZ_SYSTEM_CREW_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "system/clock.h"
#include "system/contained.h"

namespace khofuzz {

// How a member of the crew talks to the process that started it.
class CrewVoice {
 public:
  // A line, without newlines in it.
  void Say(const std::string& line) const;
  // What its item is, for who hears that it was lost: any text.
  void Note(std::string_view what) const;
  // It gets on with its item: needed where one takes longer than a hang.
  void Beat() const;
};

// What a member does, in a process of its own.
class CrewMember {
 public:
  virtual ~CrewMember() = default;
  virtual void Do(uint64_t item, const CrewVoice& voice) = 0;
  // Says what has come together since it was last asked: now and then, and at the end.
  virtual void SumUp(const CrewVoice& voice) = 0;
};

struct CrewPlan {
  unsigned members = 1;
  uint64_t due = 0;  // items below are done however long it takes
  uint64_t end = 0;  // there are no items from here on
  Clock::time_point deadline{};
  int hang_seconds = 10;      // less, once one has hung
  uint64_t memory_mb = 2048;  // of each
};

// A process that an item was the end of.
struct CrewLoss {
  uint64_t item = 0;
  ProcessLoss process;
  std::string note{};  // what the member has last noted, of this item
};

// Whoever follows the crew's work.
class CrewListener {
 public:
  virtual ~CrewListener() = default;
  virtual void OnLine(const std::string& line) = 0;
  virtual void OnLoss(const CrewLoss& loss) = 0;
  // Many times a second. False ends all work.
  virtual bool OnTick() = 0;
};

// Member m of n does the items m, m + n, m + 2n and so on; `member` lives in every process. Returns
// when all have ended. Unavailable if there are no processes to be had.
absl::Status RunCrew(const CrewPlan& plan, CrewMember& member, CrewListener& listener);

}  // namespace khofuzz

#endif  // KHOFUZZ_SYSTEM_CREW_H_
