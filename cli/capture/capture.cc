#include "cli/capture/capture.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/capture/read_file.h"
#include "core/radix/shape.h"
#include "system/files.h"

namespace khofuzz {
namespace {

// Far above anything a machine records, and small enough to hold.
constexpr uint64_t kMaxTextBytes = uint64_t{16} << 20;
constexpr uint64_t kMaxPagesBytes = uint64_t{256} << 20;
constexpr uint64_t kMaxPreservedBytes = uint64_t{256} << 20;
constexpr uint64_t kMaxTableBytes = uint64_t{64} << 10;
constexpr uint64_t kScratchEntryBytes = 16;  // struct kho_scratch: address and size

// buf_align of kho_fill_kimage() (kernel/liveupdate/kexec_handover.c): where the second kernel is
// given its copy of the scratch table.
constexpr uint64_t kScratchTableAlignment = uint64_t{64} << 10;

// A page, or what of it is the FDT.
constexpr const char* kFdtFiles[] = {"fdt.page.bin", "fdt.dtb"};

// The whole of `dir`, file by file, in the order in which one file's content explains the next.
class Loader {
 public:
  explicit Loader(const std::filesystem::path& dir) : dir_(dir) {}

  absl::StatusOr<Capture> Load() {
    absl::StatusOr<MachineRecord> machine = IfThere(Parse("machine.txt", ParseMachineRecord));
    if (!machine.ok()) return machine.status();
    absl::StatusOr<PageTypeInfo> k1 = IfThere(Parse("pagetypeinfo.k1.txt", ParsePageTypeInfo));
    if (!k1.ok()) return k1.status();
    absl::StatusOr<PageTypeInfo> k2 = IfThere(Parse("pagetypeinfo.k2.txt", ParsePageTypeInfo));
    if (!k2.ok()) return k2.status();
    absl::StatusOr<Geometry> geometry = RecordedGeometry(*machine, *k1, *k2);
    if (!geometry.ok()) return geometry.status();

    Capture capture(*geometry);
    capture.dir = dir_;
    capture.name = (dir_ / "").parent_path().filename().string();
    capture.machine = *std::move(machine);
    capture.pagetypeinfo_k1 = *std::move(k1);
    capture.pagetypeinfo_k2 = *std::move(k2);
    for (absl::Status (Loader::*step)(Capture*) const :
         {&Loader::LoadMemblocks, &Loader::LoadScratch, &Loader::LoadRecords, &Loader::LoadTree,
          &Loader::PlaceScratch, &Loader::PlaceFdt}) {
      absl::Status status = (this->*step)(&capture);
      if (!status.ok()) return status;
    }
    return capture;
  }

 private:
  std::string Name(const char* file) const { return (dir_ / file).string(); }

  // Reads a text file and hands it to its parser.
  template <typename T, typename... Args>
  absl::StatusOr<T> Parse(const char* file,
                          absl::StatusOr<T> (*parse)(std::string_view, std::string_view, Args...),
                          Args... args) const {
    absl::StatusOr<std::string> text = ReadFile(dir_ / file, kMaxTextBytes);
    if (!text.ok()) return text.status();
    return parse(Name(file), *text, args...);
  }

  // What a file that is missing leaves out.
  template <typename T>
  static absl::StatusOr<T> IfThere(absl::StatusOr<T> parsed) {
    if (absl::IsNotFound(parsed.status())) return T();
    return parsed;
  }

  absl::Status FileError(const char* file, std::string_view problem) const {
    return absl::InvalidArgumentError(absl::StrCat(Name(file), ": ", std::string(problem)));
  }

  // What the configuration of both kernels was, as far as it shows. Section and extension block
  // sizes do not; they are those of the architecture that the page size suggests.
  absl::StatusOr<Geometry> RecordedGeometry(const MachineRecord& machine, const PageTypeInfo& k1,
                                            const PageTypeInfo& k2) const {
    if (k1.recorded() && k2.recorded() &&
        (k1.pageblock_order != k2.pageblock_order || k1.max_page_order != k2.max_page_order)) {
      return FileError("pagetypeinfo.k2.txt",
                       absl::StrFormat("pageblock order %d, largest order %d; expected %d and %d "
                                       "as in pagetypeinfo.k1.txt",
                                       k2.pageblock_order, k2.max_page_order, k1.pageblock_order,
                                       k1.max_page_order));
    }
    Geometry geometry = X86Geometry();
    if (machine.page_shift == 14) geometry = Arm64Geometry16K();
    if (machine.page_shift == 16) geometry = Arm64Geometry64K();
    if (!k1.recorded() && !k2.recorded()) return geometry;
    const PageTypeInfo& told = k1.recorded() ? k1 : k2;
    geometry.pageblock_order = told.pageblock_order;
    geometry.max_page_order = told.max_page_order;
    absl::Status status = geometry.Validate();
    if (!status.ok()) {
      return FileError(k1.recorded() ? "pagetypeinfo.k1.txt" : "pagetypeinfo.k2.txt",
                       std::string(status.message()));
    }
    return geometry;
  }

