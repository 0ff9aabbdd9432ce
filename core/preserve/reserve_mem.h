// The FDT that tells the next kernel where the reserve_mem= areas are.
//
// Mirrors prepare_kho_fdt() and reserve_mem_kho_revive() (mm/memblock.c, Linux 7.3) and the format
// of include/linux/kho/abi/memblock.h: a root of "memblock-v1", a node for each area, by its name,
// of "reserve-mem-v1", with "start" and "size" (u64 bytes each).
#ifndef KHOFUZZ_CORE_PRESERVE_RESERVE_MEM_H_
#define KHOFUZZ_CORE_PRESERVE_RESERVE_MEM_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/address.h"

namespace khofuzz {

// The subtree that it is handed over as.
inline constexpr std::string_view kReserveMemSubtree = "memblock";
// RESERVE_MEM_MAX_ENTRIES: there are no more areas than this.
inline constexpr size_t kMaxReserveMemAreas = 8;

// RESERVE_MEM_NAME_SIZE: bytes that a name takes, with the one that ends it.
inline constexpr size_t kReserveMemNameSize = 16;
// Whether reserve_mem() takes it: neither too long nor nothing but blanks.
bool IsReserveMemName(std::string_view name);

struct ReserveMemArea {
  std::string name;
  AddrRange range;  // bytes; empty once it was released
};

// The FDT's bytes, totalsize of them. ResourceExhausted if they would be more than `capacity`.
absl::StatusOr<std::vector<uint8_t>> BuildReserveMemFdt(const std::vector<ReserveMemArea>& areas,
                                                        uint64_t capacity);

// The area of that name; nullopt if there is none, or what is there is no such FDT. `bytes` may be
// longer than the FDT (a whole page); they are not trusted.
std::optional<AddrRange> FindReserveMem(std::span<const uint8_t> bytes, std::string_view name);

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_PRESERVE_RESERVE_MEM_H_
