#include "cli/dump/handover_in_dump.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "cli/dump/dump_file.h"
#include "cli/map/units.h"
#include "core/handover/fdt.h"
#include "core/handover/scratch_table.h"
#include "core/radix/validate.h"
#include "system/confine.h"
#include "system/contained.h"

namespace khofuzz {
namespace {

// 4 GiB of tree pages preserve more than any machine has.
constexpr size_t kMostTreePages = size_t{1} << 17;
constexpr size_t kMostCandidates = 64;
constexpr uint64_t kChunk = uint64_t{1} << 20;
// For the process that reads a dump. Ten times as slow as a compressed one is read; sixteen times
// as much memory as one of a terabyte takes.
constexpr double kLeastSeconds = 60;
constexpr double kBytesPerSecond = 4 << 20;
constexpr uint64_t kMegabytes = 4096;
// A compressed dump has 24 bytes for each page: it holds no more than so many bytes for each of its
// own. What an ELF core says to be zero is not in the file and has no such bound.
constexpr uint64_t kMostBytesPerByte = 4096 / 24 + 1;
// After so many the rest of a range is not tried: a damaged header may promise any amount.
constexpr uint64_t kMostUnreadPages = 1024;
constexpr uint32_t kFdtMagic = 0xd00dfeed;
constexpr uint64_t kLeastHole = uint64_t{128} << 20;
constexpr size_t kMostAreas = 66;  // lowmem, global, 64 nodes

uint64_t WordAt(std::span<const uint8_t> bytes, size_t offset) {
  uint64_t word = 0;
  std::memcpy(&word, bytes.data() + offset, sizeof(word));
  return word;
}

// struct kho_kexec_metadata (include/linux/kho/abi/kexec_metadata.h, Linux 7.3), version 1.
struct KexecMetadata {
  uint32_t kexec_count = 0;  // 1: the handover of the first kernel
  std::string release;       // of the kernel that hands over
};

struct FdtAt {
  PhysAddr at;
  KhoFdt fdt;
  std::vector<uint8_t> page;
  std::optional<KexecMetadata> metadata{};  // unset: it has none, or none that can be read
};

struct TableAt {
  PhysAddr at;
  std::string bytes;
};

struct Tree {
  PhysMemory pages;
  std::optional<RadixTreeSummary> summary;  // unset: it is not sound
  std::string why;
};

Geometry GeometryOf(const DumpOptions& options) {
  if (options.page_shift == 14) return Arm64Geometry16K();
  if (options.page_shift == 16) return Arm64Geometry64K();
  return X86Geometry();
}

class Finder {
 public:
  Finder(const DumpOptions& options, DumpFile file)
      : options_(options), file_(std::move(file)), page_(uint64_t{1} << options.page_shift) {
    geometry_ = GeometryOf(options);
  }

  absl::StatusOr<DumpedHandover> Find() {
    if (absl::Status status = LookForFdts(); !status.ok()) return status;
    const RadixShape shape(options_.page_shift, Design());
    size_t best = 0;
    std::vector<Tree> trees;
    for (const FdtAt& one : fdts_) trees.push_back(ReadTree(one.fdt.memory_map, shape));
    const auto preserved = [&trees](size_t i) {
      return trees[i].summary ? trees[i].summary->preserved_bytes + 1 : 0;
    };
    for (size_t i = 1; i < trees.size(); ++i) {
      if (preserved(i) > preserved(best)) best = i;
    }
    for (FdtAt& one : fdts_) one.metadata = MetadataOf(one.fdt);
    DumpedHandover found{Capture(geometry_), {}};
    if (fdts_[best].metadata) found.capture.kexec = InWords(*fdts_[best].metadata);
    for (size_t i = 0; i < trees.size(); ++i) {
      if (i != best) found.notes.push_back(Other(fdts_[i], trees[i], fdts_[best]));
    }
    if (unread_ != 0) found.capture.dump_not_whole = NotWhole();
    Fill(fdts_[best], std::move(trees[best]), &found.capture);
    // A filtered dump has gaps everywhere, which are memory all the same.
    for (const AddrRange& range : file_.ranges()) {
      std::vector<AddrRange>& dumped = found.capture.dumped;
      if (!dumped.empty() && range.begin - dumped.back().end < kLeastHole) {
        dumped.back().end = range.end;
      } else {
        dumped.push_back(range);
      }
    }
    PlaceScratch(&found);
    return found;
  }

