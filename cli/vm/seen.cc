#include "cli/vm/seen.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/capture/scratch_files.h"
#include "cli/capture/text.h"
#include "cli/map/units.h"

namespace khofuzz {
namespace {

// "[    0.012345] KHO: ..." without what stands in brackets.
std::string_view Untimed(std::string_view line) {
  const size_t end = line.find("] ");
  if (!line.starts_with("[") || end == std::string_view::npos) return line;
  return line.substr(end + 2);
}

bool TellsOfDeath(std::string_view line) {
  return line.starts_with("Kernel panic") || line.starts_with("BUG: ") ||
         line.starts_with("kernel BUG at") || line.starts_with("Oops") ||
         line.starts_with("general protection fault") || line.starts_with("PANIC: ");
}

constexpr std::string_view kWarning = "WARNING: ";

// Where a WARN was, without the CPU and the task that met it; nullopt: it is none.
std::optional<std::string> WarningIn(std::string_view said) {
  if (!said.starts_with(kWarning)) return std::nullopt;
  said.remove_prefix(kWarning.size());
  return std::string(said.substr(0, said.find(", CPU#")));
}

const std::string* FileOf(const KernelSeen& seen, std::string_view name) {
  const auto file = seen.files.find(name);
  return file == seen.files.end() ? nullptr : &file->second;
}

}  // namespace

absl::Status TakeFiles(KernelSeen& seen) {
  if (const std::string* const text = FileOf(seen, "pagetypeinfo")) {
    auto types = ParsePageTypeInfo("/proc/pagetypeinfo", *text);
    if (!types.ok()) return types.status();
    seen.types = *std::move(types);
  }
  const std::string* const phys = FileOf(seen, "kho.scratch_phys");
  const std::string* const len = FileOf(seen, "kho.scratch_len");
  seen.scratch = {};
  if (phys == nullptr || len == nullptr) return absl::OkStatus();
  auto table =
      ParseScratchFiles({"debugfs kho/out/scratch_phys", *phys}, {"kho/out/scratch_len", *len});
  if (!table.ok()) return table.status();
  seen.scratch = *std::move(table);
  return absl::OkStatus();
}

std::vector<GuestZone> ZonesOf(std::string_view zoneinfo) {
  std::vector<GuestZone> zones;
  LineReader lines("zoneinfo", zoneinfo);
  while (lines.Next()) {
    const std::vector<std::string_view> words = Words(lines.line());
    if (words.size() == 4 && words[0] == "Node" && words[2] == "zone") {
      const uint64_t nid = ParseNumber(words[1].substr(0, words[1].find(','))).value_or(0);
      zones.push_back({.nid = static_cast<NodeId>(nid), .name = std::string(words[3])});
    } else if (words.size() == 2 && !zones.empty()) {
      GuestZone& zone = zones.back();
      const uint64_t number = ParseNumber(words[1]).value_or(0);
      // "start_pfn" comes last of them.
      if (words[0] == "spanned") zone.pfns.end = Pfn{number};
      if (words[0] == "managed") zone.managed = number;
      if (words[0] == "start_pfn:") zone.pfns = {Pfn{number}, Pfn{number + zone.pfns.end.value}};
    }
  }
  std::erase_if(zones, [](const GuestZone& zone) { return zone.pfns.empty(); });
  return zones;
}

std::vector<std::string> MiscountedZones(const std::vector<GuestZone>& before,
                                         const std::vector<GuestZone>& after, PfnRange range) {
  std::vector<std::string> wrong;
  for (const GuestZone& zone : after) {
    for (const GuestZone& old : before) {
      if (old.nid != zone.nid || old.name != zone.name) continue;
      const uint64_t own = zone.pfns.Intersect(range).size();
      if (zone.managed == old.managed + own) continue;
      wrong.push_back(absl::StrCat("node ", zone.nid, " zone ", zone.name, " manages ",
                                   static_cast<int64_t>(zone.managed - old.managed),
                                   " pages more, and ", own, " of the range lie there"));
    }
  }
  return wrong;
}

std::vector<std::vector<std::string>> KernelsOfConsole(std::string_view console) {
  std::vector<std::vector<std::string>> kernels;
  std::string last;
  for (absl::string_view part :
       absl::StrSplit(absl::string_view(console.data(), console.size()), '\n')) {
    std::string line(part);
    while (line.ends_with('\r')) line.pop_back();
    if (line.empty()) continue;
    const std::string_view said = Untimed(line);
    // The early console and the later one both have it.
    if (said.starts_with("Linux version ") && (kernels.empty() || kernels.back().size() > 1)) {
      kernels.emplace_back();
    }
    if (!kernels.empty() && line != last) kernels.back().push_back(line);
    last = line;
  }
  return kernels;
}

std::vector<std::string> TellingLines(const std::vector<std::string>& console) {
  std::map<std::string, size_t> warnings;  // how often
  for (const std::string& line : console) {
    if (const auto where = WarningIn(Untimed(line))) ++warnings[*where];
  }
  std::vector<std::string> lines;
  for (const std::string& line : console) {
    const std::string_view said = Untimed(line);
    if (const auto where = WarningIn(said)) {
      const size_t times = std::exchange(warnings[*where], 0);
      if (times == 0) continue;
      lines.push_back(absl::StrCat(std::string(kWarning), *where,
                                   times == 1 ? "" : absl::StrCat(" (", times, " times)")));
      continue;
    }
    const bool tells = said.starts_with("KHO: ") || said.starts_with("luo: ") ||
                       said.find("kho_") == 0 ||
                       (said.find("reserve_mem") != std::string_view::npos &&
                        said.find("ommand line: ") == std::string_view::npos) ||
                       said.starts_with("Revived memory reservation") || TellsOfDeath(said);
    if (tells) lines.emplace_back(said);
  }
  return lines;
}

bool PanicIsOver(std::string_view console) {
  const size_t end = console.find("---[ end Kernel panic");
  return end != console.npos && console.find('\n', end) != console.npos;
}

std::optional<std::string> DeathIn(const std::vector<std::string>& console) {
  // What was first is the cause; a panic that follows an oops only says so.
  for (const std::string& line : console) {
    if (TellsOfDeath(Untimed(line))) return std::string(Untimed(line));
  }
  return std::nullopt;
}

std::vector<std::string> CallTraceIn(const std::vector<std::string>& console, size_t most) {
  std::vector<std::string> calls;
  auto line = std::ranges::find_if(
      console, [](const std::string& one) { return TellsOfDeath(Untimed(one)); });
  const auto is = [](std::string_view said) {
    return [said](const std::string& one) { return Untimed(one).starts_with(said); };
  };
  const auto trace = std::find_if(line, console.end(), is("Call Trace:"));
  // Where it was itself is not in its trace.
  line = std::find_if(line, trace, is("RIP: "));
  const auto take = [&calls](std::string_view where) {
    where.remove_prefix(std::min(where.find_first_not_of(' '), where.size()));
    const size_t end = where.find('+');
    if (end != where.npos && where.find(' ') > end) calls.emplace_back(where.substr(0, end));
  };
  if (line != trace) take(Untimed(*line).substr(Untimed(*line).rfind(':') + 1));
  for (line = trace; line != console.end() && calls.size() < most; ++line) {
    const std::string_view said = Untimed(*line);
    if (said.starts_with(" </TASK>")) break;
    take(said);
  }
  if (calls.size() > most) calls.resize(most);
  return calls;
}

std::vector<std::string> WarningsIn(const std::vector<std::string>& console) {
  std::vector<std::string> warnings;
  std::set<std::string> seen;
  for (const std::string& line : console) {
    auto where = WarningIn(Untimed(line));
    if (where.has_value() && seen.insert(*where).second) warnings.push_back(*std::move(where));
  }
  return warnings;
}

std::vector<std::string> CmaByZone(const PageTypeInfo& types) {
  std::vector<std::string> zones;
  const auto cma = std::ranges::find(types.types, "CMA");
  if (cma == types.types.end()) return zones;
  const auto column = static_cast<size_t>(cma - types.types.begin());
  for (const PageTypeInfo::Zone& zone : types.zones) {
    if (zone.blocks[column] == 0) continue;
    zones.push_back(absl::StrCat("node ", zone.nid, " ", zone.name, " ", zone.blocks[column]));
  }
  return zones;
}

namespace {

void JudgeReserveMem(const KernelSeen& seen, size_t kernel, std::vector<VmViolation>& violations) {
  if (!seen.kho) return;
  for (const auto& [name, area] : seen.reserve_mem) {
    for (const ScratchArea& one : seen.scratch.areas) {
      const AddrRange scratch = one.range();
      if (!scratch.Overlaps(area)) continue;
      VmViolation violation{.invariant = Invariant::kBootmemUnpreserved, .kernel = kernel};
      violation.what =
          absl::StrCat("reserve_mem= area ", name, ", ", FormatRange(area),
                       ", which KHO preserves, lies in bootmem ", FormatRange(scratch));
      violation.evidence = {
          absl::StrCat("reserve_mem_find_by_name(\"", name, "\"): ", FormatRange(area)),
          absl::StrCat("debugfs kho/out/scratch_phys, scratch_len: ", FormatRange(scratch))};
      violations.push_back(std::move(violation));
    }
  }
}

}  // namespace

std::vector<VmViolation> JudgeUp(const KernelSeen& seen, size_t kernel, const Geometry& geometry) {
  std::vector<VmViolation> violations;
  JudgeReserveMem(seen, kernel, violations);
  if (!seen.types.recorded()) return violations;
  const uint64_t expected = seen.kho ? seen.scratch.Pageblocks(geometry) : 0;
  const uint64_t found = seen.CmaPageblocks();
  if (found == expected) return violations;
  VmViolation violation{.invariant = Invariant::kScratchIsCma, .kernel = kernel};
  if (seen.kho) {
    violation.what =
        absl::StrCat(found, " pageblocks are CMA, and kho_scratch's areas overlap ", expected);
  } else {
    violation.what = absl::StrCat("KHO is off, and ", found,
                                  found == 1 ? " pageblock is CMA" : " pageblocks are CMA");
  }
  for (const std::string& zone : CmaByZone(seen.types)) {
    violation.evidence.push_back("/proc/pagetypeinfo: CMA pageblocks in " + zone);
  }
  if (const std::string* const meminfo = FileOf(seen, "meminfo"); meminfo != nullptr) {
    std::istringstream lines(*meminfo);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("Cma")) violation.evidence.push_back("/proc/meminfo: " + line);
    }
  }
  for (const std::string& line : TellingLines(seen.console)) {
    if (line.starts_with("KHO: ")) violation.evidence.push_back("log: " + line);
  }
  violations.push_back(std::move(violation));
  return violations;
}

}  // namespace khofuzz
