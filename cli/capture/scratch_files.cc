#include "cli/capture/scratch_files.h"

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/capture/text.h"

namespace khofuzz {
namespace {

constexpr size_t kMostAreas = 66;  // lowmem, global, and 64 nodes

absl::StatusOr<std::vector<uint64_t>> NumbersIn(const ScratchFile& file) {
  std::vector<uint64_t> numbers;
  LineReader lines(file.name, file.text);
  while (lines.Next()) {
    for (const std::string_view word : Words(lines.line())) {
      const auto number = ParseNumber(word);
      if (!number) return lines.Expected("a number");
      numbers.push_back(*number);
    }
    if (numbers.size() > kMostAreas) return lines.Problem("more areas than a machine can have");
  }
  return numbers;
}

}  // namespace

absl::StatusOr<ScratchTable> ParseScratchFiles(const ScratchFile& phys, const ScratchFile& len) {
  const auto at = NumbersIn(phys), sizes = NumbersIn(len);
  if (!at.ok()) return at.status();
  if (!sizes.ok()) return sizes.status();
  if (at->size() != sizes->size()) {
    return absl::InvalidArgumentError(absl::StrCat(
        len.name, ": ", sizes->size(), " sizes; expected ", at->size(), " as in scratch_phys"));
  }
  ScratchTable table;
  for (size_t i = 0; i < at->size(); ++i) table.areas.push_back({{(*at)[i]}, (*sizes)[i]});
  if (table.areas.empty()) return table;
  auto parsed = ParseScratchTable(table.Serialize());
  if (!parsed.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(phys.name, ": ", std::string(parsed.status().message())));
  }
  return parsed;
}

}  // namespace khofuzz
