// A capture: a folder that holds one handover as a real kernel left it, and what both kernels made
// of it. corpus/captures/README.md describes the files.
#ifndef KHOFUZZ_CLI_CAPTURE_CAPTURE_H_
#define KHOFUZZ_CLI_CAPTURE_CAPTURE_H_

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/capture/memblock_dump.h"
#include "cli/capture/pagetypeinfo.h"
#include "cli/capture/records.h"
#include "core/geometry.h"
#include "core/handover/handover.h"
#include "core/radix/preservation.h"

namespace khofuzz {

struct Capture {
  explicit Capture(const Geometry& g) : geometry(g), handover(g.page_shift) {}

  std::filesystem::path dir;
  std::string name;   // the folder's own name
  Geometry geometry;  // of both kernels, as far as the capture tells
  // Ready for DecodeHandover(). Where the FDT and the scratch table lay is not part of them; see
  // the two flags.
  Handover handover;
  // False: the capture does not say where the page lay, and it was put above everything else.
  bool fdt_address_recorded = false;
  bool scratch_address_recorded = false;
  // It is one file, a memory dump, not a folder; and what memory that has, about.
  bool is_dump = false;
  std::vector<AddrRange> dumped;
  // What of the dump cannot be read, and why: "the dump is not whole: ..."; empty: all can.
  std::string dump_not_whole;
  // Which handover it is, where that is known: "kexec 2 since the machine was started, of Linux
  // 7.3.4".
  std::string kexec;

  // All but the FDT may be missing; then what needs it is not compared.
  bool tree_recorded = false;
  std::vector<RadixPage> radix_index;  // of a folder
  std::string scratch;                 // scratch.bin: the table as handed over
  std::string scratch_k1;              // scratch.k1.bin: as the first kernel had it
  std::string scratch_k2;              // scratch.k2.bin: as the second kernel had it

  MemblockDump k1_kho_memory_init;            // before scratch was sized
  MemblockDump k1_memblock_free_all;          // after it was reserved
  MemblockDump k2_before_extend;              // before scratch extension
  MemblockDump k2_mm_core_init_after_extend;  // after it
  MemblockDump k2_kho_memory_init;            // before preserved memory was reserved
  MemblockDump k2_memblock_free_all;          // after it

  MachineRecord machine;
  PageTypeInfo pagetypeinfo_k1;
  PageTypeInfo pagetypeinfo_k2;
  std::optional<std::vector<Preservation>> preserved;
  std::optional<CaptureSummary> summary;
};

// Whether `dir` looks like one: it has the FDT.
bool IsCapture(const std::filesystem::path& dir);

// Reads the capture in `dir`. Nothing is taken on trust: a file that is truncated, too large or
// malformed, or an FDT that is missing, comes back as an error that names the file, the line or
// byte, and what was expected there. The contents of the FDT, the scratch table and the tree are
// DecodeHandover()'s to judge.
absl::StatusOr<Capture> LoadCapture(const std::filesystem::path& dir);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_CAPTURE_CAPTURE_H_
