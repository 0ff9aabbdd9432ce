#include "cli/plan/command_line.h"

#include <algorithm>
#include <bit>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/capture/text.h"
#include "cli/map/units.h"
#include "cli/plan/machine.h"
#include "core/closest.h"
#include "core/memmap/zones.h"
#include "core/scratch/command_line.h"
#include "core/scratch/params.h"

namespace khofuzz {
namespace {

// Bytes, 0 for what is no size.
uint64_t SizeOrZero(std::string_view text) {
  const auto bytes = ParseSize("", text);
  return bytes.ok() ? *bytes : 0;
}

// "512M", "512M@64M", "512M,high", "2G-8G:256M,8G-:512M" (parse_crashkernel(),
// kernel/crash_reserve.c).
bool ReadCrashkernel(std::string_view value, uint64_t memory, PlannedCommandLine* line) {
  if (value.find(':') != std::string_view::npos) {
    value = value.substr(0, value.find('@'));
    for (const auto piece : absl::StrSplit(std::string(value), ',')) {
      const std::string text(piece.data(), piece.size());
      const size_t dash = text.find('-'), colon = text.find(':');
      if (dash == std::string::npos || colon == std::string::npos || colon < dash) return false;
      const uint64_t from = SizeOrZero(text.substr(0, dash));
      const std::string to = text.substr(dash + 1, colon - dash - 1);
      if (memory < from || (!to.empty() && memory >= SizeOrZero(to))) continue;
      line->crashkernel = SizeOrZero(text.substr(colon + 1));
      return line->crashkernel != 0;
    }
    return true;  // none for a machine of this size
  }
  const size_t comma = value.find(',');
  const uint64_t bytes = SizeOrZero(value.substr(0, std::min(comma, value.find('@'))));
  if (bytes == 0) return false;
  const std::string_view suffix = comma == std::string_view::npos ? "" : value.substr(comma + 1);
  if (suffix == "low") {
    line->crashkernel_low = bytes;
  } else if (suffix == "high") {
    line->crashkernel = bytes;
    line->crashkernel_high = true;
  } else if (suffix.empty()) {
    line->crashkernel = bytes;
  } else {
    return false;  // "cma": not reserved for the kernel
  }
  return true;
}

// "8" or "0:4,1:4".
bool ReadHugepages(std::string_view value, uint64_t size, const Geometry& geometry,
                   PlannedCommandLine* line) {
  if (size <= geometry.max_order_bytes()) return false;
  const unsigned order = static_cast<unsigned>(std::bit_width(size) - 1) - geometry.page_shift;
  for (const auto piece : absl::StrSplit(std::string(value), ',')) {
    const std::string text(piece.data(), piece.size());
    const size_t colon = text.find(':');
    HugetlbRequest request{.order = order};
    const auto count = ParseNumber(colon == std::string::npos ? text : text.substr(colon + 1));
    if (!count.has_value() || *count > (uint64_t{1} << 20)) return false;
    request.count = *count;
    if (colon != std::string::npos) {
      const auto nid = ParseNumber(text.substr(0, colon));
      if (!nid.has_value() || *nid > 63) return false;
      request.nid = static_cast<NodeId>(*nid);
    }
    line->huge.push_back(request);
  }
  return true;
}

bool ReadReserveMem(std::string_view value, PlannedCommandLine* line) {
  const std::vector<std::string> parts = absl::StrSplit(std::string(value), ':');
  if (parts.size() != 3) return false;
  const uint64_t size = SizeOrZero(parts[0]), align = SizeOrZero(parts[1]);
  if (size == 0 || !std::has_single_bit(std::max<uint64_t>(align, 1))) return false;
  line->reserve_mem.push_back({size, std::max<uint64_t>(align, 64), parts[2]});
  return true;
}

// Of kernelcore= or movablecore=. What is no size the kernel takes for 0, and then for not given.
bool ReadCore(std::string_view value, const Geometry& geometry, std::string* core,
              std::string* why) {
  core->clear();
  const ParsedNumber number = SimpleStrtoull(value);
  const ParsedNumber size = MemParse(value);
  const bool percent = value.substr(number.length) == "%";
  if (number.length == 0 || (!percent && size.length != value.size())) {
    *why = ": expected a size like 512M or a share like 30%";
    return false;
  }
  constexpr uint64_t kWhole = 100;
  if (percent && number.value > kWhole) {
    *why = ": more than all memory";
    return false;
  }
  if (ParseCoreSize(value, geometry) != CoreSize()) *core = std::string(value);
  return true;
}

}  // namespace

std::string PlannedCommandLine::ZonesAsked() const {
  return absl::StrCat(kernelcore.empty() ? "" : "kernelcore=" + kernelcore,
                      kernelcore.empty() || movablecore.empty() ? "" : " ",
                      movablecore.empty() ? "" : "movablecore=" + movablecore);
}

PlannedCommandLine ReadCommandLine(std::string_view text, uint64_t memory,
                                   const Geometry& geometry) {
  PlannedCommandLine line;
  // hugepages= is of the size that stands before it; of this one where none does.
  constexpr uint64_t kDefaultHuge = uint64_t{2} << 20;
  uint64_t huge = kDefaultHuge;
  bool huge_said = false;
  bool mirror = false;
  ForEachKernelArg(text, [&](const KernelArg& arg) {
    const std::string_view value = arg.value.value_or("");
    const auto is = [&arg](std::string_view name) { return KernelParamNameEquals(arg.name, name); };
    bool understood = true, bears = true;
    std::string why;
    if (is("kho")) {
      const std::optional<bool> on = KernelBool(value);
      understood = on.has_value();
      if (understood) line.kho = on;
    } else if (is("kho_scratch")) {
      const auto parsed = ParseScratchParams(value);
      if (parsed.ok()) {
        line.scratch = std::string(value);
      } else {
        understood = false;
        why = absl::StrCat(
            ": expected a share like 25%, or three sizes like 68M,72M,128M (",
            std::string(parsed.status().message()), "); ",
            line.scratch.empty() ? std::string("the default") : "kho_scratch=" + line.scratch,
            " stays");
      }
    } else if (is("hugepagesz") || is("default_hugepagesz")) {
      huge = SizeOrZero(value);
      huge_said = true;
      understood = huge != 0;
      if (const auto bytes = ParseSize("", value); !bytes.ok()) {
        why = std::string(bytes.status().message());
      }
    } else if (is("hugepages")) {
      understood = ReadHugepages(value, huge, geometry, &line);
      if (!understood && huge == 0) {
        why = ": what stands before it says no size";
      } else if (!understood && huge <= geometry.max_order_bytes()) {
        why = absl::StrCat(": taken to be of ", FormatBytes(huge),
                           huge_said ? "" : ", since no hugepagesz= stands before it",
                           "; pages of that size are not reserved while the kernel boots");
      }
    } else if (is("crashkernel")) {
      understood = ReadCrashkernel(value, memory, &line);
    } else if (is("cma")) {
      line.cma = SizeOrZero(value.substr(0, value.find('@')));
      understood = line.cma != 0 || value == "0";
    } else if (is("reserve_mem")) {
      understood = ReadReserveMem(value, &line);
    } else if (is("kernelcore") && AsksForMirror(value)) {
      understood = false;
      mirror = true;
      why =
          ": which memory is mirrored is not known here; without any the kernel makes no "
          "ZONE_MOVABLE, nor does it here";
    } else if (is("kernelcore")) {
      understood = ReadCore(value, geometry, &line.kernelcore, &why);
    } else if (is("movablecore")) {
      understood = ReadCore(value, geometry, &line.movablecore, &why);
    } else {
      // Of the short ones a misspelling is any word.
      constexpr std::string_view kKnown[] = {"kho_scratch", "hugepagesz",  "default_hugepagesz",
                                             "hugepages",   "crashkernel", "reserve_mem",
                                             "kernelcore",  "movablecore"};
      constexpr std::string_view kNotPlayed[] = {
          "mem", "memmap", "movable_node", "numa", "hugetlb_cma", "page_owner", "swiotlb", "efi"};
      understood = false;
      bears = std::ranges::any_of(kNotPlayed, is);
      if (!bears) why = DidYouMean(arg.name, kKnown, 2);  // kho_scrach=
      bears = bears || !why.empty() || arg.name.starts_with("kho");
    }
    if (!bears) {
      ++line.others;
      return;
    }
    line.parameters.push_back(
        absl::StrCat(std::string(arg.name), arg.value ? "=" : "", std::string(value)));
    if (!understood) line.ignored.push_back(line.parameters.back() + why);
  });
  if (mirror) {
    line.kernelcore.clear();
    line.movablecore.clear();
  }
  return line;
}

}  // namespace khofuzz