  absl::Status LoadMemblocks(Capture* capture) const {
    const std::pair<const char*, MemblockDump*> dumps[] = {
        {"memblock.k1.kho_memory_init.txt", &capture->k1_kho_memory_init},
        {"memblock.k1.memblock_free_all.txt", &capture->k1_memblock_free_all},
        {"memblock.k2.before_extend.txt", &capture->k2_before_extend},
        {"memblock.k2.mm_core_init_after_extend.txt", &capture->k2_mm_core_init_after_extend},
        {"memblock.k2.kho_memory_init.txt", &capture->k2_kho_memory_init},
        {"memblock.k2.memblock_free_all.txt", &capture->k2_memblock_free_all},
    };
    for (const auto& [file, dump] : dumps) {
      absl::StatusOr<MemblockDump> parsed = IfThere(Parse(file, ParseMemblockDump));
      if (!parsed.ok()) return parsed.status();
      *dump = *std::move(parsed);
    }
    return absl::OkStatus();
  }

  absl::Status LoadScratch(Capture* capture) const {
    const std::pair<const char*, std::string*> tables[] = {
        {"scratch.bin", &capture->scratch},
        {"scratch.k1.bin", &capture->scratch_k1},
        {"scratch.k2.bin", &capture->scratch_k2},
    };
    for (const auto& [file, bytes] : tables) {
      absl::StatusOr<std::string> read = ReadFile(dir_ / file, kMaxTableBytes);
      if (absl::IsNotFound(read.status())) continue;
      if (!read.ok()) return read.status();
      if (read->empty() || read->size() % kScratchEntryBytes != 0) {
        return FileError(file, absl::StrCat(read->size(), " bytes; expected one entry of ",
                                            kScratchEntryBytes, " bytes at least, and whole ones"));
      }
      *bytes = *std::move(read);
    }
    return absl::OkStatus();
  }

  // The records that a capture may lack.
  absl::Status LoadRecords(Capture* capture) const {
    absl::StatusOr<CaptureSummary> summary = Parse("summary.json", ParseCaptureSummary);
    if (summary.ok()) {
      capture->summary = *std::move(summary);
    } else if (!absl::IsNotFound(summary.status())) {
      return summary.status();
    }

    const char* file = "preserved.txt";
    absl::StatusOr<std::string> text = ReadFile(dir_ / file, kMaxPreservedBytes);
    if (absl::IsNotFound(text.status())) {
      file = "preserved.txt.xz";
      text = ReadXzFile(dir_ / file, kMaxPreservedBytes);
    }
    if (absl::IsNotFound(text.status())) return absl::OkStatus();
    if (!text.ok()) return text.status();
    absl::StatusOr<std::vector<Preservation>> list =
        ParsePreservedList(Name(file), *text, RadixShape(capture->geometry.page_shift, Design()));
    if (!list.ok()) return list.status();
    capture->preserved = *std::move(list);
    return absl::OkStatus();
  }

  absl::Status LoadTree(Capture* capture) const {
    const RadixShape shape(capture->geometry.page_shift, Design());
    absl::StatusOr<std::vector<RadixPage>> index =
        Parse<std::vector<RadixPage>, const RadixShape&>("radix/index.txt", ParseRadixIndex, shape);
    absl::StatusOr<std::string> pages = ReadFile(dir_ / "radix/pages.bin", kMaxPagesBytes);
    // Neither: no tree. One of the two is worth nothing, and the other is missed.
    if (absl::IsNotFound(index.status()) && absl::IsNotFound(pages.status())) {
      return absl::OkStatus();
    }
    if (!index.ok()) return index.status();
    if (!pages.ok()) return pages.status();
    const uint64_t page_size = shape.page_size();
    if (pages->size() != index->size() * page_size) {
      return FileError("radix/pages.bin",
                       absl::StrCat(pages->size(), " bytes; expected ", index->size() * page_size,
                                    ", the ", index->size(), " pages of ", page_size,
                                    " bytes that radix/index.txt lists"));
    }
    for (size_t i = 0; i < index->size(); ++i) {
      std::memcpy(capture->handover.memory.BackToFill((*index)[i].page),
                  pages->data() + i * page_size, page_size);
    }
    capture->radix_index = *std::move(index);
    capture->tree_recorded = true;
    return absl::OkStatus();
  }

  // Puts `bytes` at `at`. `file` is where they come from.
  absl::Status Place(const char* file, std::string_view bytes, PhysAddr at,
                     PhysMemory* memory) const {
    const uint64_t page_size = memory->page_size();
    if (bytes.size() > kPhysAddrMax.value - page_size - at.value) {
      return FileError(file, absl::StrFormat("no room for it at 0x%x", at.value));
    }
    while (!bytes.empty()) {
      const PhysAddr page = AlignDown(at, page_size);
      const uint64_t offset = at - page;
      const size_t count = std::min<uint64_t>(bytes.size(), page_size - offset);
      if (memory->Words(page) != nullptr) {
        return FileError(file, absl::StrFormat("it would lie at 0x%x, where another part of the "
                                               "handover is",
                                               page.value));
      }
      memory->BackZeroed(page);
      std::memcpy(memory->BytesToWrite(page).data() + offset, bytes.data(), count);
      bytes.remove_prefix(count);
      at = page + page_size;
    }
    return absl::OkStatus();
  }

