#include "cli/dump/dump_file.h"

#include <fcntl.h>
#include <libkdumpfile/kdumpfile.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

namespace khofuzz {
namespace {

constexpr uint64_t kHighest = uint64_t{1} << 52;
// A dump of every second page of 128 GiB.
constexpr size_t kMostRanges = size_t{1} << 24;

// Set where a page of the dump lies across the file's end.
volatile sig_atomic_t past_end = 0;

// Gives the library zeroes there, which Read() then takes for nothing.
void PassEnd(int signal, siginfo_t* info, void*) {
  const auto page_size = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const uintptr_t page = reinterpret_cast<uintptr_t>(info->si_addr) & ~(page_size - 1);
  past_end = 1;
  if (info->si_code != BUS_ADRERR ||
      mmap(reinterpret_cast<void*>(page), page_size, PROT_READ,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED) {
    std::signal(signal, SIG_DFL);  // the fault comes again
  }
}

void CatchEnd() {
  struct sigaction action = {};
  action.sa_sigaction = PassEnd;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigaction(SIGBUS, &action, nullptr);
}

}  // namespace

absl::StatusOr<DumpFile> DumpFile::Open(const std::filesystem::path& path, unsigned page_shift) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return std::filesystem::is_directory(path, error)
               ? absl::InvalidArgumentError(
                     absl::StrCat(path.string(), ": is a folder; expected a memory dump"))
               : absl::NotFoundError(absl::StrCat(path.string(), ": no such file"));
  }
  const auto wrong = [&path](const std::string& what) {
    return absl::InvalidArgumentError(absl::StrCat(path.string(), ": ", what));
  };
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return wrong(absl::StrCat("cannot be read: ", std::strerror(errno)));
  DumpFile dump;
  dump.context_ = kdump_new();
  if (dump.context_ == nullptr) {
    return absl::ResourceExhaustedError(
        absl::StrCat(path.string(), ": no memory to read a dump with"));
  }
  // Read, not mapped, a file that is cut short would have zeroes behind its end.
  (void)kdump_set_number_attr(dump.context_, KDUMP_ATTR_FILE_MMAP_POLICY, KDUMP_MMAP_ALWAYS);
  CatchEnd();
  if (kdump_open_fd(dump.context_, fd) != KDUMP_OK) {
    constexpr std::string_view kFlattened = "makedumpfile";
    char magic[kFlattened.size()] = {};
    if (pread(fd, magic, sizeof(magic), 0) == sizeof(magic) &&
        kFlattened == std::string_view(magic, sizeof(magic))) {
      return wrong(absl::StrCat(
          "a flattened kdump, as makedumpfile -F and QEMU's dump-guest-memory -z write "
          "it, is not read by libkdumpfile before 0.5.3 (this is ",
          KDUMPFILE_VERSION_STRING,
          "), nor a damaged one by any; "
          "`makedumpfile -R OUT <FILE` makes a plain one of it"));
    }
    const char* const said = kdump_get_err(dump.context_);
    std::string_view why = said == nullptr ? "no reason is given" : said;
    // Which attribute of its own the library could not set is nobody's business.
    constexpr std::string_view kAttribute = "Cannot set file.set.0.fd: ";
    if (why.starts_with(kAttribute)) why.remove_prefix(kAttribute.size());
    return wrong(absl::StrCat("expected a memory dump, an ELF core or a compressed kdump; ",
                              "libkdumpfile says: ", std::string(why)));
  }
  const absl::Status ranges = dump.FindRanges(page_shift);
  if (!ranges.ok()) return wrong(std::string(ranges.message()));
  return dump;
}

absl::Status DumpFile::FindRanges(unsigned page_shift) {
  kdump_num_t shift = 0;
  if (kdump_get_number_attr(context_, KDUMP_ATTR_PAGE_SHIFT, &shift) != KDUMP_OK) {
    kdump_clear_err(context_);
    shift = page_shift;
    if (kdump_set_number_attr(context_, KDUMP_ATTR_PAGE_SHIFT, shift) != KDUMP_OK) {
      return absl::InvalidArgumentError(
          absl::StrCat("how large its pages are is not known: ", kdump_get_err(context_)));
    }
  }
  if (shift < 12 || shift > 16) {
    return absl::InvalidArgumentError(
        absl::StrCat("pages of 2^", shift, " bytes; expected 2^12 to 2^16"));
  }
  page_size_ = uint64_t{1} << shift;
  // The reference is the context's own in 0.5.1; where it is counted here, it is let go of with it.
  kdump_attr_t map{};
  map.type = KDUMP_BITMAP;
  if (kdump_get_typed_attr(context_, KDUMP_ATTR_FILE_PAGEMAP, &map) != KDUMP_OK) {
    return absl::InvalidArgumentError(
        absl::StrCat("what memory it holds is not known: ", kdump_get_err(context_)));
  }
  const kdump_addr_t end = kHighest >> shift;
  for (kdump_addr_t pfn = 0; pfn < end;) {
    if (kdump_bmp_find_set(map.val.bitmap, &pfn) != KDUMP_OK || pfn >= end) break;
    kdump_addr_t after = pfn;
    if (kdump_bmp_find_clear(map.val.bitmap, &after) != KDUMP_OK) after = end;
    after = std::min(after, end);
    if (after <= pfn) break;
    if (ranges_.size() == kMostRanges) {
      return absl::ResourceExhaustedError(
          absl::StrCat("its memory is scattered in more than ", kMostRanges, " ranges"));
    }
    ranges_.push_back({PhysAddr{pfn << shift}, PhysAddr{after << shift}});
    pfn = after;
  }
  if (ranges_.empty()) {
    return absl::InvalidArgumentError("it holds no memory below 2^52");
  }
  return absl::OkStatus();
}

bool DumpFile::Holds(PhysAddr at) const {
  auto range = std::ranges::upper_bound(ranges_, at, {}, &AddrRange::begin);
  return range != ranges_.begin() && (--range)->Contains(at);
}

uint64_t DumpFile::Read(PhysAddr at, std::span<uint8_t> bytes) {
  uint64_t read = 0;
  while (read < bytes.size()) {
    // One of its pages at a time: which one the file's end cuts matters.
    const PhysAddr from = at + read;
    const PhysAddr page = AlignDown(from, page_size_);
    size_t count = std::min<uint64_t>(bytes.size() - read, page + page_size_ - from);
    past_end = 0;
    if (cut_.contains(page.value)) {
      why_ = "the file ends within it";
      break;
    }
    const kdump_status status =
        kdump_read(context_, KDUMP_MACHPHYSADDR, from.value, bytes.data() + read, &count);
    if (status != KDUMP_OK) {
      const char* const why = kdump_get_err(context_);
      why_ = why == nullptr ? "no reason is given" : why;
      if (status == KDUMP_ERR_NOTIMPL) {
        // What pages may be packed with is decided when the library is built.
        absl::StrAppend(
            &why_, " (libkdumpfile ", KDUMPFILE_VERSION_STRING,
            " as it was built here; `makedumpfile -c IN OUT` packs the pages with zlib, "
            "which is always read, if makedumpfile itself reads them)");
      }
      kdump_clear_err(context_);
      break;
    }
    if (past_end != 0) {
      cut_.insert(page.value);
      continue;
    }
    read += count;
  }
  return read;
}

}  // namespace khofuzz
