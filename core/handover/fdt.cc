#include "core/handover/fdt.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/designs/quirks.h"

extern "C" {
#include <libfdt.h>
}

namespace khofuzz {
namespace {

constexpr char kCompatibleProp[] = "compatible";
constexpr char kMemoryMapProp[] = "preserved-memory-map";
constexpr char kDataProp[] = "preserved-data";
constexpr char kSizeProp[] = "blob-size";
constexpr int kRoot = 0;  // structure offset of the root node

std::string Quoted(std::string_view name) {
  return absl::StrCat("'", absl::CHexEscape(std::string(name)), "'");
}

absl::Status Broken(std::string_view where, int libfdt_error) {
  return absl::InvalidArgumentError(
      absl::StrCat(std::string(where), ": ", fdt_strerror(libfdt_error)));
}

// Copies exactly the FDT out of `bytes`: libfdt wants it aligned, and reads past its end then show.
absl::StatusOr<std::vector<uint8_t>> CopyBlob(std::span<const uint8_t> bytes) {
  if (bytes.size() < FDT_V1_SIZE) {
    return absl::InvalidArgumentError(
        absl::StrCat(bytes.size(), " bytes, expected a header of at least ", FDT_V1_SIZE));
  }
  // fdt_magic() and fdt_totalsize() would want alignment.
  const uint32_t magic = fdt32_ld(reinterpret_cast<const fdt32_t*>(bytes.data()));
  if (magic != FDT_MAGIC) {
    return absl::InvalidArgumentError(absl::StrCat("byte offset 0: magic is 0x", absl::Hex(magic),
                                                   ", expected 0x", absl::Hex(FDT_MAGIC)));
  }
  const uint32_t totalsize = fdt32_ld(reinterpret_cast<const fdt32_t*>(bytes.data() + 4));
  if (totalsize > bytes.size() || totalsize > kMaxKhoFdtBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("byte offset 4: totalsize is ", totalsize, ", expected at most ",
                     std::min<uint64_t>(bytes.size(), kMaxKhoFdtBytes)));
  }
  const std::span<const uint8_t> blob = bytes.first(totalsize);
  return std::vector<uint8_t>(blob.begin(), blob.end());
}

absl::StatusOr<uint64_t> ReadU64(const void* fdt, int node, std::string_view where,
                                 const char* property) {
  int length = 0;
  const void* value = fdt_getprop(fdt, node, property, &length);
  if (value == nullptr) return Broken(absl::StrCat(std::string(where), ", ", property), length);
  uint64_t word = 0;
  if (length != sizeof(word)) {
    return absl::InvalidArgumentError(absl::StrCat(std::string(where), ", ", property, ": ", length,
                                                   " bytes, expected ", sizeof(word)));
  }
  std::memcpy(&word, value, sizeof(word));  // properties are aligned to 4 bytes only
  return word;
}

// What a string says of the formats that are read here: "kho-v4", or with the versions of its
// parts, "kho-v4;radix-v1;vmalloc-v1". Of the parts only radix trees are read; nullopt if it is
// another format.
std::optional<KhoVersion> VersionFrom(std::string_view compatible) {
  std::optional<KhoVersion> found;
  while (!compatible.empty()) {
    const std::string_view part = compatible.substr(0, compatible.find(';'));
    compatible.remove_prefix(std::min(part.size() + 1, compatible.size()));
    for (const KhoVersion version : {KhoVersion::kV4, KhoVersion::kV3}) {
      if (part == KhoCompatible(version)) found = version;
    }
    if (part.starts_with("radix-v") && part != "radix-v1") return std::nullopt;
  }
  return found;
}

absl::StatusOr<KhoVersion> ReadVersion(const void* fdt) {
  int length = 0;
  const char* text = static_cast<const char*>(fdt_getprop(fdt, kRoot, kCompatibleProp, &length));
  if (text == nullptr) return Broken("root node, compatible", length);
  const std::string_view found(text, static_cast<size_t>(length));
  // A list of strings, each with its NUL.
  for (std::string_view left = found; left.find('\0') != std::string_view::npos;) {
    const std::string_view one = left.substr(0, left.find('\0'));
    left.remove_prefix(one.size() + 1);
    if (const auto version = VersionFrom(one)) return *version;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("root node, compatible: ", Quoted(found), ", expected 'kho-v4' or 'kho-v3'"));
}

absl::StatusOr<KhoSubtree> ReadSubtree(const void* fdt, int node) {
  int length = 0;
  const char* name = fdt_get_name(fdt, node, &length);
  if (name == nullptr) return Broken(absl::StrCat("node at structure offset ", node), length);
  KhoSubtree subtree;
  subtree.name.assign(name, static_cast<size_t>(length));
  const std::string where = absl::StrCat("node ", Quoted(subtree.name));
  const absl::StatusOr<uint64_t> data = ReadU64(fdt, node, where, kDataProp);
  if (!data.ok()) return data.status();
  const absl::StatusOr<uint64_t> size = ReadU64(fdt, node, where, kSizeProp);
  if (!size.ok()) return size.status();
  subtree.data = PhysAddr{*data};
  subtree.size = *size;
  return subtree;
}

absl::Status PageFull(std::string_view what, uint64_t capacity, int libfdt_error) {
  const std::string message =
      absl::StrCat(std::string(what), " in ", capacity, " bytes: ", fdt_strerror(libfdt_error));
  return libfdt_error == -FDT_ERR_NOSPACE ? absl::ResourceExhaustedError(message)
                                          : absl::InternalError(message);
}

// An FDT opened for editing in a page of its own; Packed() is what the edit made of it.
class Edit {
 public:
  Edit(std::span<const uint8_t> blob, uint64_t capacity)
      : page_(capacity),
        error_(fdt_open_into(blob.data(), page_.data(), static_cast<int>(capacity))) {}

