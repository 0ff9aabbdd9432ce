#include "cli/inspect/live.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "cli/capture/pagetypeinfo.h"
#include "cli/capture/read_file.h"
#include "cli/capture/scratch_files.h"
#include "cli/capture/text.h"
#include "cli/inspect/checks.h"
#include "cli/inspect/owner.h"
#include "cli/map/units.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr uint64_t kMostText = uint64_t{64} << 20;
constexpr std::string_view kLine = "KHO: ";

class LiveReader {
 public:
  explicit LiveReader(const fs::path& dir) : dir_(dir) {}

  absl::StatusOr<LiveReport> Read() {
    for (absl::Status (LiveReader::*step)() :
         {&LiveReader::ReadList, &LiveReader::ReadLog, &LiveReader::ReadMeminfo,
          &LiveReader::ReadFdts, &LiveReader::ReadScratch, &LiveReader::ReadPageTypes}) {
      if (absl::Status status = (this->*step)(); !status.ok()) return status;
    }
    return std::move(report_);
  }

 private:
  // Empty if it is not there.
  absl::StatusOr<std::string> File(const char* name, uint64_t most = kMostText) const {
    auto text = ReadFile(dir_ / name, most);
    if (absl::IsNotFound(text.status())) return std::string();
    return text;
  }
  std::string Name(const char* name) const { return (dir_ / name).string(); }

  absl::Status ReadList() {
    const auto list = File("recorded.txt");
    if (!list.ok()) return list.status();
    LineReader lines("recorded.txt", *list);
    while (lines.Next()) {
      const std::string_view line = lines.line();
      const size_t space = line.find(' ');
      if (space == std::string_view::npos) continue;
      const std::string what(line.substr(space + 1));
      if (line.starts_with("read ")) report_.read.push_back(what);
      if (line.starts_with("missing ") || line.starts_with("note ")) {
        report_.missing.push_back(what);
      }
    }
    const auto command_line = File("cmdline.txt");
    if (!command_line.ok()) return command_line.status();
    report_.command_line = command_line->substr(0, command_line->find('\n'));
    report_.kho = ReadKhoState(dir_);
    return absl::OkStatus();
  }

  absl::Status ReadLog() {
    const auto log = File("dmesg.txt");
    if (!log.ok()) return log.status();
    LineReader lines("dmesg.txt", *log);
    while (lines.Next()) {
      const size_t at = lines.line().find(kLine);
      if (at != std::string_view::npos && at < 80 && report_.kho_said.size() < 32) {
        report_.kho_said.emplace_back(lines.line().substr(at));
      }
    }
    return absl::OkStatus();
  }

  absl::Status ReadMeminfo() {
    const auto meminfo = File("meminfo.txt");
    if (!meminfo.ok()) return meminfo.status();
    LineReader lines("meminfo.txt", *meminfo);
    while (lines.Next()) {
      const auto words = Words(lines.line());
      if (words.size() < 2) continue;
      const auto kilo = ParseNumber(words[1]);
      if (!kilo || *kilo > uint64_t{1} << 42) continue;
      if (words[0] == "CmaTotal:") report_.cma_total = *kilo << 10;
      if (words[0] == "CmaFree:") report_.cma_free = *kilo << 10;
    }
    return absl::OkStatus();
  }

  // Some kernels show an FDT cut short: that is told, and no error.
  absl::Status ReadFdts() {
    const auto read = [this](const char* name, std::optional<KhoFdt>* fdt) {
      const auto bytes = File(name, kMaxKhoFdtBytes);
      if (!bytes.ok()) return bytes.status();
      if (bytes->empty()) return absl::OkStatus();
      auto parsed = ParseKhoFdt({reinterpret_cast<const uint8_t*>(bytes->data()), bytes->size()});
      if (parsed.ok()) {
        *fdt = *std::move(parsed);
      } else {
        report_.damaged.push_back(absl::StrCat(name, ": ", std::string(parsed.status().message())));
      }
      return absl::OkStatus();
    };
    absl::Status status = read("kho/in/fdt", &report_.in);
    status.Update(read("kho/out/fdt", &report_.out));
    constexpr size_t kMostSubtrees = 256;
    std::error_code error;
    for (fs::directory_iterator at(dir_ / "kho/out/sub_fdts", error), end; !error && at != end;
         at.increment(error)) {
      if (report_.out_subtrees.size() == kMostSubtrees) break;
      report_.out_subtrees.push_back(at->path().filename().string());
    }
    std::ranges::sort(report_.out_subtrees);
    return status;
  }

