#include "cli/plan/input.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/capture/read_file.h"
#include "cli/capture/records.h"
#include "cli/capture/scratch_files.h"
#include "cli/capture/text.h"
#include "cli/map/units.h"
#include "cli/plan/kho_state.h"
#include "cli/record/record.h"
#include "core/closest.h"
#include "core/designs/design.h"
#include "core/designs/lineage.h"
#include "core/designs/named.h"

namespace khofuzz {
namespace {

constexpr uint64_t kMostText = uint64_t{64} << 20;
constexpr const char* kScratchPhys = "kho/out/scratch_phys";
constexpr const char* kScratchLen = "kho/out/scratch_len";

absl::Status Wrong(std::string what) { return absl::InvalidArgumentError(std::move(what)); }

absl::Status ReadGiven(const PlanOptions& options, GivenSizes* given) {
  const auto read = [](std::string_view name, const std::string& text,
                       std::optional<uint64_t>* size) {
    if (text.empty()) return absl::OkStatus();
    const auto bytes = ParseSize(name, text);
    if (bytes.ok()) *size = *bytes;
    return bytes.status();
  };
  absl::Status status = read("--kernel", options.kernel, &given->kernel);
  status.Update(read("--initrd", options.initrd, &given->initrd));
  status.Update(read("--swiotlb", options.swiotlb, &given->swiotlb));
  status.Update(read("--other", options.other, &given->other));
  return status;
}

// What a person has, by what it turns out to be.
struct Sources {
  std::string name;
  std::optional<MemblockDump> dump;
  std::optional<DmesgFacts> log;
  std::optional<std::string> command_line;
  std::vector<BootBank> banks;     // of /proc/iomem
  std::optional<uint64_t> memory;  // of /proc/meminfo
  std::string kho_now;             // see PlanInput
  bool took_over = false;
  std::optional<uint64_t> inherited;
};

bool LooksLikeDump(std::string_view text) {
  return text.starts_with("# ") && text.find("memblock.memory cnt=") < 200;
}

absl::Status AddText(const std::string& file, const std::string& text, Sources* sources) {
  if (LooksLikeDump(text)) {
    auto dump = ParseMemblockDump(file, text);
    if (!dump.ok()) return dump.status();
    sources->dump = *std::move(dump);
    return absl::OkStatus();
  }
  auto log = ReadDmesg(file, text);
  if (!log.ok()) return log.status();
  if (log->command_line) sources->command_line = log->command_line;
  sources->took_over = sources->took_over || log->took_over;
  sources->log = *std::move(log);
  return absl::OkStatus();
}

// "00100000-3ffd9fff : System RAM": all zeroes for those who may not see addresses.
std::vector<BootBank> BanksOfIomem(std::string_view file, std::string_view text) {
  std::vector<BootBank> banks;
  LineReader lines(file, text);
  while (lines.Next()) {
    const std::string_view line = lines.line();
    const size_t dash = line.find('-'), colon = line.find(" : System RAM");
    if (line.starts_with(' ') || dash == std::string_view::npos ||
        colon == std::string_view::npos || dash > colon) {
      continue;
    }
    const auto begin = ParseNumber("0x" + std::string(line.substr(0, dash)));
    const auto last = ParseNumber("0x" + std::string(line.substr(dash + 1, colon - dash - 1)));
    if (!begin || !last || *last <= *begin || *last >= uint64_t{1} << 46) continue;
    const AddrRange range{AlignUp(PhysAddr{*begin}, 4096), AlignDown(PhysAddr{*last + 1}, 4096)};
    if (!range.empty() && (banks.empty() || banks.back().range.end <= range.begin)) {
      banks.push_back({range, 0});
    }
  }
  return banks;
}

absl::Status AddFolder(const std::filesystem::path& dir, Sources* sources) {
  const auto read = [&dir](const char* name) { return ReadFile(dir / name, kMostText); };
  if (const auto dump = read("memblock.k1.kho_memory_init.txt"); dump.ok()) {
    const std::string file = (dir / "memblock.k1.kho_memory_init.txt").string();
    if (absl::Status status = AddText(file, *dump, sources); !status.ok()) return status;
    sources->name = file;
    const auto machine = read("machine.txt");
    if (!machine.ok())
      return absl::IsNotFound(machine.status()) ? absl::OkStatus() : machine.status();
    const auto record = ParseMachineRecord((dir / "machine.txt").string(), *machine);
    if (!record.ok()) return record.status();
    sources->command_line = record->k1_command_line;
    return absl::OkStatus();
  }
  if (const KhoState state = ReadKhoState(dir); !state.shown) sources->kho_now = WhyNotOn(state);
  std::error_code error;
  sources->took_over = std::filesystem::exists(dir / "kho/in/fdt", error);
  const auto at = read(kScratchPhys), sizes = read(kScratchLen);
  if (sources->took_over && at.ok() && sizes.ok()) {
    const auto table = ParseScratchFiles({(dir / kScratchPhys).string(), *at},
                                         {(dir / kScratchLen).string(), *sizes});
    if (!table.ok()) return table.status();
    sources->inherited = table->bytes();
  }
  bool any = false;
  if (const auto cmdline = read("cmdline.txt"); cmdline.ok()) {
    sources->command_line = cmdline->substr(0, cmdline->find('\n'));
    any = true;
  }
  if (const auto log = read("dmesg.txt"); log.ok()) {
    const auto command_line = sources->command_line;
    // A log whose beginning is lost says nothing; the other files may.
    if (AddText((dir / "dmesg.txt").string(), *log, sources).ok()) any = true;
    if (command_line) sources->command_line = command_line;
  }
  if (const auto iomem = read("iomem.txt"); iomem.ok()) {
    sources->banks = BanksOfIomem("iomem.txt", *iomem);
    any = any || !sources->banks.empty();
  }
  if (const auto meminfo = read("meminfo.txt"); meminfo.ok()) {
    LineReader lines("meminfo.txt", *meminfo);
    while (lines.Next()) {
      const auto words = Words(lines.line());
      if (words.size() < 2 || words[0] != "MemTotal:") continue;
      if (const auto kilo = ParseNumber(words[1]); kilo && *kilo < (uint64_t{1} << 40)) {
        sources->memory = *kilo << 10;
        any = true;
      }
    }
  }
  if (any) return absl::OkStatus();
  return Wrong(absl::StrCat(dir.string(),
                            ": neither a recorded handover (memblock.k1.kho_memory_init.txt) nor "
                            "what `khofuzz record` makes (cmdline.txt, dmesg.txt, iomem.txt)"));
}

absl::Status AddLive(Sources* sources) {
  auto recorded = RecordToTemporary();
  if (!recorded.ok()) return recorded.status();
  const absl::Status status = AddFolder(recorded->path(), sources);
  sources->name = "this machine";
  return status;
}

// "50%", "8G", "50%:run".
absl::Status ReadPreserve(const std::string& text, PlanInput* input) {
  const size_t colon = text.find(':');
  const std::string amount = text.substr(0, colon);
  const std::string how = colon == std::string::npos ? "" : text.substr(colon + 1);
  const auto wrong = [&text] {
    return Wrong(absl::StrCat("--preserve ", Quoted(text),
                              ": expected a share or a size, 0% to 100% or like 8G, and after it, "
                              "if only one is to be played, :scattered or :run"));
  };
  if (how != "" && how != "scattered" && how != "run") return wrong();
  input->scattered = how != "run";
  input->run = how != "scattered";
  double percent = 0;
  if (amount.ends_with('%')) {
    if (!absl::SimpleAtod(amount.substr(0, amount.size() - 1), &percent) || !(percent >= 0)) {
      return wrong();
    }
    if (percent > 100) {
      return Wrong(absl::StrCat("--preserve ", Quoted(text), ": that is above 100%"));
    }
    input->preserve = percent / 100;
    return absl::OkStatus();
  }
  const auto bytes = ParseSize("--preserve", amount);
  // What has lost its unit may have been meant as a share.
  if (!bytes.ok()) return amount.ends_with('B') ? bytes.status() : wrong();
  const uint64_t memory = input->machine.memory();
  if (*bytes > memory) {
    return Wrong(absl::StrCat("--preserve ", text, ": there is only ", FormatBytes(memory)));
  }
  input->preserve = static_cast<double>(*bytes) / static_cast<double>(memory);
  return absl::OkStatus();
}

// A number is MachineOfSize()'s to judge.
absl::StatusOr<int> ReadNodes(const std::string& text) {
  if (text.empty()) return 1;
  int nodes = 0;
  if (absl::SimpleAtoi(text, &nodes)) return nodes;
  return Wrong(absl::StrCat("--nodes ", Quoted(text),
                            ": expected how many NUMA nodes there are, 1 to 64, like 2"));
}

absl::StatusOr<PlanMachine> MachineFor(const PlanOptions& options, const Sources& sources,
                                       const Geometry& geometry) {
  const auto nodes = ReadNodes(options.nodes);
  if (!nodes.ok()) return nodes.status();
  if (options.memory.empty() && !(options.nodes.empty() && options.low_memory.empty())) {
    return Wrong("--nodes and --low-memory say how --memory is laid out: give that as well");
  }
  if (!options.memory.empty()) {
    const auto bytes = ParseSize("--memory", options.memory);
    if (!bytes.ok()) return bytes.status();
    uint64_t low = kUsualLowMemory;
    if (!options.low_memory.empty()) {
      const auto given = ParseSize("--low-memory", options.low_memory);
      if (!given.ok()) return given.status();
      low = *given;
    }
    return MachineOfSize(*bytes, *nodes, low, geometry);
  }
  PlanMachine machine;
  machine.geometry = geometry;
  const auto from = [&machine](const std::string& what) {
    machine.from = absl::StrCat(what, ": ", FormatBytes(machine.memory()), " on ", machine.nodes(),
                                machine.nodes() == 1 ? " node" : " nodes");
    return machine;
  };
  if (sources.dump) {
    for (const MemblockRegion& region : sources.dump->memory.regions) {
      machine.banks.push_back({region.range(), region.nid == kNoNode ? 0 : region.nid});
    }
    if (machine.banks.empty()) return Wrong(sources.dump->file + ": it holds no memory");
    return from("memblock in " + sources.name);
  }
  if (sources.log && !sources.log->banks.empty()) {
    return MachineFromDmesg(sources.name, *sources.log, geometry);
  }
  if (!sources.banks.empty()) {
    machine.banks = sources.banks;
    return from("System RAM in iomem (nodes are not told there)");
  }
  if (sources.log) return MachineFromDmesg(sources.name, *sources.log, geometry);
  if (sources.memory) {
    auto sized = MachineOfSize(*sources.memory, 1, kUsualLowMemory, geometry);
    if (sized.ok()) sized->from += " (MemTotal of meminfo, which is less than there is)";
    return sized;
  }
  return Wrong("how much memory is there? Give --memory 16G, --from LOG or --live");
}

}  // namespace

absl::Status CheckRelease(const std::string& name) {
  if (Lineage::Parse(name).ok()) return absl::OkStatus();
  std::vector<std::string> releases;
  std::vector<std::string_view> names;
  std::string meant;
  const std::string whole = absl::StrCat("linux-", name);  // of "7.3", "7.3.4"
  for (const NamedDesign& named : NamedDesigns()) {
    names.push_back(named.name);
    if (!named.measured) continue;
    releases.emplace_back(named.name);
    if (whole.starts_with(named.name)) {
      meant = absl::StrCat("; did you mean '", releases.back(), "'?");
    }
  }
  for (const QuirkInfo& quirk : QuirkCatalogue()) names.push_back(quirk.name);
  if (meant.empty()) meant = DidYouMean(name, names);
  return Wrong(absl::StrCat("--release ", Quoted(name), ": expected ",
                            absl::StrJoin(releases, ", "),
                            " or a design by its name (docs/designs.md lists them)", meant));
}

absl::StatusOr<PlanInput> ReadPlanInput(const PlanOptions& options) {
  if (options.live && !options.from.empty()) return Wrong("--live and --from exclude each other");
  if (!options.linux_tree.empty() && options.release != "linux-7.3") {
    return Wrong("--linux and --release exclude each other: a tree is its own release");
  }
  const auto geometry = GeometryOfPageSize(options.page_size);
  if (!geometry.ok()) return geometry.status();
  Sources sources;
  sources.name = options.from.string();
  if (options.live) {
    if (absl::Status status = AddLive(&sources); !status.ok()) return status;
  } else if (!options.from.empty()) {
    std::error_code error;
    if (std::filesystem::is_directory(options.from, error)) {
      if (absl::Status status = AddFolder(options.from, &sources); !status.ok()) return status;
    } else {
      const auto text = ReadFile(options.from, kMostText);
      if (!text.ok()) return text.status();
      if (absl::Status status = AddText(options.from.string(), *text, &sources); !status.ok()) {
        return status;
      }
    }
  }
  if (sources.dump && !options.memory.empty()) {
    return Wrong("--memory and a memblock dump exclude each other: the dump tells all of it");
  }
  PlanInput input;
  auto machine = MachineFor(options, sources, *geometry);
  if (!machine.ok()) return machine.status();
  input.machine = *std::move(machine);
  if (absl::Status status = ReadGiven(options, &input.given); !status.ok()) return status;
  const std::string command_line =
      options.cmdline_given ? options.cmdline : sources.command_line.value_or("");
  input.command_line = ReadCommandLine(command_line, input.machine.memory(), *geometry);
  input.source = sources.name;
  input.kho_now = sources.kho_now;
  input.took_over = sources.took_over;
  input.inherited = sources.inherited;
  if (!options.log_kho.empty() && options.log_kho != "on" && options.log_kho != "off") {
    return Wrong(absl::StrCat("--log-kho ", Quoted(options.log_kho), ": expected on or off"));
  }
  if (sources.log && sources.log->memory) {
    input.log_kho = sources.log->kho_on;
    if (!options.log_kho.empty()) input.log_kho = options.log_kho == "on";
    input.log = std::move(sources.log);
  } else if (!options.log_kho.empty()) {
    return Wrong("--log-kho has no effect: there is no log with a line 'Memory: '");
  }
  input.dump = std::move(sources.dump);
  if (!options.preserve.empty()) {
    if (absl::Status status = ReadPreserve(options.preserve, &input); !status.ok()) return status;
  }
  input.search = !options.no_search;
  return input;
}

}  // namespace khofuzz
