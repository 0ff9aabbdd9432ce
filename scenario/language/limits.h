// How large a scenario and what it asks for may be. What is beyond is cut or refused, and said.
#ifndef KHOFUZZ_SCENARIO_LANGUAGE_LIMITS_H_
#define KHOFUZZ_SCENARIO_LANGUAGE_LIMITS_H_

#include <cstddef>
#include <cstdint>

namespace khofuzz {

// ---- the text ----
inline constexpr size_t kMaxScenarioBytes = 16 << 20;
inline constexpr size_t kMaxOps = 4096;
inline constexpr size_t kMaxTextBytes = 4096;  // of one text operand

// ---- the machine ----
inline constexpr uint64_t kMaxMachineAddress = uint64_t{1} << 47;  // bytes
inline constexpr size_t kMaxBanks = 64;
inline constexpr size_t kMaxFirmware = 64;
inline constexpr size_t kMaxMachineLines = 1 + kMaxBanks + kMaxFirmware;
inline constexpr int kMaxNodes = 64;

// ---- a boot ----
inline constexpr uint64_t kMaxRequests = 64;  // of one kind: early_alloc, hugetlb, reserve_mem, ...
inline constexpr uint64_t kMaxThreads = 16;

// ---- what a kernel preserves ----
inline constexpr uint64_t kMaxRun = uint64_t{1} << 22;  // pages in one preservation
inline constexpr uint64_t kMaxFault = 4095;             // k of `fail`
inline constexpr uint64_t kMaxVmallocBlocks = 4096;     // blocks of one vmalloc area
// Of all of them: each is told from what the tree holds by then.
inline constexpr uint64_t kMaxVmallocBlocksInAll = uint64_t{1} << 16;
// How many blocks of an area a chunk, a page, names beside the next chunk.
constexpr uint64_t VmallocBlocksInChunk(uint64_t page_size) {
  return page_size / sizeof(uint64_t) - 1;
}
inline constexpr uint64_t kMaxOwnTestBytes = uint64_t{4} << 20;
inline constexpr uint64_t kMaxBlockSets = 16;        // that one kernel preserves
inline constexpr uint64_t kMaxSubtreesTried = 4096;  // in one scenario
inline constexpr uint64_t kMaxCopies = 128;          // of one add_subtree
// The copies after so many in a row that were refused, but not for their names, are not tried: they
// would be too, and each looks through a full FDT.
inline constexpr uint64_t kRefusalsForAll = 4;
// A k of `fail` that says that none fails: nobody allocates so often.
inline constexpr uint64_t kNoFault = uint64_t{1} << 62;

// ---- what is looked at ----
// Pages of handed-over trees that one scenario decodes: it takes as long as there are pages.
inline constexpr uint64_t kMaxPagesDecoded = uint64_t{1} << 17;
// A machine with more pages has no map of each page to hold memblock against.
inline constexpr uint64_t kMaxMappedPages = uint64_t{1} << 16;

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_LANGUAGE_LIMITS_H_
