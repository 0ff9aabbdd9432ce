// Do two kernels, given the same scenario, come to the same memory?
//
// At the end of every phase of every boot and after every op, all that can be seen of a kernel is
// put into one digest. Where digests part, the state of that moment is written out for both and the
// first difference named.
#ifndef KHOFUZZ_SCENARIO_PLAYING_COMPARE_H_
#define KHOFUZZ_SCENARIO_PLAYING_COMPARE_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/geometry.h"
#include "oracle/report.h"
#include "scenario/playing/moment.h"
#include "scenario/playing/run.h"

namespace khofuzz {

// What a record of a state is about.
enum class Aspect : uint8_t {
  kKernel,    // kho enabled, handover boot
  kPages,     // begin, end, nid, zone, reserved, free
  kTypes,     // begin, end, migratetype
  kMagic,     // pfn, order
  kNodes,     // nid, begin, end, first deferred pfn
  kZones,     // nid, zone, begin, end, present, managed
  kMemory,    // base, end, flags, nid: memblock.memory
  kReserved,  // the same: memblock.reserved
  kBootmem,   // base, end
  kTree,      // address, order: a block in the outgoing tree
  kItems,     // what a scenario holds: list, index, begin, end, order, restored
};
std::string_view AspectName(Aspect aspect);

struct StateRecord {
  Aspect aspect;
  std::array<uint64_t, 6> values{};

  friend bool operator==(const StateRecord&, const StateRecord&) = default;
};
// For people: "pages 0x40..0x80: node 0 Normal, reserved".
std::string Describe(const StateRecord& record, const Geometry& geometry);

// All of the present state, in a fixed order. Empty where no whole kernel runs.
std::vector<StateRecord> StateRecords(const State& state);
// The same as one number.
uint64_t StateDigest(const State& state);

// Where two plays part.
struct Difference {
  Moment moment;
  std::string what;              // "at the end of memmap_init of kernel 2: ..."
  std::optional<Aspect> aspect;  // unset: one of them went on and the other did not
  // The first memory that differs, where it is memory that does: a page, or a whole pageblock if
  // its type is what differs.
  std::optional<AddrRange> where;
};

// What a play came to.
struct Ending {
  std::vector<Moment> moments;
  std::vector<uint64_t> digests;  // one for each moment
  Report report;
  // The kernels cannot run on such a machine, and why: there is nothing to compare.
  bool refused = false;
  // From there on a kernel read rubbish (core/kernel.h), or did not play what the other does
  // (Life::left_out()): no digests of that.
  bool cut_short = false;
  bool rubbish = false;  // the former: nor is what breaks then compared
  std::string why_refused{};
};
// `beside`, which may be null, hears of the play as well.
Ending PlayToTheEnd(const Scenario& scenario, const Target& target, const Subject& subject,
                    PlayListener* beside = nullptr);

// Plays both and compares. nullopt: the same states all along, and the same first violation or
// none. `names` are what the two are called in the text. The other plays `for_other` where that is
// not null, which says the same for it.
std::optional<Difference> FirstDifference(const Scenario& scenario, const Target& target,
                                          const Subject& one, const Subject& other,
                                          std::pair<std::string, std::string> names,
                                          const Scenario* for_other = nullptr);
// As above, with both of the plays over already.
bool SameEnding(const Ending& one, const Ending& other);
// Whether both break the same invariant in the same op, or nothing, however they end.
bool BreakAlike(const Report& one, const Report& other);
// As SameEnding(), with one of them over. Stops where they part: most that are tried against an
// ending do so early.
struct Agreement {
  bool whole = false;     // they end alike
  size_t moments = 0;     // how many were the same before they parted, or all of them
  size_t of_moments = 0;  // that are over

  friend bool operator==(const Agreement&, const Agreement&) = default;
};
Agreement AgreementOf(const Ending& ending, const Scenario& scenario, const Target& target,
                      const Subject& subject);
// Whether that is whole.
bool EndsAs(const Ending& ending, const Scenario& scenario, const Target& target,
            const Subject& subject);

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_PLAYING_COMPARE_H_
