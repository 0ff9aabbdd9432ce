#include "cli/capture/records.h"

#include <bit>
#include <cctype>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cli/capture/text.h"

namespace khofuzz {
namespace {

// The number that `text` begins with, which is taken off; up to a character that no number has.
std::optional<uint64_t> TakeNumber(std::string_view& text) {
  size_t end = 0;
  while (end < text.size() && std::isxdigit(static_cast<unsigned char>(text[end])) != 0) ++end;
  if (end == 1 && text.starts_with("0x")) {
    end = 2;
    while (end < text.size() && std::isxdigit(static_cast<unsigned char>(text[end])) != 0) ++end;
  }
  const auto number = ParseNumber(text.substr(0, end));
  text.remove_prefix(end);
  return number;
}

// Nobody reads the ranges of a log but people; what is damaged there is damaged elsewhere too.
bool RangesAreSound(std::string_view line) {
  constexpr std::string_view kRange = "[mem ";
  for (size_t at = line.find(kRange); at != line.npos; at = line.find(kRange, at + 1)) {
    std::string_view rest = line.substr(at + kRange.size());
    // "[mem size 0x1000]" is one that has no place yet.
    if (rest.starts_with("size ")) continue;
    const auto first = TakeNumber(rest);
    if (!first.has_value() || !rest.starts_with('-')) return false;
    rest.remove_prefix(1);
    const auto last = TakeNumber(rest);
    if (!last.has_value() || *last < *first) return false;
  }
  return true;
}

// "[1024, 2048]"
bool NodesAreSound(std::string_view list) {
  while (list.starts_with('[') || list.starts_with(", ")) {
    list.remove_prefix(list.starts_with('[') ? 1 : 2);
    const auto mib = TakeNumber(list);
    if (!mib.has_value() || *mib == 0 || *mib >> 44 != 0) return false;
  }
  return list == "]";
}

}  // namespace

absl::StatusOr<MachineRecord> ParseMachineRecord(std::string_view file, std::string_view text) {
  constexpr std::string_view kCommandLine = "] Command line: ";
  constexpr std::string_view kPageSize = "page_size: ";
  constexpr std::string_view kNodes = "nodes MiB: ";
  constexpr std::string_view kBelow = "ram below 4G: ";
  MachineRecord record;
  int command_lines = 0;
  LineReader lines(file, text);
  while (lines.Next()) {
    const std::string_view line = lines.line();
    if (line.starts_with(kPageSize)) {
      const std::optional<uint64_t> bytes = ParseNumber(line.substr(kPageSize.size()));
      if (bytes != 4096 && bytes != 16384 && bytes != 65536) {
        return lines.Expected("'page_size: 4096', 16384 or 65536");
      }
      record.page_shift = static_cast<unsigned>(std::countr_zero(*bytes));
    }
    if (!RangesAreSound(line)) return lines.Expected("'[mem 0xFIRST-0xLAST]'");
    if (line.starts_with(kNodes) && !NodesAreSound(line.substr(kNodes.size()))) {
      return lines.Expected("'nodes MiB: [SIZE, ...]', of each node");
    }
    if (line.starts_with(kBelow) && !ParseNumber(line.substr(kBelow.size())).has_value()) {
      return lines.Expected("'ram below 4G: BYTES'");
    }
    const size_t at = line.find(kCommandLine);
    if (at == std::string_view::npos) continue;
    std::string& kernel = command_lines == 0 ? record.k1_command_line : record.k2_command_line;
    if (++command_lines <= 2) kernel = std::string(line.substr(at + kCommandLine.size()));
  }
  if (command_lines < 2) {
    return lines.Problem(absl::StrCat(
        "the text ends; expected a line '[...] Command line: ...' of each of two kernels, found ",
        command_lines));
  }
  return record;
}

absl::StatusOr<std::vector<Preservation>> ParsePreservedList(std::string_view file,
                                                             std::string_view text,
                                                             const RadixShape& shape) {
  std::vector<Preservation> list;
  LineReader lines(file, text);
  while (lines.Next()) {
    const size_t blank = lines.line().find(' ');
    const std::optional<uint64_t> phys = ParseNumber(lines.line().substr(0, blank));
    const std::optional<uint64_t> order = blank == std::string_view::npos
                                              ? std::nullopt
                                              : ParseNumber(lines.line().substr(blank + 1));
    if (!phys || !order || *order > shape.max_order()) {
      return lines.Expected(
          absl::StrCat("'0xADDRESS ORDER' with an order up to ", shape.max_order()));
    }
    list.push_back({PhysAddr{*phys}, static_cast<unsigned>(*order)});
  }
  return list;
}

absl::StatusOr<std::vector<RadixPage>> ParseRadixIndex(std::string_view file, std::string_view text,
                                                       const RadixShape& shape) {
  std::vector<RadixPage> pages;
  absl::flat_hash_set<PhysAddr> seen;
  LineReader lines(file, text);
  while (lines.Next()) {
    if (lines.line().starts_with('#')) continue;
    const std::vector<std::string_view> words = Words(lines.line());
    if (words.empty()) continue;
    if (words.size() != 3 || ParseNumber(words[0]) != pages.size()) {
      return lines.Expected(absl::StrCat("'", pages.size(), " 0xADDRESS LEVEL'"));
    }
    const std::optional<uint64_t> page = ParseNumber(words[1]);
    if (!page || !IsAligned(*page, shape.page_size())) {
      return lines.Expected("a page-aligned address in the second column");
    }
    if (!seen.insert(PhysAddr{*page}).second) return lines.Expected("each page once");
    const std::optional<uint64_t> level = ParseNumber(words[2]);
    if (!level || *level >= shape.depth()) {
      return lines.Expected(
          absl::StrCat("a level from 0 to ", shape.depth() - 1, " in the third column"));
    }
    if (pages.empty() != (*level == shape.depth() - 1)) {
      return lines.Expected(
          absl::StrCat("level ", shape.depth() - 1, " for the first page, the root, only"));
    }
    pages.push_back({PhysAddr{*page}, static_cast<unsigned>(*level)});
  }
  if (pages.empty()) return lines.Problem("no page; expected at least the root");
  return pages;
}

}  // namespace khofuzz
