#include "core/scratch/params.h"

#include <array>
#include <cstddef>
#include <limits>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/designs/quirks.h"
#include "core/scratch/command_line.h"

namespace khofuzz {
namespace {

absl::Status Unexpected(std::string_view text, size_t offset, std::string_view expected) {
  const std::string found =
      offset < text.size()
          ? absl::StrCat("'", absl::CHexEscape(std::string(text.substr(offset, 1))), "'")
          : std::string("the end");
  return absl::InvalidArgumentError(
      absl::StrCat("byte offset ", offset, ": ", found, ", expected ", std::string(expected)));
}

// "N%", as kstrtouint() (lib/kstrtox.c) reads what precedes the percent sign.
absl::Status ApplyScale(std::string_view text, ScratchParams& params) {
  constexpr size_t kMaxLength = 11;  // the kernel's buffer: ten digits and one more
  if (text.size() > kMaxLength) {
    return Unexpected(text, kMaxLength, "at most 10 characters before '%'");
  }
  const size_t sign = text.starts_with('+') ? 1 : 0;
  const ParsedNumber scale = ParseDigits(text.substr(sign), 10);
  size_t at = sign + scale.length;
  if (scale.length == 0) return Unexpected(text, at, "a decimal number");
  if (text[at] == '\n') ++at;
  if (at != text.size() - 1) return Unexpected(text, at, "a digit or the last '%'");
  if (scale.value > std::numeric_limits<uint32_t>::max()) {
    return Unexpected(text, sign, "a number of at most 32 bits");
  }
  params.scale = static_cast<unsigned>(scale.value);
  return absl::OkStatus();
}

// "L,G,N".
absl::Status ApplySizes(std::string_view text, ScratchParams& params) {
  std::array<uint64_t, 3> sizes{};
  uint64_t total = 0;
  size_t at = 0;
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (i > 0) {
      if (at == text.size() || text[at] != ',') return Unexpected(text, at, "','");
      ++at;
    }
    const ParsedNumber size = MemParse(text.substr(at));
    if (size.length == 0) return Unexpected(text, at, "a size");
    at += size.length;
    sizes[i] = size.value;
    total += size.value;  // wraps in the kernel too
  }
  if (total == 0) {
    return Unexpected(text, 0, "sizes whose sum in 64 bits is not 0");
  }
  if (at != text.size()) return Unexpected(text, at, "the end");
  params = {.scale = 0, .lowmem = sizes[0], .global = sizes[1], .pernode = sizes[2]};
  return absl::OkStatus();
}

// kho_parse_scratch_size(). On failure `params` stays as it was.
absl::Status Apply(std::string_view text, ScratchParams& params) {
  text = text.substr(0, text.find('\0'));
  if (text.empty()) return Unexpected(text, 0, "\"N%\" or three sizes");
  return text.ends_with('%') ? ApplyScale(text, params) : ApplySizes(text, params);
}

// round_up() (include/linux/math.h), which wraps to 0 near the end of 64 bits.
uint64_t RoundUp(uint64_t size, uint64_t align) { return ((size - 1) | (align - 1)) + 1; }

uint64_t Rounded(uint64_t size, const Geometry& geometry, const Design& design) {
  return RoundUp(size, ScratchAlignment(geometry, design));
}

// What the next kernel is expected to reserve for itself, from what this one has. Gigantic pages
// are never allocated from scratch.
uint64_t ScaledKernelMemory(const ScratchParams& params, const Memblock& memblock, PhysAddr limit,
                            NodeId nid, const Design& design) {
  const uint64_t hugetlb =
      design.Has(Quirk::kHugetlbCountsInSizing) ? 0 : memblock.ReservedHugetlbSize(limit, nid);
  const uint64_t size = memblock.ReservedKernSize(limit, nid) - hugetlb;
  return size * params.scale / 100;
}

}  // namespace

uint64_t ScratchAlignment(const Geometry& geometry, const Design& design) {
  return design.Has(Quirk::kScratchAlignedToPageblock) ? geometry.pageblock_bytes()
                                                       : geometry.scratch_alignment();
}

absl::StatusOr<ScratchParams> ParseScratchParams(std::string_view text) {
  ScratchParams params;
  if (absl::Status status = Apply(text, params); !status.ok()) return status;
  return params;
}

ScratchParams ScratchParamsFromCommandLine(std::string_view command_line) {
  ScratchParams params;
  ForEachKernelArg(command_line, [&params](const KernelArg& arg) {
    if (arg.value.has_value() && KernelParamNameEquals(arg.name, "kho_scratch")) {
      Apply(*arg.value, params).IgnoreError();  // the kernel warns and goes on
    }
  });
  return params;
}

ScratchSizes ScratchSizeUpdate(const ScratchParams& params, const Memblock& memblock,
                               const Geometry& geometry, const Design& design) {
  ScratchSizes sizes{.lowmem = params.lowmem, .global = params.global};
  if (params.scale != 0) {
    sizes.lowmem = ScaledKernelMemory(params, memblock, geometry.low_limit, kNoNode, design);
    sizes.global =
        ScaledKernelMemory(params, memblock, kPhysAddrMax, kNoNode, design) - sizes.lowmem;
  } else if (design.Has(Quirk::kScratchExplicitUnrounded)) {
    return sizes;
  }
  return {.lowmem = Rounded(sizes.lowmem, geometry, design),
          .global = Rounded(sizes.global, geometry, design)};
}

uint64_t ScratchSizeNode(const ScratchParams& params, const Memblock& memblock, NodeId nid,
                         const Geometry& geometry, const Design& design) {
  const uint64_t size = params.scale != 0
                            ? ScaledKernelMemory(params, memblock, kPhysAddrMax, nid, design)
                            : params.pernode;
  return Rounded(size, geometry, design);
}

}  // namespace khofuzz
