#include "cli/plan/report.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/map/units.h"
#include "core/designs/design.h"

namespace khofuzz {
namespace {

std::string Interval(uint64_t least, uint64_t most) {
  if (least == most) return FormatBytes(least);
  return absl::StrCat(FormatBytes(std::min(least, most)), " to ",
                      FormatBytes(std::max(least, most)));
}

std::string Share(uint64_t bytes, uint64_t memory) {
  return absl::StrFormat("%.1f %%",
                         100.0 * static_cast<double>(bytes) / static_cast<double>(memory));
}

// A message of the model with its figures as people read them: "0x89800000 bytes" is "2.15 GiB".
std::string Plain(std::string_view message) {
  std::string text;
  while (!message.empty()) {
    const size_t at = message.find("0x");
    text += message.substr(0, at);
    if (at == std::string_view::npos) break;
    message.remove_prefix(at);
    uint64_t value = 0;
    const auto [end, error] =
        std::from_chars(message.data() + 2, message.data() + message.size(), value, 16);
    std::string_view rest = message.substr(static_cast<size_t>(end - message.data()));
    const bool bytes = error == std::errc() && rest.starts_with(" bytes");
    text +=
        bytes ? FormatBytes(value) : std::string(message.substr(0, message.size() - rest.size()));
    if (bytes) rest.remove_prefix(6);
    message = rest;
  }
  return text;
}

// A scratch area that found no room.
struct RefusedArea {
  std::string name;  // "lowmem", "global", "node 1"
  uint64_t bytes = 0;
};

// "... lowmem scratch area of 0x89800000 bytes: memblock ..."
std::optional<RefusedArea> RefusedAreaOf(const std::string& message) {
  constexpr std::string_view kOf = " scratch area of 0x";
  const size_t of = message.find(kOf);
  if (of == std::string::npos) return std::nullopt;
  RefusedArea area;
  for (const std::string_view name : {"lowmem", "global", "node "}) {
    const size_t at = message.rfind(name, of);
    if (at != std::string::npos) area.name = message.substr(at, of - at);
  }
  const char* const digits = message.data() + of + kOf.size();
  const auto read = std::from_chars(digits, message.data() + message.size(), area.bytes, 16);
  if (area.name.empty() || read.ec != std::errc()) return std::nullopt;
  return area;
}

// Why KHO is off, as the kernel's own message and in words. Where early boot takes the least it may
// be for a smaller area: both are in the one answer.
std::string OffText(const std::string& most, const std::string& least) {
  const auto area = RefusedAreaOf(most), smaller = RefusedAreaOf(least);
  if (!area) return Plain(most);
  const bool both = smaller && smaller->name == area->name;
  const bool node = area->name.starts_with("node");
  return absl::StrCat(
      "the ", area->name, " scratch area of ",
      both ? Interval(smaller->bytes, area->bytes) : FormatBytes(area->bytes),
      " finds no room in one piece", area->name == "lowmem" ? " below 4 GiB" : "",
      " (the kernel says \"KHO: Failed to reserve ", node ? "nid N" : area->name,
      " scratch buffer\"). By default each area is twice what early boot has reserved there, "
      "crashkernel= and cma= included");
}

// What the model calls bootmem is scratch to people.
std::string InScratch(const std::string& message) {
  std::string text = Plain(message);
  const size_t at = text.find("bootmem");
  if (at != std::string::npos) text.replace(at, 7, "scratch");
  return text;
}

std::string NodesText(int nodes) { return absl::StrCat(nodes, nodes == 1 ? " node" : " nodes"); }

bool IsOn(const PlanEnd& end) {
  return end.bare().cold.facts.stopped.empty() && end.bare().cold.facts.kho;
}

std::string CaseName(const Preserve& preserve) {
  switch (preserve.how) {
    case Preserve::How::kNothing:
      return "with nothing preserved";
    case Preserve::How::kScattered:
      return absl::StrCat("with ", FormatBytes(preserve.bytes), " preserved, scattered");
    case Preserve::How::kRun:
      return absl::StrCat("with ", FormatBytes(preserve.bytes), " preserved, in one run");
  }
  return "";
}

std::string NoRoomText(const NoRoom& one) {
  return one.asked == 0 ? absl::StrCat(one.name, " (", FormatBytes(one.bytes), ")")
                        : absl::StrCat(one.name, " (", FormatBytes(one.bytes), " of ",
                                       FormatBytes(one.asked), ")");
}

// Why the successor does not run, or what it lacks.
std::string WhyNot(const PlannedLife& life) {
  if (!life.cold.facts.kho) return "KHO is off";
  if (!life.kexec_refused.empty()) {
    return absl::StrCat("it cannot be loaded: ", InScratch(life.kexec_refused));
  }
  if (!life.next.has_value()) return "it was not played";
  const PlannedBoot& next = *life.next;
  std::vector<std::string> needed, less;
  for (const NoRoom& one : next.no_room) {
    // Told apart: how many of how many.
    if (one.gigantic) continue;
    (one.dispensable ? less : needed).push_back(NoRoomText(one));
  }
  std::string text;
  if (!needed.empty()) text = absl::StrCat("no room for ", absl::StrJoin(needed, ", "));
  if (!next.facts.stopped.empty()) {
    absl::StrAppend(&text, text.empty() ? "" : "; ", "it stops: ", next.facts.stopped);
  } else if (!next.facts.kho) {
    absl::StrAppend(&text, text.empty() ? "" : "; ",
                    "it does not take over: ", InScratch(absl::StrJoin(next.facts.messages, "; ")));
  }
  if (text.empty() && !less.empty()) {
    text = absl::StrCat("it goes on without ", absl::StrJoin(less, ", "));
  }
  return text;
}

// How many gigantic pages fit at both ends; `advise`: and what to take it for.
std::string Gigantic(const PlannedLife& least, const PlannedLife& most, bool advise) {
  if (!least.next || !most.next || most.next->facts.gigantic_asked == 0) return "";
  const auto [low, high] = std::minmax(
      {uint64_t{least.next->facts.gigantic.size()}, uint64_t{most.next->facts.gigantic.size()}});
  const uint64_t asked = most.next->facts.gigantic_asked;
  if (low == high) {
    return absl::StrCat("; ", low < asked ? "ONLY " : "", low, " of ", asked,
                        " gigantic pages fit");
  }
  return absl::StrCat(
      "; ", low, " or ", high, " of ", asked, " gigantic pages fit",
      advise ? absl::StrCat(", depending on where early boot's own memory comes to lie; plan for ",
                            low)
             : std::string());
}

bool FitsWell(const PlanAnswer& answer, size_t i) {
  return answer.least.cases[i].life.fits_well() && answer.most.cases[i].life.fits_well();
}

// What the command line should say, where KHO is off or a successor lacks something.
std::string Remedy(const PlanAnswer& answer) {
  if (!answer.searched) return "Remedy: none was looked for (--no-search)";
  const bool scale = !answer.smallest_scale.empty();
  if (!scale && answer.smallest_sizes.empty()) {
    return "Remedy: none by kho_scratch=: neither up to 400 % nor with half of memory does the "
           "next "
           "kernel boot and lack nothing";
  }
  return absl::StrCat(
      "Remedy: kho_scratch=", scale ? answer.smallest_scale : answer.smallest_sizes,
      " on the kernel's command line: it takes ",
      FormatBytes(scale ? answer.smallest_scale_bytes : answer.smallest_sizes_bytes),
      ", and with it KHO stays on and the next kernel boots and lacks nothing (played)");
}

// The same where gigantic pages find no room in a case.
std::string GiganticRemedy(const PlanAnswer& answer, size_t i) {
  if (!answer.searched) return "Remedy: none was looked for (--no-search)";
  if (!answer.gigantic_remedy.empty()) {
    return absl::StrCat("Remedy: kho_scratch=", answer.gigantic_remedy,
                        " on the kernel's command line: it takes ",
                        FormatBytes(answer.gigantic_remedy_bytes),
                        ", and all gigantic pages fit in every case (played)");
  }
  const PlanCase& lacks = answer.most.cases[i];
  std::vector<std::string> helps;
  for (size_t j = 0; j < answer.most.cases.size(); ++j) {
    const PlanCase &low = answer.least.cases[j], &high = answer.most.cases[j];
    if (high.preserve.how == Preserve::How::kRun && i != j && low.life.gigantic_fit() &&
        high.life.gigantic_fit()) {
      helps.push_back("preserved memory in one run (they all fit then, see below)");
    }
  }
  const GiganticAdvice& advice = answer.gigantic_advice[i];
  if (advice.preserved) {
    helps.push_back(absl::StrCat(FormatBytes(*advice.preserved), " preserved in place of ",
                                 FormatBytes(lacks.preserve.bytes), " (they all fit then)"));
  }
  if (advice.pages) {
    helps.push_back(*advice.pages == 1
                        ? std::string("to ask for 1 gigantic page (it fits then)")
                        : absl::StrCat("to ask for ", *advice.pages, " gigantic pages (all ",
                                       *advice.pages, " fit then)"));
  }
  std::string text = absl::StrCat(
      "Remedy: none by kho_scratch= (played: ", absl::StrJoin(answer.gigantic_tried, "; "), ")",
      lacks.preserve.bytes == 0 ? "" : ": what is preserved is in their way", ".\n    ");
  if (!helps.empty()) {
    absl::StrAppend(&text, "What helps (each was played): ", absl::StrJoin(helps, "; "));
  }
  std::vector<std::string> vain;
  if (!advice.pages && answer.command_line.huge.size() == 1)
    vain.push_back("fewer gigantic pages, down to half");
  if (!advice.preserved && lacks.preserve.bytes != 0)
    vain.push_back("less preserved, down to a quarter");
  if (!vain.empty()) {
    absl::StrAppend(&text, helps.empty() ? "" : ".\n    ",
                    "Played, and no help: ", absl::StrJoin(vain, "; "));
  }
  return text;
}

std::string CaseText(const PlanAnswer& answer, size_t i) {
  const PlanCase& least = answer.least.cases[i];
  const PlanCase& most = answer.most.cases[i];
  const bool low = least.life.fits(), high = most.life.fits();
  std::string text = absl::StrCat("  ", CaseName(least.preserve), ": ");
  const std::string why_low = WhyNot(least.life), why_high = WhyNot(most.life);
  const auto because = [](const std::string& why) { return why.empty() ? "" : ", but " + why; };
  if (low && high) {
    const bool all = least.life.gigantic_fit() && most.life.gigantic_fit();
    absl::StrAppend(&text, all ? "yes" : "it boots", because(why_high),
                    Gigantic(least.life, most.life, true));
  } else if (!low && !high) {
    absl::StrAppend(&text, "NO, it does not boot: ", why_high);
    if (why_low != why_high) absl::StrAppend(&text, " (even at the least: ", why_low, ")");
  } else if (low && answer.images_that_fit[i].has_value()) {
    const std::string most_image = FormatBytes(answer.most.image_bytes());
    const std::string fits = FormatBytes(*answer.images_that_fit[i]);
    absl::StrAppend(
        &text, "NO, with a kernel and initrd of ", most_image, " it does not boot: ", why_high,
        fits == most_image
            ? std::string(".\n    It is close: it does boot where early boot takes a little less")
            : absl::StrCat(".\n    It does where early boot takes less, up to a kernel and initrd "
                           "of together ",
                           fits, " and all else in proportion"),
        because(why_low), Gigantic(least.life, least.life, true));
  } else {
    absl::StrAppend(&text, "it depends on what early boot takes: at the least ",
                    low ? "yes" : "no: " + why_low, ", at the most ",
                    high ? "yes" : "it does NOT boot: " + why_high);
  }
  // One remedy is for all cases.
  if (!FitsWell(answer, i)) {
    size_t first = 0;
    while (FitsWell(answer, first)) ++first;
    absl::StrAppend(&text, "\n    ", first == i ? Remedy(answer) : "Remedy: as above");
  }
  if (!least.life.gigantic_fit() || !most.life.gigantic_fit()) {
    absl::StrAppend(&text, "\n    ", GiganticRemedy(answer, i));
  }
  if (most.life.preserved < most.preserve.bytes) {
    absl::StrAppend(&text, "\n    (there was room to preserve ", FormatBytes(most.life.preserved),
                    " only)");
  }
  return text;
}

// Why KHO is off at one end at least.
std::string WhyOff(const PlanAnswer& answer) {
  const auto said = [](const PlanEnd& end) {
    return IsOn(end) ? "" : absl::StrJoin(end.bare().cold.facts.messages, "; ");
  };
  const BootFacts& facts = (IsOn(answer.most) ? answer.least : answer.most).bare().cold.facts;
  if (!facts.stopped.empty()) return "the boot stops: " + facts.stopped;
  if (facts.messages.empty()) return "kho=off";
  return IsOn(answer.most) ? OffText(said(answer.least), "")
                           : OffText(said(answer.most), said(answer.least));
}

// Which of the cases is the reader's own.
std::string WhichCase(const PlanAnswer& answer) {
  if (answer.most.cases.size() < 2) return "";
  return absl::StrCat(
      "  Which is yours, if a VM's memory is preserved? Ordinary pages of 4 KiB (a memfd without\n"
      "  hugetlb, and guest_memfd) lie scattered on a machine that has run for a while. Gigantic\n"
      "  pages (hugetlb of 1 GiB) count as one run: each lies whole, and is in the way of no "
      "other.\n"
      "  Pages of 2 MiB count as scattered. When in doubt take the worse answer.\n"
      "  Scattered was played as up to ",
      FormatCount(kPreservedPieces),
      " pieces evenly over all memory. Linux 7.2 and 7.3 by\n"
      "  themselves preserve memfds without hugetlb only: with them it is scattered.\n");
}

// There is an area for each node that has memory.
std::string AreaName(const PlanMachine& machine, size_t index) {
  std::vector<NodeId> nodes;
  for (const BootBank& bank : machine.banks) nodes.push_back(bank.nid);
  std::ranges::sort(nodes);
  nodes.erase(std::ranges::unique(nodes).begin(), nodes.end());
  return BootmemAreaName(index, nodes);
}

void AddTakes(const PlanAnswer& answer, std::string* text) {
  const uint64_t least = answer.least.scratch_bytes(), most = answer.most.scratch_bytes();
  const uint64_t memory = answer.machine.memory();
  if (!IsOn(answer.least) && !IsOn(answer.most)) {
    absl::StrAppend(text, "What KHO takes: nothing, since it is off\n");
    return;
  }
  absl::StrAppend(text, "What KHO takes: ", Interval(least, most), ", ", Share(most, memory),
                  least == most ? " of memory\n" : " of memory at the most\n",
                  "  Scratch areas, which the next kernel boots from since nothing preserved lies "
                  "there:\n");
  const auto& low = answer.least.bare().cold.facts.bootmem.areas;
  const auto& high = answer.most.bare().cold.facts.bootmem.areas;
  for (size_t i = 0; i < std::max(low.size(), high.size()); ++i) {
    const uint64_t a = i < low.size() ? low[i].size : 0, b = i < high.size() ? high[i].size : 0;
    absl::StrAppend(text, "  ", AreaName(answer.machine, i),
                    i == 0   ? " (below 4 GiB)"
                    : i == 1 ? " (anywhere)"
                             : "",
                    ": ", a == 0 && b == 0 ? "none" : Interval(a, b));
    if (b != 0) absl::StrAppend(text, ", at ", FormatRange(high[i].range()));
    absl::StrAppend(text, "\n");
  }
  if (least == most) return;
  absl::StrAppend(text, "  (addresses are those at the most)\n");
  if (least + least / 4 < most) {
    absl::StrAppend(text,
                    "  To know it closer: --from a boot log of the machine (dmesg), or --kernel, "
                    "--initrd, --other.\n");
  }
}

void AddGone(const PlanAnswer& answer, std::string* text) {
  if (!IsOn(answer.most)) return;
  const uint64_t cma = answer.most.bare().cold.facts.cma_bytes;
  absl::StrAppend(
      text, "\nIs it gone? No. These areas are CMA pageblocks (",
      Interval(answer.least.bare().cold.facts.cma_bytes, cma),
      "): programs' memory and the page\n  cache may use them, the kernel's own allocations may "
      "not. What tells otherwise:\n"
      "  - /proc/meminfo: CmaTotal does not count them (it knows cma= areas only), CmaFree does. "
      "So\n"
      "    CmaFree may be ",
      FormatBytes(cma),
      " with CmaTotal 0 kB. MemTotal and MemFree count them.\n"
      "  - the boot log's line 'Memory: ...K available' does not count them, since it is printed\n"
      "    before they are given back.\n"
      "  - when memory runs low, MemFree that is CmaFree does not help the kernel: it may run out\n"
      "    of memory with this much still free.\n"
      "  With kho=off on its command line the kernel sets none of it aside, and hands nothing "
      "over.\n");
}

void AddStaysOn(const PlanAnswer& answer, std::string* text) {
  const bool low = IsOn(answer.least), high = IsOn(answer.most);
  absl::StrAppend(text, "\nDoes KHO stay on? ");
  if (low && high && !answer.off_beyond) {
    absl::StrAppend(text, "Yes.\n");
  } else if (low && high) {
    absl::StrAppend(text, "As long as early boot takes little enough: scratch may be up to ",
                    FormatBytes(answer.most.scratch_bytes()),
                    ";\n  with more there is no room and KHO turns itself off:\n  ",
                    OffText(*answer.off_beyond, ""), "\n  ", Remedy(answer), "\n");
  } else {
    absl::StrAppend(
        text, "No: ", WhyOff(answer), "\n  ",
        answer.turned_off()
            ? "What it would take, and whether the next kernel fits: ask without kho=off"
            : Remedy(answer),
        "\n");
  }
}

// Bytes of scratch that lie in ZONE_MOVABLE.
uint64_t MovableScratch(const BootFacts& facts) {
  uint64_t bytes = 0;
  for (const ZoneFacts& zone : facts.zones) {
    if (zone.id != ZoneId::kMovable) continue;
    for (const ScratchArea& area : facts.bootmem.areas) {
      bytes += area.range().Intersect(zone.span).size();
    }
  }
  return bytes;
}

// What kernelcore= and movablecore= come to.
void AddZones(const PlanAnswer& answer, std::string* text) {
  const std::string asked = answer.command_line.ZonesAsked();
  if (asked.empty()) return;
  absl::StrAppend(text, "\nWhat zones does ", asked, " make? (DMA is counted with DMA32)\n");
  const BootFacts& facts = answer.most.bare().cold.facts;
  for (const std::string& line : ZoneLines(facts.zones)) absl::StrAppend(text, "  ", line, "\n");
  if (std::ranges::find(facts.zones, ZoneId::kMovable, &ZoneFacts::id) == facts.zones.end()) {
    if (!facts.zones.empty()) {
      absl::StrAppend(text, "  No ZONE_MOVABLE: all memory is asked for as the kernel's own\n");
    }
    return;
  }
  absl::StrAppend(
      text, "  What is preserved leaves ZONE_MOVABLE first: only the rest has room for it.\n");
  if (const uint64_t bytes = MovableScratch(facts); bytes != 0) {
    absl::StrAppend(text, "  ", FormatBytes(bytes),
                    " of scratch lie in it: the memory blocks around them cannot go offline.\n");
  }
}

void AddSmallest(const PlanAnswer& answer, std::string* text) {
  if (!answer.searched) return;
  bool well = !answer.off_beyond;
  for (size_t i = 0; i < answer.most.cases.size(); ++i) well = well && FitsWell(answer, i);
  if (answer.smallest_scale.empty() && answer.smallest_sizes.empty()) {
    absl::StrAppend(
        text,
        "\nNo kho_scratch= was found with which all of it fits: neither up to 400 % nor "
        "with half of memory does\nthe successor boot (",
        answer.plays, " machines were played).\n");
    return;
  }
  absl::StrAppend(
      text,
      well ? "\nCould it take less? These are the smallest kho_scratch= with which "
             "the next kernel still boots\nand lacks nothing"
           : "\nThe remedy, and how small it can be: the smallest kho_scratch= with which "
             "KHO stays on, and the next\nkernel boots and lacks nothing",
      answer.gigantic_fit() ? "" : " but gigantic pages", ", early boot taking the most (",
      answer.plays, " machines were played):\n");
  if (!answer.smallest_scale.empty()) {
    absl::StrAppend(text, "  kho_scratch=", answer.smallest_scale, " takes ",
                    FormatBytes(answer.smallest_scale_bytes), " (the default is 200%)\n");
  }
  if (!answer.smallest_sizes.empty()) {
    absl::StrAppend(text, "  kho_scratch=", answer.smallest_sizes, " takes ",
                    FormatBytes(answer.smallest_sizes_bytes), "\n");
  }
  if (!answer.gigantic_fit()) {
    absl::StrAppend(text,
                    "  These do not make room for gigantic pages: see the remedy above, beside "
                    "those that lack room.\n");
  }
}

nlohmann::ordered_json EndJson(const PlanMachine& machine, const PlanEnd& end) {
  nlohmann::ordered_json json;
  const BootFacts& facts = end.bare().cold.facts;
  json["kho"] = IsOn(end);
  json["scratch_bytes"] = end.scratch_bytes();
  json["cma_bytes"] = facts.cma_bytes;
  json["areas"] = nlohmann::ordered_json::array();
  for (size_t i = 0; i < facts.bootmem.areas.size(); ++i) {
    const ScratchArea& area = facts.bootmem.areas[i];
    json["areas"].push_back(
        {{"name", AreaName(machine, i)}, {"address", area.addr.value}, {"bytes", area.size}});
  }
  json["zones"] = ZonesJson(facts.zones);
  json["messages"] = facts.messages;
  if (!facts.stopped.empty()) json["stopped"] = facts.stopped;
  json["early_needs"] = nlohmann::ordered_json::array();
  for (const Need& need : end.needs) {
    json["early_needs"].push_back(
        {{"name", need.name}, {"bytes", need.At(end.part)}, {"from", need.from}});
  }
  json["cases"] = nlohmann::ordered_json::array();
  for (const PlanCase& one : end.cases) {
    constexpr std::string_view kHow[] = {"nothing", "scattered", "run"};
    nlohmann::ordered_json item = {{"preserve", kHow[static_cast<size_t>(one.preserve.how)]},
                                   {"asked", one.preserve.bytes},
                                   {"preserved", one.life.preserved},
                                   {"fits", one.life.fits()},
                                   {"why", WhyNot(one.life)}};
    if (one.life.next.has_value()) {
      const BootFacts& next = one.life.next->facts;
      item["gigantic"] = next.gigantic.size();
      item["gigantic_asked"] = next.gigantic_asked;
      item["extended_bytes"] = ExtendedBytes(next);
      item["no_room"] = nlohmann::ordered_json::array();
      for (const NoRoom& room : one.life.next->no_room) {
        item["no_room"].push_back({{"name", room.name},
                                   {"bytes", room.bytes},
                                   {"asked", room.asked},
                                   {"dispensable", room.dispensable}});
      }
    }
    json["cases"].push_back(std::move(item));
  }
  return json;
}

}  // namespace

bool PlanIsWell(const PlanAnswer& answer) {
  const auto well = [](const PlanEnd& end) {
    return std::ranges::all_of(end.cases, [](const PlanCase& one) { return one.life.fits(); });
  };
  return !answer.off_beyond && well(answer.least) && well(answer.most) && answer.gigantic_fit();
}

std::string PlanLine(const PlanAnswer& answer) {
  std::string line =
      absl::StrCat("khofuzz plan, ", answer.release, ": ", FormatBytes(answer.machine.memory()),
                   " on ", NodesText(answer.machine.nodes()));
  const PlannedCommandLine& given = answer.command_line;
  if (!given.parameters.empty()) {
    absl::StrAppend(&line, ", \"", absl::StrJoin(given.parameters, " "), "\"");
  }
  if (given.others != 0) {
    absl::StrAppend(&line, " (", given.others, given.parameters.empty() ? "" : " other",
                    given.others == 1 ? " parameter, which does" : " parameters, which do",
                    " not bear on memory, left out)");
  }
  if (!IsOn(answer.most)) {
    absl::StrAppend(&line, ": KHO off (", WhyOff(answer), ")");
    return line;
  }
  absl::StrAppend(&line, ": scratch ",
                  Interval(answer.least.scratch_bytes(), answer.most.scratch_bytes()), " (");
  std::vector<std::string> areas;
  const auto& high = answer.most.bare().cold.facts.bootmem.areas;
  for (size_t i = 0; i < high.size(); ++i) {
    areas.push_back(absl::StrCat(AreaName(answer.machine, i), " ", FormatBytes(high[i].size)));
  }
  absl::StrAppend(&line, absl::StrJoin(areas, ", "), answer.exact ? "" : " at the most", ")");
  for (size_t i = 0; i < answer.least.cases.size(); ++i) {
    const bool low = answer.least.cases[i].life.fits(), fits = answer.most.cases[i].life.fits();
    absl::StrAppend(&line, "; successor ", CaseName(answer.least.cases[i].preserve), " ",
                    low && fits ? "fits" : "does not boot");
    if (!fits) absl::StrAppend(&line, " (", WhyNot(answer.most.cases[i].life), ")");
    if (low && !fits && answer.images_that_fit[i]) {
      absl::StrAppend(&line, " unless kernel and initrd take at most ",
                      FormatBytes(*answer.images_that_fit[i]));
    }
    if (low && fits) {
      absl::StrAppend(&line,
                      Gigantic(answer.least.cases[i].life, answer.most.cases[i].life, false));
    }
  }
  return line;
}

std::string PlanText(const PlanAnswer& answer) {
  std::string text = absl::StrCat(FormatBytes(answer.machine.memory()), " of memory on ",
                                  NodesText(answer.machine.nodes()), ", KHO of ", answer.release,
                                  answer.extends ? "" : " (which does not extend scratch)", "\n\n");
  for (const std::string& word : answer.command_line.ignored) {
    absl::StrAppend(&text, "On the command line and NOT taken into account: ", word, "\n");
  }
  if (!answer.command_line.ignored.empty()) text += "\n";
  if (!answer.kho_now.empty()) {
    absl::StrAppend(
        &text, "As it was recorded: ", answer.kho_now, "\n",
        IsOn(answer.least) || IsOn(answer.most) ? "What follows is with KHO on.\n\n" : "\n");
  }
  if (answer.took_over) {
    absl::StrAppend(
        &text, "As it was recorded: this kernel was handed over to. Its scratch",
        answer.inherited ? absl::StrCat(", ", FormatBytes(*answer.inherited), ",") : "",
        " is what the first kernel\nsince the machine was started has set aside, whatever its own "
        "command line says.\nWhat follows is of a boot that begins so, with that command "
        "line.\n\n");
  }
  AddTakes(answer, &text);
  AddStaysOn(answer, &text);
  AddGone(answer, &text);
  AddZones(answer, &text);
  if (IsOn(answer.least) || IsOn(answer.most)) {
    absl::StrAppend(&text, "\nWill the next kernel fit, if it is of the same kind?\n");
    for (size_t i = 0; i < answer.least.cases.size(); ++i) {
      absl::StrAppend(&text, CaseText(answer, i), "\n");
    }
    text += WhichCase(answer);
    if (!answer.extends) {
      absl::StrAppend(&text,
                      "  This release boots its successor from scratch alone. One that extends "
                      "scratch (7.3)\n  takes all memory that holds nothing preserved.\n");
    }
  }
  AddSmallest(answer, &text);
  absl::StrAppend(&text, "\nWhat this rests on",
                  answer.exact
                      ? " (memblock was recorded: scratch sizes are exact)"
                      : " (what is not known lies between two bounds, and both were played)",
                  "\n");
  for (const std::string& line : answer.rests_on) absl::StrAppend(&text, "  - ", line, "\n");
  absl::StrAppend(&text, "\nFor a bug report:\n  ", PlanLine(answer), "\n");
  return text;
}

nlohmann::ordered_json ZonesJson(std::span<const ZoneFacts> zones) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const ZoneFacts& zone : zones) {
    json.push_back({{"node", zone.nid},
                    {"name", std::string(ZoneName(zone.id))},
                    {"address", zone.span.begin.value},
                    {"span", zone.span.size()},
                    {"bytes", zone.bytes}});
  }
  return json;
}