  // An address above all that the capture mentions, on a scratch table's alignment; `slot` counts
  // up from there.
  static PhysAddr Unused(const Capture& capture, uint64_t slot) {
    PhysAddr top{0};
    for (const MemblockRegion& region : capture.k2_before_extend.memory.regions) {
      top = std::max(top, region.end());
    }
    for (const RadixPage& page : capture.radix_index) top = std::max(top, page.page);
    return AlignUp(top, kScratchTableAlignment) + (slot + 1) * 2 * kMaxTableBytes;
  }

  // The second kernel reserves the table where kexec put it: a reservation without flags, of the
  // table's size, on the alignment kexec was asked for.
  static std::optional<PhysAddr> ReservedTable(const Capture& capture) {
    for (const MemblockRegion& region : capture.k2_before_extend.reserved.regions) {
      if (region.size == capture.scratch.size() && region.flags == kMemblockNone &&
          IsAligned(region.base, kScratchTableAlignment)) {
        return region.base;
      }
    }
    return std::nullopt;
  }

  static std::optional<PhysAddr> SummaryAddress(const Capture& capture, const char* figure) {
    if (!capture.summary) return std::nullopt;
    const std::optional<uint64_t> address = capture.summary->Figure(figure);
    if (!address) return std::nullopt;
    return PhysAddr{*address};
  }

  absl::Status PlaceScratch(Capture* capture) const {
    if (capture->scratch.empty()) return absl::OkStatus();
    std::optional<PhysAddr> at = ReservedTable(*capture);
    if (!at) at = SummaryAddress(*capture, "scratch_phys");
    capture->scratch_address_recorded = at.has_value();
    capture->handover.scratch = at.value_or(Unused(*capture, 0));
    capture->handover.scratch_bytes = capture->scratch.size();
    return Place("scratch.bin", capture->scratch, capture->handover.scratch,
                 &capture->handover.memory);
  }

  // The FDT as fdt.page.bin or, without its page, as fdt.dtb; where both are there, one must start
  // with the other.
  absl::Status PlaceFdt(Capture* capture) const {
    const uint64_t page_size = capture->geometry.page_size();
    absl::StatusOr<std::string> page = ReadFile(dir_ / "fdt.page.bin", kMaxTableBytes);
    absl::StatusOr<std::string> dtb = ReadFile(dir_ / "fdt.dtb", kMaxTableBytes);
    if (!page.ok() && !absl::IsNotFound(page.status())) return page.status();
    if (!dtb.ok() && !absl::IsNotFound(dtb.status())) return dtb.status();
    if (!page.ok() && !dtb.ok()) return page.status();
    if (page.ok() && page->size() != page_size) {
      return FileError("fdt.page.bin",
                       absl::StrCat(page->size(), " bytes; expected one page, ", page_size));
    }
    if (dtb.ok() && dtb->size() > page_size) {
      return FileError("fdt.dtb",
                       absl::StrCat(dtb->size(), " bytes; expected at most a page, ", page_size));
    }
    if (page.ok() && dtb.ok() && !page->starts_with(*dtb)) {
      const auto differs = std::mismatch(dtb->begin(), dtb->end(), page->begin()).first;
      return FileError("fdt.dtb", absl::StrCat("byte ", differs - dtb->begin(),
                                               " differs from fdt.page.bin; expected the beginning "
                                               "of that page"));
    }
    const std::optional<PhysAddr> at = SummaryAddress(*capture, "fdt_phys");
    capture->fdt_address_recorded = at.has_value();
    capture->handover.fdt = at.value_or(Unused(*capture, 1));
    if (!IsAligned(capture->handover.fdt, page_size)) {
      return FileError("summary.json",
                       absl::StrFormat("fdt_phys is 0x%x; expected a page's address",
                                       capture->handover.fdt.value));
    }
    return Place(page.ok() ? "fdt.page.bin" : "fdt.dtb", page.ok() ? *page : *dtb,
                 capture->handover.fdt, &capture->handover.memory);
  }

  std::filesystem::path dir_;
};

}  // namespace

bool IsCapture(const std::filesystem::path& dir) {
  std::error_code error;
  return std::ranges::any_of(
      kFdtFiles, [&](const char* name) { return std::filesystem::exists(dir / name, error); });
}

absl::StatusOr<Capture> LoadCapture(const std::filesystem::path& dir) {
  if (absl::Status folder = CheckFolder(dir); !folder.ok()) return folder;
  return Loader(dir).Load();
}

}  // namespace khofuzz