  absl::Status ReadScratch() {
    const char* const phys = "kho/out/scratch_phys";
    const char* const len = "kho/out/scratch_len";
    const auto at = File(phys), sizes = File(len);
    if (!at.ok()) return at.status();
    if (!sizes.ok()) return sizes.status();
    auto table = ParseScratchFiles({Name(phys), *at}, {Name(len), *sizes});
    if (!table.ok()) return table.status();
    report_.scratch = *std::move(table);
    return absl::OkStatus();
  }

  absl::Status ReadPageTypes() {
    const char* const name = "CMA pageblocks";
    const auto text = File("pagetypeinfo.txt");
    if (!text.ok()) return text.status();
    if (text->empty() || report_.scratch.areas.empty()) {
      report_.checks.push_back({name, "", "", std::nullopt});
      return absl::OkStatus();
    }
    const auto types = ParsePageTypeInfo(Name("pagetypeinfo.txt"), *text);
    if (!types.ok()) return types.status();
    Geometry geometry = X86Geometry();
    geometry.pageblock_order = types->pageblock_order;
    geometry.max_page_order = types->max_page_order;
    if (absl::Status status = geometry.Validate(); !status.ok()) return status;
    report_.cma_pageblocks = report_.scratch.Pageblocks(geometry);
    const bool others = HasOtherCma(report_.command_line) || report_.cma_total.value_or(0) != 0;
    const uint64_t recorded = types->Pageblocks("CMA");
    report_.checks.push_back(
        {name, absl::StrCat(others ? "at least " : "", report_.cma_pageblocks),
         absl::StrCat(recorded),
         others ? recorded >= report_.cma_pageblocks : recorded == report_.cma_pageblocks});
    return absl::OkStatus();
  }

  const fs::path dir_;
  LiveReport report_;
};

void AddFdtText(const char* what, const std::optional<KhoFdt>& fdt, std::string* text) {
  if (!fdt) return;
  absl::StrAppend(text, what, ": ", std::string(KhoCompatible(fdt->version)), ", tree root ",
                  FormatAddr(fdt->memory_map), "\n");
  for (const KhoSubtree& subtree : fdt->subtrees) {
    absl::StrAppend(text, "  ", Quoted(subtree.name), " at ", FormatAddr(subtree.data), ", ",
                    FormatBytes(subtree.size));
    const std::string owner(OwnerOf(subtree.name));
    absl::StrAppend(text, owner.empty() ? "" : ": ", owner, "\n");
  }
}

Json FdtJson(const std::optional<KhoFdt>& fdt) {
  if (!fdt) return nullptr;
  Json subtrees = Json::array();
  for (const KhoSubtree& subtree : fdt->subtrees) {
    subtrees.push_back(
        {{"name", subtree.name}, {"data", subtree.data.value}, {"size", subtree.size}});
  }
  return {{"compatible", std::string(KhoCompatible(fdt->version))},
          {"root", fdt->memory_map.value},
          {"subtrees", std::move(subtrees)}};
}

}  // namespace

bool LiveReport::agrees() const {
  return std::ranges::all_of(checks,
                             [](const Check& check) { return check.agrees.value_or(true); });
}

bool IsLiveRecord(const fs::path& dir) {
  std::error_code error;
  return fs::is_regular_file(dir / "recorded.txt", error);
}

absl::StatusOr<LiveReport> ReadLiveRecord(const fs::path& dir) { return LiveReader(dir).Read(); }