 private:
  std::optional<KexecMetadata> MetadataOf(const KhoFdt& fdt) {
    constexpr size_t kBytes = 73, kRelease = 4, kCount = 69;
    const auto node = std::ranges::find(fdt.subtrees, "kexec-metadata", &KhoSubtree::name);
    std::vector<uint8_t> bytes(kBytes);
    if (node == fdt.subtrees.end() || file_.Read(node->data, bytes) != kBytes) return std::nullopt;
    uint32_t version = 0;
    std::memcpy(&version, bytes.data(), sizeof(version));
    if (version != 1) return std::nullopt;
    KexecMetadata metadata;
    std::memcpy(&metadata.kexec_count, bytes.data() + kCount, sizeof(metadata.kexec_count));
    const auto* const release = reinterpret_cast<const char*>(bytes.data() + kRelease);
    metadata.release.assign(release, strnlen(release, kCount - kRelease));
    return metadata;
  }

  static std::string InWords(const KexecMetadata& metadata) {
    return absl::StrCat("kexec ", metadata.kexec_count, " since the machine was started, of Linux ",
                        metadata.release);
  }

  std::string Other(const FdtAt& other, const Tree& tree, const FdtAt& best) const {
    std::string note = absl::StrCat("another handover's FDT lies at ", FormatAddr(other.at),
                                    " (--fdt ", FormatAddr(other.at), ")");
    if (other.metadata) absl::StrAppend(&note, ", that of ", InWords(*other.metadata));
    if (tree.summary) {
      return absl::StrCat(note, ": ", FormatBytes(tree.summary->preserved_bytes), " preserved");
    }
    if (other.metadata && best.metadata &&
        other.metadata->kexec_count < best.metadata->kexec_count) {
      return absl::StrCat(note,
                          ", an earlier one: its tree can no longer be read, since a kernel gives "
                          "the pages of the tree that it got away while it boots");
    }
    return absl::StrCat(note, ": its tree is not sound: ", tree.why);
  }

  std::string NotWhole() const {
    return absl::StrCat("the dump is not whole: ", FormatBytes(unread_),
                        " of what it says to hold cannot be read, at ", FormatAddr(first_unread_),
                        " first: ", why_unread_);
  }

  absl::Status Wrong(const std::string& what) const {
    return absl::NotFoundError(absl::StrCat(options_.file.string(), ": ", what));
  }

  std::optional<std::vector<uint8_t>> Page(PhysAddr at) {
    std::vector<uint8_t> bytes(page_);
    if (!IsAligned(at, page_) || file_.Read(at, bytes) != page_) return std::nullopt;
    return bytes;
  }

  // All pages of the dump once: for FDTs and scratch tables. Or the one page that was named.
  absl::Status LookForFdts() {
    if (options_.fdt.has_value()) {
      const auto page = Page(*options_.fdt);
      if (!page) {
        return Wrong(absl::StrCat("--fdt ", FormatAddr(*options_.fdt),
                                  ": the dump has no such page; expected a page's address"));
      }
      auto fdt = ParseKhoFdt(*page);
      if (!fdt.ok()) {
        return absl::InvalidArgumentError(absl::StrCat(options_.file.string(), ": --fdt ",
                                                       FormatAddr(*options_.fdt), ": ",
                                                       std::string(fdt.status().message())));
      }
      fdts_.push_back({*options_.fdt, *std::move(fdt), *page});
    }
    if (!options_.fdt || !options_.scratch) Scan();
    if (!fdts_.empty()) return absl::OkStatus();
    return Wrong(absl::StrCat(
        "no handover was found: no page holds an FDT that is compatible with ",
        std::string(KhoCompatible(KhoVersion::kV3)), " or ",
        std::string(KhoCompatible(KhoVersion::kV4)),
        near_misses_ == 0
            ? ""
            : absl::StrCat("; ", near_misses_, " others were refused, the last at ", last_miss_),
        ". Was KHO on? Kernel pages must be in the dump (makedumpfile's -d 31 keeps them), and of "
        "this size (--page-size); --fdt ADDRESS if it is known",
        unread_ == 0 ? "" : absl::StrCat("; ", NotWhole())));
  }

