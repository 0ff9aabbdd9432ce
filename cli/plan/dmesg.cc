#include "cli/plan/dmesg.h"

#include <algorithm>
#include <charconv>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/capture/text.h"
#include "cli/map/units.h"
#include "cli/plan/command_line.h"

namespace khofuzz {
namespace {

constexpr PhysAddr kHighest{uint64_t{1} << 52};

// "[    0.000000] text", "<6>[    0.000000] text", "Nov 21 12:00:00 host kernel: text".
std::string_view Message(std::string_view line) {
  if (const size_t kernel = line.find("kernel: ");
      kernel != std::string_view::npos && kernel < 80) {
    line = line.substr(kernel + 8);
  }
  if (line.starts_with('<')) {
    const size_t end = line.find('>');
    if (end != std::string_view::npos && end < 5) line = line.substr(end + 1);
  }
  if (line.starts_with('[')) {
    const size_t end = line.find("] ");
    if (end != std::string_view::npos && end < 24 && line.find("mem 0x") > end) {
      line = line.substr(end + 2);
    }
  }
  return line;
}

// The hexadecimal number after "0x" that `text` begins with.
std::optional<uint64_t> Hex(std::string_view text) {
  if (!text.starts_with("0x")) return std::nullopt;
  uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto got = std::from_chars(text.data() + 2, end, value, 16);
  if (got.ec != std::errc()) return std::nullopt;
  return value;
}

// The first "[mem 0xA-0xB]" of a line, half-open.
std::optional<AddrRange> MemRange(std::string_view line) {
  const size_t at = line.find("[mem 0x");
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view first = line.substr(at + 5);
  const size_t dash = first.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto begin = Hex(first), last = Hex(first.substr(dash + 1));
  if (!begin || !last || *last < *begin || *last >= kHighest.value) return std::nullopt;
  return AddrRange{{*begin}, {*last + 1}};
}

// The number before `word`, of "27136K kernel code", in bytes; 0 if there is none.
uint64_t KiloBefore(std::string_view line, std::string_view word) {
  const size_t at = line.find(word);
  if (at == std::string_view::npos || at < 2) return 0;
  size_t begin = at;
  while (begin > 0 && line[begin - 1] == ' ') --begin;
  if (begin == 0 || line[begin - 1] != 'K') return 0;
  const size_t end = --begin;
  while (begin > 0 && '0' <= line[begin - 1] && line[begin - 1] <= '9') --begin;
  const auto number = ParseNumber(line.substr(begin, end - begin));
  return number.has_value() && *number < (uint64_t{1} << 42) ? *number << 10 : 0;
}

std::optional<DmesgFacts::MemoryLine> ReadMemoryLine(std::string_view line) {
  const size_t at = line.find("K/");
  if (at == std::string_view::npos || line.find("available") == std::string_view::npos) {
    return std::nullopt;
  }
  DmesgFacts::MemoryLine memory;
  memory.available = KiloBefore(line, "/");
  memory.memory = KiloBefore(line, " available");
  for (const std::string_view part : {" kernel code", " rwdata", " rodata", " init", " bss"}) {
    memory.image += KiloBefore(line, part);
  }
  memory.reserved = KiloBefore(line, " reserved");
  memory.cma = KiloBefore(line, " cma-reserved");
  if (memory.memory == 0 || memory.reserved == 0 || memory.reserved > memory.memory) {
    return std::nullopt;
  }
  return memory;
}

// memblock.memory as the kernel lists it is the best map there is; the firmware's is the second.
class Reader {
 public:
  explicit Reader(DmesgFacts* facts) : facts_(facts) {}

  void Line(std::string_view line) {
    if (line.starts_with("Linux version ") && facts_->release.empty()) {
      const std::vector<std::string_view> words = Words(line);
      if (words.size() > 2) facts_->release = std::string(words[2]);
    } else if (const size_t at = line.find("ommand line: ");
               at != std::string_view::npos && at < 16 && !facts_->command_line) {
      facts_->command_line = std::string(line.substr(at + 13));
    } else if (line.starts_with("BIOS-e820:")) {
      facts_->x86 = true;
      const auto range = MemRange(line);
      const bool usable = absl::StrContains(std::string(line), "usable") ||
                          absl::StrContains(std::string(line), "System RAM");
      if (range && usable) e820_.push_back({*range, 0});
    } else if (line.starts_with("Early memory node ranges")) {
      facts_->banks.clear();
    } else if (const std::string_view node = line.substr(std::min(line.find("node "), line.size()));
               line.starts_with("  ") && !node.empty()) {
      NodeRange(node);
    } else if (line.find("K available (") != std::string_view::npos) {
      if (auto memory = ReadMemoryLine(line); memory && !facts_->memory) facts_->memory = memory;
    } else if (line.starts_with("RAMDISK: ")) {
      facts_->initrd = MemRange(line);
    } else if (line.starts_with("software IO TLB: mapped")) {
      if (const auto range = MemRange(line)) facts_->swiotlb = range->size();
    } else if (line.starts_with("crashkernel reserved: ")) {
      Crashkernel(line.substr(22));
    } else if (line.starts_with("KHO: ")) {
      facts_->kho.emplace_back(line);
      if (absl::StrContains(std::string(line), "isabl")) facts_->kho_on = false;
      if (absl::StrContains(std::string(line), "found kexec")) {
        facts_->kho_on = facts_->took_over = true;
      }
    }
  }

