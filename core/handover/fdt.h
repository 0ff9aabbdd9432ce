// The handover FDT: the one blob whose address the next kernel is told.
//
// Mirrors kho_out_fdt_setup(), kho_add_subtree(), kho_remove_subtree(), kho_retrieve_subtree() and
// the checks of kho_populate() (kernel/liveupdate/kexec_handover.c, Linux 7.3). The format is that
// of include/linux/kho/abi/kexec_handover.h: root properties "compatible" and
// "preserved-memory-map" (u64 address), one subnode per subtree with "preserved-data" (u64 address)
// and "blob-size" (u64 bytes). All u64 values are native-endian and only 4-byte aligned.
#ifndef KHOFUZZ_CORE_HANDOVER_FDT_H_
#define KHOFUZZ_CORE_HANDOVER_FDT_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/address.h"
#include "core/designs/design.h"
#include "core/handover/subtree.h"

namespace khofuzz {

// Linux 7.2 hands over kho-v3, 7.3 kho-v4; the FDT and the radix tree are the same in both. A
// kernel accepts its own spelling only.
enum class KhoVersion { kV3, kV4 };
std::string_view KhoCompatible(KhoVersion version);  // "kho-v3", "kho-v4"

// The FDT is one page; this is the largest page that KHO knows.
inline constexpr uint64_t kMaxKhoFdtBytes = 64 << 10;

// Everything the FDT says.
struct KhoFdt {
  KhoVersion version = KhoVersion::kV4;
  PhysAddr memory_map;               // the radix tree's root; never 0
  std::vector<KhoSubtree> subtrees;  // in node order
  friend bool operator==(const KhoFdt&, const KhoFdt&) = default;
};

// Reads an untrusted blob. `bytes` may be longer than the FDT's totalsize (a whole page), never
// shorter, and totalsize at most kMaxKhoFdtBytes, which bounds the work. InvalidArgument says what
// is wrong and at which node or byte offset: bad header or structure (fdt_check_full()), unknown
// compatible string, missing or wrongly sized property, map address zero. As in the kernel,
// properties that KHO does not know and nodes below a subtree's are ignored, and of two properties
// or nodes with one name look-ups see the first; `subtrees` lists both nodes.
absl::StatusOr<KhoFdt> ParseKhoFdt(std::span<const uint8_t> bytes);

// Damages a blob in place: its index-th subtree, modulo how many there are, is said to have `size`
// bytes of data at `data`. Returns the subtree's name. `bytes` as for ParseKhoFdt(), whose errors
// come back; NotFound if there is no subtree.
absl::StatusOr<std::string> OverwriteSubtree(std::span<uint8_t> bytes, uint64_t index,
                                             PhysAddr data, uint64_t size);

// Whether kho_populate() itself looks closely enough to refuse the blob: a bad header, or another
// compatible string in a blob that is sound otherwise. What is below it takes on trust.
bool KhoPopulateRefuses(std::span<const uint8_t> bytes);

// The FDT of a kernel under construction: at most one page, edited in place as the kernel does.
class KhoFdtBuilder {
 public:
  // kho_out_fdt_setup(). `capacity` in bytes, one page. ResourceExhausted when it is too small,
  // InvalidArgument when it is above kMaxKhoFdtBytes or the map address is 0.
  static absl::StatusOr<KhoFdtBuilder> Create(uint64_t capacity, KhoVersion version,
                                              PhysAddr memory_map);
  // kho_add_subtree(): the new node becomes the first. AlreadyExists for a name in use, where
  // libfdt also takes "name" for "name@unit"; ResourceExhausted when the page is full, and then
  // nothing is left behind (K5). The kernel takes any name up to its first NUL.
  // Quirk subtree-keeps-dead-node.
  absl::Status AddSubtree(const KhoSubtree& subtree, const Design& design);
  // kho_remove_subtree(): the first with its data at `data`. NotFound.
  absl::Status RemoveSubtree(PhysAddr data);
  // The packed blob: totalsize bytes.
  std::span<const uint8_t> bytes() const { return blob_; }

 private:
  KhoFdtBuilder() = default;
  uint64_t capacity_ = 0;
  std::vector<uint8_t> blob_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_HANDOVER_FDT_H_