  void Scan() {
    std::vector<uint8_t> chunk;
    std::error_code error;
    const uint64_t size = std::filesystem::file_size(options_.file, error);
    uint64_t left = error ? 0 : std::max(size, kChunk) * kMostBytesPerByte;
    for (const AddrRange& range : file_.ranges()) {
      uint64_t unread_in_a_row = 0;
      PhysAddr at = AlignUp(range.begin, page_);
      while (at < range.end && range.end - at >= page_) {
        if (left < kChunk) {
          Unread(at, range.end - at, "it says to hold more than a file of its size can");
          break;
        }
        chunk.resize(AlignDown(std::min(kChunk, range.end - at), page_));
        const uint64_t read = AlignDown(file_.Read(at, chunk), page_);
        for (uint64_t offset = 0; offset < read; offset += page_) {
          Look(at + offset, std::span<const uint8_t>(chunk).subspan(offset, page_));
        }
        at = at + read;
        left -= read;
        if (read == chunk.size()) continue;
        unread_in_a_row = read == 0 ? unread_in_a_row + 1 : 1;
        const uint64_t skipped = unread_in_a_row < kMostUnreadPages ? page_ : range.end - at;
        Unread(at, skipped, file_.why());
        at = at + skipped;
      }
    }
  }

  void Unread(PhysAddr at, uint64_t bytes, const std::string& why) {
    if (unread_ == 0) {
      first_unread_ = at;
      why_unread_ = why;
    }
    unread_ += bytes;
  }

  void Look(PhysAddr at, std::span<const uint8_t> page) {
    uint32_t magic = 0;
    std::memcpy(&magic, page.data(), sizeof(magic));
    if (__builtin_bswap32(magic) == kFdtMagic && !options_.fdt && fdts_.size() < kMostCandidates) {
      auto fdt = ParseKhoFdt(page);
      if (fdt.ok() && file_.Holds(fdt->memory_map)) {
        fdts_.push_back({at, *std::move(fdt), {page.begin(), page.end()}});
      } else if (!fdt.ok()) {
        ++near_misses_;
        last_miss_ = absl::StrCat(FormatAddr(at), ": ", std::string(fdt.status().message()));
      }
    }
    if (!options_.scratch && tables_.size() < kMostCandidates) LookForTable(at, page);
  }

  void LookForTable(PhysAddr at, std::span<const uint8_t> page) {
    const uint64_t align = geometry_.scratch_alignment();
    const uint64_t most = file_.ranges().back().end.value;
    std::vector<AddrRange> areas;
    size_t entries = 0;
    bool holds_page = false;
    for (; entries < kMostAreas && (entries + 1) * 16 <= page.size(); ++entries) {
      const uint64_t addr = WordAt(page, entries * 16), size = WordAt(page, entries * 16 + 8);
      if (addr == 0 && size == 0) break;
      if (addr == 0 || addr % align != 0 || size % align != 0 || addr > most ||
          size > most - addr) {
        // What follows a table in its page may be anything.
        if (entries < 3) return;
        break;
      }
      if (size == 0) continue;
      areas.push_back({PhysAddr{addr}, PhysAddr{addr} + size});
      holds_page = holds_page || areas.back().Contains(at);
    }
    if (entries < 3 || areas.empty()) return;
    std::ranges::sort(areas);
    for (size_t i = 0; i + 1 < areas.size(); ++i) {
      if (areas[i + 1].begin < areas[i].end) return;
    }
    // A single area proves little, unless the table lies in it.
    if (areas.size() < 2 && !holds_page) return;
    const std::string bytes(reinterpret_cast<const char*>(page.data()), entries * 16);
    tables_.push_back({at, bytes});
  }

  // The tree's pages as far as they are there: level by level, each once.
  Tree ReadTree(PhysAddr root, const RadixShape& shape) {
    Tree tree{PhysMemory(options_.page_shift), std::nullopt, ""};
    absl::flat_hash_set<uint64_t> seen;
    std::vector<PhysAddr> level = {root};
    for (unsigned depth = shape.depth(); depth-- > 0 && !level.empty();) {
      std::vector<PhysAddr> next;
      for (const PhysAddr at : level) {
        if (!IsAligned(at, page_) || !seen.insert(at.value).second) continue;
        if (seen.size() > kMostTreePages) {
          tree.why = absl::StrCat("it has more than ", kMostTreePages, " pages");
          return tree;
        }
        const auto page = Page(at);
        if (!page) continue;
        tree.pages.BackWith(at, *page);
        for (uint64_t slot = 0; depth > 0 && slot < page_ / 8; ++slot) {
          const uint64_t child = WordAt(*page, slot * 8);
          if (child != 0) next.push_back({child});
        }
      }
      level = std::move(next);
    }
    auto summary = ValidateRadixTree(shape, tree.pages, root);
    if (summary.ok()) {
      tree.summary = *std::move(summary);
    } else {
      tree.why = std::string(summary.status().message());
    }
    return tree;
  }