  void End() {
    if (facts_->banks.empty()) facts_->banks = e820_;
    auto& banks = facts_->banks;
    std::ranges::sort(banks, {}, [](const BootBank& bank) { return bank.range.begin; });
    // Whole pages, and nothing twice: nobody vouches for a log.
    std::vector<BootBank> kept;
    for (BootBank bank : banks) {
      bank.range = {AlignUp(bank.range.begin, 4096), AlignDown(bank.range.end, 4096)};
      if (!kept.empty()) bank.range.begin = std::max(bank.range.begin, kept.back().range.end);
      if (!bank.range.empty()) kept.push_back(bank);
    }
    banks = std::move(kept);
  }

 private:
  // "node   0: [mem 0x0000000000100000-0x000000003ffd9fff]"
  void NodeRange(std::string_view line) {
    const size_t colon = line.find(':');
    const auto range = MemRange(line);
    if (colon == std::string_view::npos || !range) return;
    const std::vector<std::string_view> words = Words(line.substr(0, colon));
    const auto nid = words.size() == 2 ? ParseNumber(words[1]) : std::nullopt;
    if (nid.has_value() && *nid < 64) facts_->banks.push_back({*range, static_cast<NodeId>(*nid)});
  }

  void Crashkernel(std::string_view rest) {
    const size_t to = rest.find(" - ");
    const auto begin = Hex(rest);
    const auto end = to == std::string_view::npos ? std::nullopt : Hex(rest.substr(to + 3));
    if (begin && end && *begin < *end && *end < kHighest.value) {
      facts_->crashkernel += *end - *begin;
    }
  }

  DmesgFacts* facts_;
  std::vector<BootBank> e820_;
};

}  // namespace

absl::StatusOr<DmesgFacts> ReadDmesg(std::string_view file, std::string_view text) {
  DmesgFacts facts;
  Reader reader(&facts);
  LineReader lines(file, text);
  while (lines.Next()) reader.Line(Message(lines.line()));
  reader.End();
  if (!facts.memory && facts.banks.empty() && !facts.command_line) {
    return absl::InvalidArgumentError(absl::StrCat(
        std::string(file),
        ": expected a boot log (a line 'Memory: ...K/...K available', 'BIOS-e820: ' or 'Command "
        "line: ') or a memblock dump ('memblock.memory cnt='), found neither; the beginning of a "
        "log is overwritten on a machine that has run for long: "
        "`journalctl -k -b` has it"));
  }
  if (!facts.kho_on.has_value() && facts.command_line.has_value()) {
    const auto line = ReadCommandLine(*facts.command_line, 0, X86Geometry());
    facts.kho_on = line.kho;
  }
  return facts;
}

absl::StatusOr<PlanMachine> MachineFromDmesg(std::string_view file, const DmesgFacts& facts,
                                             const Geometry& geometry) {
  if (facts.banks.empty()) {
    if (!facts.memory) {
      return absl::InvalidArgumentError(
          absl::StrCat(std::string(file),
                       ": it does not tell how much memory there is: expected a memory map or a "
                       "line 'Memory: '; give --memory as well"));
    }
    auto machine = MachineOfSize(facts.memory->memory, 1, kUsualLowMemory, geometry);
    if (machine.ok()) machine->from += absl::StrCat(" (the size is from ", std::string(file), ")");
    return machine;
  }
  PlanMachine machine;
  machine.geometry = geometry;
  machine.banks = facts.banks;
  machine.from =
      absl::StrCat("the memory map in ", std::string(file), ": ", FormatBytes(machine.memory()),
                   " on ", machine.nodes(), machine.nodes() == 1 ? " node" : " nodes");
  return machine;
}

}  // namespace khofuzz
