#include "core/preserve/reserve_mem.h"

#include <cstring>

#include "absl/strings/str_cat.h"

extern "C" {
#include <libfdt.h>
}

namespace khofuzz {
namespace {

constexpr char kRootCompatible[] = "memblock-v1";
constexpr char kAreaCompatible[] = "reserve-mem-v1";

std::optional<uint64_t> ReadU64(const void* fdt, int node, const char* property) {
  int length = 0;
  const void* value = fdt_getprop(fdt, node, property, &length);
  uint64_t word = 0;
  if (value == nullptr || length != sizeof(word)) return std::nullopt;
  std::memcpy(&word, value, sizeof(word));
  return word;
}

}  // namespace

bool IsReserveMemName(std::string_view name) {
  return name.size() < kReserveMemNameSize &&
         name.find_first_not_of(" \t\n\v\f\r") != std::string_view::npos;
}

absl::StatusOr<std::vector<uint8_t>> BuildReserveMemFdt(const std::vector<ReserveMemArea>& areas,
                                                        uint64_t capacity) {
  std::vector<uint8_t> blob(capacity);
  void* fdt = blob.data();
  int error = fdt_create(fdt, static_cast<int>(capacity));
  const auto then = [&error](int result) {
    if (error == 0) error = result;
  };
  then(fdt_finish_reservemap(fdt));
  then(fdt_begin_node(fdt, ""));
  then(fdt_property_string(fdt, "compatible", kRootCompatible));
  for (const ReserveMemArea& area : areas) {
    const uint64_t start = area.range.begin.value;
    const uint64_t size = area.range.size();
    then(fdt_begin_node(fdt, area.name.c_str()));
    then(fdt_property_string(fdt, "compatible", kAreaCompatible));
    then(fdt_property(fdt, "start", &start, sizeof(start)));
    then(fdt_property(fdt, "size", &size, sizeof(size)));
    then(fdt_end_node(fdt));
  }
  then(fdt_end_node(fdt));
  then(fdt_finish(fdt));
  if (error != 0) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the FDT of ", areas.size(), " areas: ", fdt_strerror(error)));
  }
  blob.resize(fdt_totalsize(fdt));
  return blob;
}

std::optional<AddrRange> FindReserveMem(std::span<const uint8_t> bytes, std::string_view name) {
  const void* fdt = bytes.data();
  if (bytes.size() < FDT_V1_SIZE || fdt_check_full(fdt, bytes.size()) != 0) return std::nullopt;
  if (fdt_node_check_compatible(fdt, 0, kRootCompatible) != 0) return std::nullopt;
  const int node = fdt_subnode_offset_namelen(fdt, 0, name.data(), static_cast<int>(name.size()));
  if (node < 0 || fdt_node_check_compatible(fdt, node, kAreaCompatible) != 0) return std::nullopt;
  const auto start = ReadU64(fdt, node, "start");
  const auto size = ReadU64(fdt, node, "size");
  if (!start.has_value() || !size.has_value() || *start + *size < *start) return std::nullopt;
  return AddrRange{{*start}, {*start + *size}};
}

}  // namespace khofuzz