  void Fill(const FdtAt& fdt, Tree tree, Capture* capture) {
    capture->handover.memory = std::move(tree.pages);
    capture->handover.fdt = fdt.at;
    capture->handover.memory.BackWith(fdt.at, fdt.page);
  }

  void PlaceScratch(DumpedHandover* found) {
    TableAt table;
    if (options_.scratch) {
      std::vector<uint8_t> bytes(options_.scratch->second);
      if (file_.Read(options_.scratch->first, bytes) != bytes.size()) {
        found->notes.push_back("--scratch: the dump does not have all of it");
        return;
      }
      table = {options_.scratch->first, std::string(bytes.begin(), bytes.end())};
    } else {
      std::vector<TableAt> distinct;
      for (const TableAt& one : tables_) {
        if (std::ranges::find(distinct, one.bytes, &TableAt::bytes) == distinct.end()) {
          distinct.push_back(one);
        }
      }
      if (distinct.size() != 1) {
        std::string where;
        for (const TableAt& one : distinct) {
          absl::StrAppend(&where, where.empty() ? " (" : ", ", FormatAddr(one.at), " of ",
                          one.bytes.size(), " bytes");
        }
        found->notes.push_back(absl::StrCat(
            distinct.empty() ? absl::StrCat("no scratch table was found",
                                            unread_ == 0 ? "" : " in what can be read of the dump")
                             : absl::StrCat("what may be a scratch table was found in ",
                                            distinct.size(), " places", where, ")"),
            "; --scratch ADDRESS,BYTES if it is known (the symbol kho_scratch points to it)"));
        return;
      }
      table = distinct.front();
    }
    Capture& capture = found->capture;
    capture.scratch = table.bytes;
    capture.handover.scratch = table.at;
    capture.handover.scratch_bytes = table.bytes.size();
    const PhysAddr page = AlignDown(table.at, page_);
    for (PhysAddr at = page; at < table.at + table.bytes.size(); at = at + page_) {
      const auto bytes = Page(at);
      if (!bytes || capture.handover.memory.Words(at) != nullptr) continue;
      capture.handover.memory.BackWith(at, *bytes);
    }
  }

  const DumpOptions& options_;
  DumpFile file_;
  const uint64_t page_;
  Geometry geometry_;
  std::vector<FdtAt> fdts_;
  std::vector<TableAt> tables_;
  uint64_t near_misses_ = 0;
  std::string last_miss_;
  uint64_t unread_ = 0;  // bytes
  PhysAddr first_unread_;
  std::string why_unread_;
};

// ---- what the process that reads the dump tells: numbers and strings, one after the other ----

class Telling {
 public:
  void Put(uint64_t number) {
    text_.append(reinterpret_cast<const char*>(&number), sizeof(number));
  }
  void Put(std::string_view string) {
    Put(uint64_t{string.size()});
    text_.append(string);
  }
  std::string text() && { return std::move(text_); }

 private:
  std::string text_;
};

// Reads it again. That process has read what nobody vouches for: nothing of it is taken on trust.
class Listener {
 public:
  explicit Listener(std::string_view text) : text_(text) {}
  uint64_t Number() {
    uint64_t number = 0;
    const std::string_view bytes = Bytes(sizeof(number));
    if (ok_) std::memcpy(&number, bytes.data(), sizeof(number));
    return number;
  }
  std::string String() { return std::string(Bytes(Number())); }
  std::string_view Bytes(uint64_t count) {
    ok_ = ok_ && count <= text_.size();
    if (!ok_) return {};
    const std::string_view bytes = text_.substr(0, count);
    text_.remove_prefix(count);
    return bytes;
  }
  bool ok() const { return ok_; }

