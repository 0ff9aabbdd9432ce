#include "linux/tree_values.h"

#include <array>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace khofuzz {

MemblockRegion RegionFrom(const kf_region& region) {
  return {PhysAddr{region.base}, region.size, region.flags, static_cast<NodeId>(region.nid)};
}

FaultSite FaultSiteOf(int site) {
  constexpr std::array kSites = {FaultSite::kRadixNode, FaultSite::kMemblockAlloc,
                                 FaultSite::kMemblockDouble, FaultSite::kPageAlloc,
                                 FaultSite::kVmap};
  return kSites[static_cast<size_t>(site)];
}

kf_machine MachineOf(const Geometry& geometry, int nodes, Arena& arena) {
  kf_machine machine{};
  machine.pageblock_order = geometry.pageblock_order;
  machine.max_page_order = geometry.max_page_order;
  machine.section_shift = geometry.section_shift;
  machine.extension_shift = geometry.extension_shift;
  machine.low_limit = geometry.low_limit.value;
  machine.dma_bytes = geometry.dma_bytes;
  machine.arena = arena.memory();
  machine.arena_bytes = arena.bytes();
  machine.pages = arena.pages();
  machine.nr_pages = arena.nr_pages();
  machine.nodes = nodes;
  machine.threads = 1;
  return machine;
}

std::string SourceOf(const kf_site& at) {
  return at.line == 0 ? std::string(at.file) : absl::StrCat(at.file, ":", at.line);
}

std::string PlaceOf(const kf_site* at) {
  return at == nullptr ? "" : absl::StrCat(at->function, "(), ", SourceOf(*at));
}

std::string StopText(kf_stop kind, const char* what, const kf_site* at) {
  const char* const name = kind == KF_STOP_BUG     ? "BUG"
                           : kind == KF_STOP_PANIC ? "panic"
                                                   : "beyond a limit of the simulation";
  return absl::StrCat(name, at == nullptr ? "" : " in ", PlaceOf(at), ": ", what);
}

absl::Status TreeStatus(int result, std::string_view call, std::string_view stopped) {
  if (!stopped.empty()) return absl::FailedPreconditionError(std::string(stopped));
  if (result >= 0) return absl::OkStatus();
  const std::string text = absl::StrCat(std::string(call), "() fails: ", strerrorname_np(-result));
  switch (-result) {
    case ENOMEM:
      return absl::ResourceExhaustedError(text);
    case EEXIST:
      return absl::AlreadyExistsError(text);
    case ENOENT:
      return absl::NotFoundError(text);
    case EINVAL:
    case ERANGE:
      return absl::InvalidArgumentError(text);
    default:
      return absl::InternalError(text);
  }
}

}  // namespace khofuzz
