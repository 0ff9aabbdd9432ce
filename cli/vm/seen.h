// What a booted kernel showed, and what KHO's invariants make of it.
#ifndef KHOFUZZ_CLI_VM_SEEN_H_
#define KHOFUZZ_CLI_VM_SEEN_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/capture/pagetypeinfo.h"
#include "core/address.h"
#include "core/geometry.h"
#include "core/handover/scratch_table.h"
#include "oracle/invariant.h"

namespace khofuzz {

// The files that are read of every kernel, with their names in a run's folder: "pagetypeinfo".
// Those of debugfs may be missing.
struct GuestFile {
  std::string_view name;
  std::string_view path;
};
inline constexpr GuestFile kGuestFiles[] = {
    {"pagetypeinfo", "/proc/pagetypeinfo"},
    {"iomem", "/proc/iomem"},
    {"meminfo", "/proc/meminfo"},
    {"zoneinfo", "/proc/zoneinfo"},
    {"cmdline", "/proc/cmdline"},
    {"memblock.memory", "/sys/kernel/debug/memblock/memory"},
    {"memblock.reserved", "/sys/kernel/debug/memblock/reserved"},
    {"kho.scratch_phys", "/sys/kernel/debug/kho/out/scratch_phys"},
    {"kho.scratch_len", "/sys/kernel/debug/kho/out/scratch_len"},
    {"kho.in.fdt", "/sys/kernel/debug/kho/in/fdt"},
};

struct KernelSeen {
  bool up = false;                                        // its init answered
  bool kho = false;                                       // kho_is_enabled()
  bool handover = false;                                  // is_kho_boot()
  std::map<std::string, std::string, std::less<>> files;  // by GuestFile::name; those there were
  ScratchTable scratch;                                   // of a kernel with KHO on
  std::vector<std::pair<std::string, AddrRange>> reserve_mem;  // by name
  PageTypeInfo types;
  std::vector<std::string> console;  // its own lines, timestamps included

  uint64_t CmaPageblocks() const { return types.Pageblocks("CMA"); }
};

// Fills in `scratch` and `types` from the files. InvalidArgument: a file is not what it should be.
absl::Status TakeFiles(KernelSeen& seen);

// A zone of /proc/zoneinfo that has memory.
struct GuestZone {
  NodeId nid = 0;
  std::string name;
  PfnRange pfns;         // that it spans
  uint64_t managed = 0;  // pages
};
std::vector<GuestZone> ZonesOf(std::string_view zoneinfo);
// How restoring `range` has changed what zones manage, where that is not by the pages of it that
// each has: "node 0 DMA manages 5 pages more, and 3 of the range lie there".
std::vector<std::string> MiscountedZones(const std::vector<GuestZone>& before,
                                         const std::vector<GuestZone>& after, PfnRange range);

// Console lines of one kernel each: a kernel begins with its "Linux version".
std::vector<std::vector<std::string>> KernelsOfConsole(std::string_view console);
// Those that tell of KHO, WARNs, BUGs, oopses and panics, without timestamps. A WARN that comes
// again is told once, with how often: "WARNING: mm/x.c:12 at f+0x1/0x2 (3 times)".
std::vector<std::string> TellingLines(const std::vector<std::string>& console);
// Whether a kernel has said the last of its panic: what does not go off then never will.
bool PanicIsOver(std::string_view console);
// The panic's or the oops' own line, if there is one.
std::optional<std::string> DeathIn(const std::vector<std::string>& console);
// Where the first oops, BUG or panic was called from, the innermost first, as far as `most`:
// function names.
std::vector<std::string> CallTraceIn(const std::vector<std::string>& console, size_t most);
// Where a WARN was, each once: "mm/page_alloc.c:1234 at free_page+0x0/0x10".
std::vector<std::string> WarningsIn(const std::vector<std::string>& console);

struct VmViolation {
  Invariant invariant = Invariant::kScratchIsCma;
  size_t kernel = 0;           // from 1
  std::optional<size_t> op{};  // index
  std::string what{};
  std::vector<std::string> evidence{};  // of the kernel's own
};
// What can be judged when a kernel is up: scratch-is-cma, by the number of pageblocks, and
// bootmem-unpreserved of reserve_mem= areas, which kernels with KHO preserve.
std::vector<VmViolation> JudgeUp(const KernelSeen& seen, size_t kernel, const Geometry& geometry);

// "node 1 DMA32 16", one each zone that has CMA pageblocks.
std::vector<std::string> CmaByZone(const PageTypeInfo& types);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_VM_SEEN_H_