 private:
  std::string_view text_;
  bool ok_ = true;
};

std::string Tell(const absl::StatusOr<DumpedHandover>& found) {
  Telling telling;
  telling.Put(static_cast<uint64_t>(found.status().code()));
  if (!found.ok()) {
    telling.Put(std::string(found.status().message()));
    return std::move(telling).text();
  }
  const Handover& handover = found->capture.handover;
  telling.Put(handover.fdt.value);
  telling.Put(handover.scratch.value);
  telling.Put(found->capture.scratch);
  telling.Put(found->capture.dump_not_whole);
  telling.Put(found->capture.kexec);
  telling.Put(found->notes.size());
  for (const std::string& note : found->notes) telling.Put(note);
  telling.Put(found->capture.dumped.size());
  for (const AddrRange& range : found->capture.dumped) {
    telling.Put(range.begin.value);
    telling.Put(range.end.value);
  }
  telling.Put(handover.memory.backed_pages());
  handover.memory.ForEachPage([&](PhysAddr at, std::span<const uint64_t> words) {
    telling.Put(at.value);
    telling.Put(std::string_view(reinterpret_cast<const char*>(words.data()), words.size_bytes()));
  });
  return std::move(telling).text();
}

absl::StatusOr<DumpedHandover> Listen(std::string_view text, const DumpOptions& options) {
  const absl::Status wrong = absl::InternalError(
      absl::StrCat(options.file.string(), ": the process that read it told nothing sensible"));
  Listener told(text);
  const auto code = static_cast<absl::StatusCode>(told.Number());
  if (code != absl::StatusCode::kOk) {
    const std::string message = told.String();
    if (!told.ok()) return wrong;
    // libkdumpfile may have written over anything there, the file's name included.
    return message.starts_with(options.file.string())
               ? absl::Status(code, message)
               : absl::InvalidArgumentError(absl::StrCat(
                     options.file.string(),
                     ": it has damaged the process that reads it, which says: ", message));
  }
  DumpedHandover found{Capture(GeometryOf(options)), {}};
  Capture& capture = found.capture;
  capture.dir = options.file;
  capture.name = options.file.filename().string();
  capture.is_dump = true;
  capture.tree_recorded = true;
  capture.handover.fdt = {told.Number()};
  capture.fdt_address_recorded = true;
  capture.handover.scratch = {told.Number()};
  capture.scratch = told.String();
  capture.dump_not_whole = told.String();
  capture.kexec = told.String();
  capture.scratch_address_recorded = !capture.scratch.empty();
  capture.handover.scratch_bytes = capture.scratch.size();
  for (uint64_t notes = told.Number(); notes > 0 && told.ok(); --notes) {
    found.notes.push_back(told.String());
  }
  for (uint64_t ranges = told.Number(); ranges > 0 && told.ok(); --ranges) {
    const PhysAddr begin{told.Number()}, end{told.Number()};
    if (!told.ok() || !(begin < end)) return wrong;
    capture.dumped.push_back({begin, end});
  }
  PhysMemory& memory = capture.handover.memory;
  for (uint64_t pages = told.Number(); pages > 0 && told.ok(); --pages) {
    const PhysAddr at{told.Number()};
    const std::string page = told.String();
    if (!told.ok() || page.size() != memory.page_size() || !IsAligned(at, page.size())) {
      return wrong;
    }
    memory.BackWith(at, {reinterpret_cast<const uint8_t*>(page.data()), page.size()});
  }
  return told.ok() && memory.Words(capture.handover.fdt) != nullptr
             ? absl::StatusOr<DumpedHandover>(std::move(found))
             : wrong;
}

std::string ReadAndTell(const DumpOptions& options) {
  const std::string lacking = Confine({});
  auto file = DumpFile::Open(options.file, options.page_shift);
  if (!file.ok()) return Tell(file.status());
  auto found = Finder(options, *std::move(file)).Find();
  if (found.ok() && !lacking.empty()) {
    found->notes.push_back(
        absl::StrCat("what reads the dump could not be confined wholly on this host: ", lacking));
  }
  return Tell(found);
}

}  // namespace

absl::StatusOr<DumpedHandover> FindHandover(const DumpOptions& options) {
  if (options.scratch) {
    if (absl::Status status = CheckScratchTableLength(options.scratch->second); !status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("--scratch: ", std::string(status.message())));
    }
  }
  std::error_code error;
  const uint64_t size = std::filesystem::file_size(options.file, error);
  const double seconds = kLeastSeconds + (error ? 0 : static_cast<double>(size) / kBytesPerSecond);
  const auto done = RunContained([&options] { return ReadAndTell(options); },
                                 {.seconds = seconds, .memory_mb = kMegabytes});
  if (!done.ok()) return done.status();
  if (done->loss.ok()) return Listen(done->result, options);
  const bool forbidden = done->loss.kind == ProcessLoss::Kind::kForbidden;
  return absl::InvalidArgumentError(absl::StrCat(
      options.file.string(),
      ": the process that reads it came to no end, and the dump may be why: ",
      forbidden ? absl::StrCat("it tried to ", done->loss.forbidden, ", which was refused")
                : Describe(done->loss)));
}

}  // namespace khofuzz