  int error() const { return error_; }
  void* fdt() { return page_.data(); }
  std::vector<uint8_t> Packed() && {
    fdt_pack(page_.data());
    page_.resize(fdt_totalsize(page_.data()));
    return std::move(page_);
  }

 private:
  std::vector<uint8_t> page_;
  int error_;
};

}  // namespace

std::string_view KhoCompatible(KhoVersion version) {
  return version == KhoVersion::kV3 ? "kho-v3" : "kho-v4";
}

absl::StatusOr<KhoFdt> ParseKhoFdt(std::span<const uint8_t> bytes) {
  const absl::StatusOr<std::vector<uint8_t>> blob = CopyBlob(bytes);
  if (!blob.ok()) return blob.status();
  const void* fdt = blob->data();
  if (const int err = fdt_check_full(fdt, blob->size()); err != 0) return Broken("structure", err);

  const absl::StatusOr<KhoVersion> version = ReadVersion(fdt);
  if (!version.ok()) return version.status();
  const absl::StatusOr<uint64_t> map = ReadU64(fdt, kRoot, "root node", kMemoryMapProp);
  if (!map.ok()) return map.status();
  if (*map == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("root node, ", kMemoryMapProp, ": address is 0, expected the tree's root"));
  }

  KhoFdt result{.version = *version, .memory_map = PhysAddr{*map}, .subtrees = {}};
  int node = fdt_first_subnode(fdt, kRoot);
  for (; node >= 0; node = fdt_next_subnode(fdt, node)) {
    absl::StatusOr<KhoSubtree> subtree = ReadSubtree(fdt, node);
    if (!subtree.ok()) return subtree.status();
    result.subtrees.push_back(*std::move(subtree));
  }
  if (node != -FDT_ERR_NOTFOUND) return Broken("root node", node);
  return result;
}

absl::StatusOr<std::string> OverwriteSubtree(std::span<uint8_t> bytes, uint64_t index,
                                             PhysAddr data, uint64_t size) {
  const absl::StatusOr<KhoFdt> fdt = ParseKhoFdt(bytes);
  if (!fdt.ok()) return fdt.status();
  if (fdt->subtrees.empty()) return absl::NotFoundError("the FDT has no subtree");
  int node = fdt_first_subnode(bytes.data(), kRoot);
  for (uint64_t left = index % fdt->subtrees.size(); left > 0; --left) {
    node = fdt_next_subnode(bytes.data(), node);
  }
  // As long as what is there: nothing moves, so that neither can fail.
  (void)fdt_setprop_inplace(bytes.data(), node, kDataProp, &data.value, sizeof(data.value));
  (void)fdt_setprop_inplace(bytes.data(), node, kSizeProp, &size, sizeof(size));
  return fdt->subtrees[index % fdt->subtrees.size()].name;
}