std::string PlanJson(const PlanAnswer& answer) {
  nlohmann::ordered_json json;
  json["memory"] = answer.machine.memory();
  json["kho_now"] = answer.kho_now;
  json["took_over"] = answer.took_over;
  json["inherited_bytes"] = answer.inherited ? nlohmann::ordered_json(*answer.inherited) : nullptr;
  json["nodes"] = answer.machine.nodes();
  json["release"] = answer.release;
  json["extends"] = answer.extends;
  json["exact"] = answer.exact;
  json["well"] = PlanIsWell(answer);
  json["least"] = EndJson(answer.machine, answer.least);
  json["most"] = EndJson(answer.machine, answer.most);
  json["off_beyond"] = answer.off_beyond ? nlohmann::ordered_json(*answer.off_beyond) : nullptr;
  json["images_that_fit"] = nlohmann::ordered_json::array();
  for (const auto& image : answer.images_that_fit) {
    json["images_that_fit"].push_back(image ? nlohmann::ordered_json(*image) : nullptr);
  }
  if (answer.searched) {
    json["smallest"] = {{"scale", answer.smallest_scale},
                        {"scale_bytes", answer.smallest_scale_bytes},
                        {"sizes", answer.smallest_sizes},
                        {"sizes_bytes", answer.smallest_sizes_bytes}};
  }
  if (!answer.gigantic_tried.empty()) {
    json["gigantic"] = {{"remedy", answer.gigantic_remedy},
                        {"remedy_bytes", answer.gigantic_remedy_bytes},
                        {"tried", answer.gigantic_tried}};
    const auto or_null = [](const std::optional<uint64_t>& number) {
      return number ? nlohmann::ordered_json(*number) : nullptr;
    };
    json["gigantic"]["advice"] = nlohmann::ordered_json::array();
    for (const GiganticAdvice& advice : answer.gigantic_advice) {
      json["gigantic"]["advice"].push_back(
          {{"pages", or_null(advice.pages)}, {"preserved", or_null(advice.preserved)}});
    }
  }
  json["rests_on"] = answer.rests_on;
  json["not_taken_into_account"] = answer.command_line.ignored;
  json["line"] = PlanLine(answer);
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

MemoryMap PlanMap(const PlanAnswer& answer) {
  MemoryMap map;
  map.geometry = answer.machine.geometry;
  for (const BootBank& bank : answer.machine.banks) map.banks.push_back({bank.range, bank.nid});
  const PlanCase& shown = answer.most.cases.back();
  map.title =
      absl::StrCat("KHO on ", FormatBytes(answer.machine.memory()), " of memory, ", answer.release);
  map.subtitle =
      IsOn(answer.most)
          ? absl::StrCat("Scratch takes ",
                         Interval(answer.least.scratch_bytes(), answer.most.scratch_bytes()),
                         answer.exact ? "" : "; drawn at the most", "; ", CaseName(shown.preserve))
          : absl::StrCat("KHO is off: ", WhyOff(answer));
  const auto& areas = shown.life.cold.facts.bootmem.areas;
  for (size_t i = 0; i < areas.size(); ++i) {
    if (areas[i].size != 0) map.bootmem.push_back({areas[i].range(), AreaName(answer.machine, i)});
  }
  for (const ZoneFacts& zone : shown.life.cold.facts.zones)
    map.zones.push_back({zone.span, zone.id});
  for (const AddrRange& range : shown.life.reserved) {
    map.reserved.push_back({range, MemoryMap::ReservedKind::kKernel});
  }
  for (const AddrRange& range : shown.life.preserved_ranges) map.preserved.push_back({range, 0});
  const auto fact = [&map](std::string name, std::string value) {
    map.facts.push_back({std::move(name), std::move(value)});
  };
  fact("KHO takes", IsOn(answer.most)
                        ? Interval(answer.least.scratch_bytes(), answer.most.scratch_bytes())
                        : "nothing: it is off");
  if (answer.off_beyond)
    fact("KHO is off if early boot takes more", OffText(*answer.off_beyond, ""));
  for (size_t i = 0; i < answer.least.cases.size(); ++i) {
    const std::string text = CaseText(answer, i);
    fact("next kernel", text.substr(2));
  }
  if (!answer.smallest_scale.empty()) fact("smallest kho_scratch=", answer.smallest_scale);
  if (!answer.smallest_sizes.empty()) fact("or", answer.smallest_sizes);
  for (const std::string& line : answer.rests_on) fact("rests on", line);
  for (const std::string& word : answer.command_line.ignored) fact("NOT taken into account", word);
  fact("for a bug report", PlanLine(answer));
  return map;
}

}  // namespace khofuzz
