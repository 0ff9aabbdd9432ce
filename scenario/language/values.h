// Values worth trying for a field, by kind: new ones, and small changes to old ones.
#ifndef KHOFUZZ_SCENARIO_LANGUAGE_VALUES_H_
#define KHOFUZZ_SCENARIO_LANGUAGE_VALUES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "core/radix/shape.h"
#include "scenario/language/field.h"
#include "scenario/language/machine.h"
#include "scenario/language/rng.h"

namespace khofuzz {

// Draws values that matter on one machine: addresses at the edges of its banks, sections, extension
// blocks and pageblocks, sizes of those, keys of its pages.
class ValueSource {
 public:
  ValueSource(const Machine& machine, Rng& rng);

  uint64_t Number(Kind kind, size_t choices);
  bool Flag() { return rng_.OneIn(3); }
  std::string Text(Kind kind);
  // The value of kho_scratch=, three sizes ("256K,512K,256K": low memory, anywhere, each node),
  // that the machine mostly has room for, and a kernel has room in.
  std::string FittingScratch();
  // How many entries a block says that it has: none, what fits of some size, one more, or any.
  uint64_t BlockCount();

  // How many entries of so many bytes a block has room for, as an op takes them.
  uint64_t EntriesOfBlock(uint64_t bytes) const;
  // How many blocks a vmalloc area has that fills one chunk or two, or has one block more or less.
  uint64_t ChunkCount();

  // Near `value`: a bit, a step, a doubling, or a new one.
  uint64_t Vary(uint64_t value, Kind kind, size_t choices);
  std::string Vary(const std::string& value, Kind kind);

 private:
  uint64_t Address();
  uint64_t Size();
  uint64_t Key();
  std::string ScratchParams();
  std::string CoreSize();

  const Machine& machine_;
  Rng& rng_;
  std::vector<uint64_t> grains_;  // page, pageblock, buddy block, section, extension block: bytes
};

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_LANGUAGE_VALUES_H_