bool KhoPopulateRefuses(std::span<const uint8_t> bytes) {
  const std::vector<uint8_t> copy(bytes.begin(), bytes.end());
  if (copy.size() < sizeof(fdt_header) || fdt_check_header(copy.data()) != 0) return true;
  return fdt_check_full(copy.data(), copy.size()) == 0 && !ReadVersion(copy.data()).ok();
}

absl::StatusOr<KhoFdtBuilder> KhoFdtBuilder::Create(uint64_t capacity, KhoVersion version,
                                                    PhysAddr memory_map) {
  if (capacity > kMaxKhoFdtBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("capacity is ", capacity, ", expected at most ", kMaxKhoFdtBytes));
  }
  if (memory_map.value == 0) {
    return absl::InvalidArgumentError("memory map address is 0, expected the tree's root");
  }
  std::vector<uint8_t> page(capacity);
  void* fdt = page.data();
  const std::string compatible(KhoCompatible(version));
  const uint64_t map = memory_map.value;

  int err = fdt_create(fdt, static_cast<int>(capacity));
  if (err == 0) err = fdt_finish_reservemap(fdt);
  if (err == 0) err = fdt_begin_node(fdt, "");
  if (err == 0) err = fdt_property_string(fdt, kCompatibleProp, compatible.c_str());
  if (err == 0) err = fdt_property(fdt, kMemoryMapProp, &map, sizeof(map));
  if (err == 0) err = fdt_end_node(fdt);
  if (err == 0) err = fdt_finish(fdt);
  if (err != 0) return PageFull("no room for an FDT", capacity, err);

  page.resize(fdt_totalsize(fdt));
  KhoFdtBuilder builder;
  builder.capacity_ = capacity;
  builder.blob_ = std::move(page);
  return builder;
}

absl::Status KhoFdtBuilder::AddSubtree(const KhoSubtree& subtree, const Design& design) {
  const auto full = [&](int error) {
    return PageFull(absl::StrCat("no room for subtree ", Quoted(subtree.name)), capacity_, error);
  };
  // Editing a copy is what leaves nothing behind when a later step runs out of room.
  Edit edit(blob_, capacity_);
  if (edit.error() != 0) return full(edit.error());

  const int node = fdt_add_subnode(edit.fdt(), kRoot, subtree.name.c_str());
  if (node == -FDT_ERR_EXISTS) {
    return absl::AlreadyExistsError(absl::StrCat("subtree ", Quoted(subtree.name), " exists"));
  }
  if (node < 0) return full(node);
  const uint64_t data = subtree.data.value;
  const uint64_t size = subtree.size;
  int err = fdt_setprop(edit.fdt(), node, kDataProp, &data, sizeof(data));
  if (err == 0) err = fdt_setprop(edit.fdt(), node, kSizeProp, &size, sizeof(size));
  if (err == 0 || design.Has(Quirk::kSubtreeKeepsDeadNode)) blob_ = std::move(edit).Packed();
  return err == 0 ? absl::OkStatus() : full(err);
}

absl::Status KhoFdtBuilder::RemoveSubtree(PhysAddr data) {
  Edit edit(blob_, capacity_);
  if (edit.error() != 0) return PageFull("no room to edit", capacity_, edit.error());
  for (int node = fdt_first_subnode(edit.fdt(), kRoot); node >= 0;
       node = fdt_next_subnode(edit.fdt(), node)) {
    const absl::StatusOr<uint64_t> found = ReadU64(edit.fdt(), node, "subtree", kDataProp);
    if (!found.ok() || *found != data.value) continue;
    fdt_del_node(edit.fdt(), node);
    blob_ = std::move(edit).Packed();
    return absl::OkStatus();
  }
  return absl::NotFoundError(absl::StrCat("no subtree has its data at 0x", absl::Hex(data.value)));
}

}  // namespace khofuzz
