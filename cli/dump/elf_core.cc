#include "cli/dump/elf_core.h"

#include <elf.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"

namespace khofuzz {
namespace {

constexpr uint64_t kMostSegments = uint64_t{1} << 16;
constexpr uint64_t kHighest = uint64_t{1} << 52;
static_assert(std::endian::native == std::endian::little);

template <typename T>
bool ReadAt(std::ifstream& file, uint64_t offset, T* value) {
  file.clear();
  file.seekg(static_cast<std::streamoff>(offset));
  file.read(reinterpret_cast<char*>(value), sizeof(T));
  return file.gcount() == sizeof(T);
}

}  // namespace

absl::StatusOr<ElfCore> ElfCore::Open(const std::filesystem::path& path) {
  const auto wrong = [&path](const std::string& what) {
    return absl::InvalidArgumentError(absl::StrCat(path.string(), ": ", what));
  };
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return absl::NotFoundError(absl::StrCat(path.string(), ": no such file"));
  }
  const uint64_t size = std::filesystem::file_size(path, error);
  ElfCore core;
  core.file_.open(path, std::ios::binary);
  Elf64_Ehdr header{};
  if (error || !core.file_) return wrong("cannot be read");
  if (!ReadAt(core.file_, 0, &header)) {
    return wrong(absl::StrCat(size, " bytes; expected an ELF core, which has ", sizeof(header),
                              " bytes of header alone"));
  }
  const std::string_view magic(reinterpret_cast<const char*>(header.e_ident), 8);
  if (magic.starts_with("KDUMP") || magic.starts_with("DISKDUMP") ||
      magic.starts_with("makedump")) {
    return wrong(
        "a compressed kdump, which is not read here; `makedumpfile -E -d 0` on /proc/vmcore, or "
        "QEMU's dump-guest-memory without -z, -l and -s, write an ELF core");
  }
  if (!magic.starts_with(ELFMAG)) return wrong("byte 0: expected an ELF core's 7f 45 4c 46");
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB) {
    return wrong("byte 4: expected a 64-bit little-endian ELF core");
  }
  if (header.e_type != ET_CORE) {
    return wrong(absl::StrCat("ELF type ", header.e_type, "; expected a core, ", ET_CORE));
  }
  if (header.e_phentsize != sizeof(Elf64_Phdr)) {
    return wrong(absl::StrCat("program headers of ", header.e_phentsize, " bytes; expected ",
                              sizeof(Elf64_Phdr)));
  }
  uint64_t count = header.e_phnum;
  if (count == PN_XNUM) {
    Elf64_Shdr section{};
    if (header.e_shoff > size || !ReadAt(core.file_, header.e_shoff, &section)) {
      return wrong("it has more than 65534 program headers and does not say how many");
    }
    count = section.sh_info;
  }
  if (count > kMostSegments) {
    return wrong(absl::StrCat(count, " program headers; expected at most ", kMostSegments));
  }
  for (uint64_t i = 0; i < count; ++i) {
    Elf64_Phdr segment{};
    const uint64_t at = header.e_phoff + i * sizeof(segment);
    if (at > size || at < header.e_phoff || !ReadAt(core.file_, at, &segment)) {
      return wrong(absl::StrCat("program header ", i, " of ", count, " lies at byte ", at,
                                ", beyond the end of the file, ", size));
    }
    if (segment.p_type != PT_LOAD || segment.p_filesz == 0) continue;
    if (segment.p_paddr >= kHighest || segment.p_filesz > kHighest) {
      return wrong(absl::StrCat("program header ", i, ": 0x", absl::Hex(segment.p_filesz),
                                " bytes at physical address 0x", absl::Hex(segment.p_paddr),
                                "; expected less than 0x", absl::Hex(kHighest)));
    }
    const uint64_t held = segment.p_offset >= size
                              ? 0
                              : std::min<uint64_t>(segment.p_filesz, size - segment.p_offset);
    core.missing_ += segment.p_filesz - held;
    if (held == 0) continue;
    const PhysAddr begin{segment.p_paddr};
    core.segments_.push_back({{begin, begin + held}, segment.p_offset});
  }
  // Of two that overlap the lower wins: they are the same memory.
  std::ranges::sort(core.segments_, {}, [](const Segment& segment) {
    return std::pair(segment.range.begin, segment.offset);
  });
  std::vector<Segment> kept;
  for (Segment segment : core.segments_) {
    if (!kept.empty() && segment.range.begin < kept.back().range.end) {
      segment.offset += kept.back().range.end - segment.range.begin;
      segment.range.begin = kept.back().range.end;
    }
    if (!segment.range.empty()) kept.push_back(segment);
  }
  core.segments_ = std::move(kept);
  if (core.segments_.empty()) {
    return wrong("it holds no memory: expected PT_LOAD segments with contents");
  }
  return core;
}

bool ElfCore::Read(PhysAddr at, std::span<uint8_t> bytes) {
  while (!bytes.empty()) {
    auto segment =
        std::ranges::upper_bound(segments_, at, {}, [](const Segment& s) { return s.range.begin; });
    if (segment == segments_.begin()) return false;
    --segment;
    if (!segment->range.Contains(at)) return false;
    const uint64_t count = std::min<uint64_t>(bytes.size(), segment->range.end - at);
    file_.clear();
    file_.seekg(static_cast<std::streamoff>(segment->offset + (at - segment->range.begin)));
    file_.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(count));
    if (static_cast<uint64_t>(file_.gcount()) != count) return false;
    bytes = bytes.subspan(count);
    at = at + count;
  }
  return true;
}

}  // namespace khofuzz