std::string LiveText(const LiveReport& report) {
  std::string text = !report.kho.shown ? WhyNotOn(report.kho)
                     : report.in       ? "KHO is on, and this kernel was handed over to."
                                       : "KHO is on.";
  text += "\n";
  for (const std::string& line : report.kho_said) {
    absl::StrAppend(&text, "  the log says: ", line, "\n");
  }
  AddFdtText("Taken over", report.in, &text);
  AddFdtText("To be handed over", report.out, &text);
  if (report.in && !report.out) {
    // kho_init() returns before it shows kho/out/fdt.
    text +=
        "To be handed over: its FDT does not show in a kernel that was handed over to (Linux 7.2 "
        "and 7.3)";
    std::string names;
    for (const std::string& name : report.out_subtrees) {
      absl::StrAppend(&names, names.empty() ? "" : ", ", Quoted(name));
    }
    absl::StrAppend(&text, names.empty() ? "" : "; subtrees: ", names, "\n");
  }
  for (const std::string& line : report.damaged)
    absl::StrAppend(&text, "not readable: ", line, "\n");
  if (!report.scratch.areas.empty()) {
    absl::StrAppend(&text, "Scratch: ", FormatBytes(report.scratch.bytes()),
                    report.in ? ", which the first kernel since the machine was started has set "
                                "aside"
                              : "",
                    "\n");
    for (const ScratchArea& area : report.scratch.areas) {
      absl::StrAppend(&text, "  ", area.size == 0 ? "empty" : FormatRange(area.range()), ", ",
                      FormatBytes(area.size), "\n");
    }
  }
  if (report.cma_free) {
    absl::StrAppend(&text, "CmaTotal ", FormatBytes(report.cma_total.value_or(0)), ", CmaFree ",
                    FormatBytes(*report.cma_free),
                    *report.cma_free > report.cma_total.value_or(0)
                        ? ": scratch is free CMA that CmaTotal does not count; it is not lost\n"
                        : "\n");
  }
  for (const Check& check : report.checks) {
    if (!report.kho.shown && !check.agrees) continue;
    absl::StrAppend(&text, check.name, ": ",
                    !check.agrees   ? "not compared, scratch or pagetypeinfo was not read"
                    : *check.agrees ? absl::StrCat("agrees, ", check.recorded)
                                    : absl::StrCat("DIFFERS, scratch overlaps ", check.computed,
                                                   ", the kernel has ", check.recorded),
                    "\n");
  }
  if (report.kho.shown) {
    absl::StrAppend(
        &text,
        "What is preserved, and how much, a running kernel does not show: a memory dump "
        "does (khofuzz\ninspect --core). Whose it is neither tells: only the subtrees' "
        "owners are known.\n");
  }
  absl::StrAppend(&text, "Read: ", report.read.size(), " files\n");
  for (const std::string& line : report.missing) absl::StrAppend(&text, "Not read: ", line, "\n");
  return text;
}

std::string LiveJson(const LiveReport& report) {
  Json json;
  json["kho_shown"] = report.kho.shown;
  json["config"] = report.kho.config ? Json({{"kho", report.kho.config->kho},
                                             {"by_default", report.kho.config->by_default},
                                             {"debugfs", report.kho.config->debugfs}})
                                     : Json();
  json["agrees"] = report.agrees();
  json["command_line"] = report.command_line;
  json["kho_said"] = report.kho_said;
  json["in"] = FdtJson(report.in);
  json["out"] = FdtJson(report.out);
  json["out_subtrees"] = report.out_subtrees;
  json["damaged"] = report.damaged;
  json["scratch"] = Json::array();
  for (const ScratchArea& area : report.scratch.areas) {
    json["scratch"].push_back({area.addr.value, area.size});
  }
  json["cma_pageblocks"] = report.cma_pageblocks;
  json["cma_total"] = report.cma_total ? Json(*report.cma_total) : Json();
  json["cma_free"] = report.cma_free ? Json(*report.cma_free) : Json();
  json["checks"] = Json::array();
  for (const Check& check : report.checks) {
    json["checks"].push_back({{"name", check.name},
                              {"computed", check.computed},
                              {"recorded", check.recorded},
                              {"agrees", check.agrees ? Json(*check.agrees) : Json()}});
  }
  json["read"] = report.read;
  json["missing"] = report.missing;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace khofuzz
