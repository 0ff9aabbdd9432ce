#include "cli/report/boot_commands.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace khofuzz {
namespace {

// As memparse() reads it.
std::string SizeParam(uint64_t bytes) {
  constexpr std::array<std::pair<unsigned, char>, 3> kUnits = {{{30, 'G'}, {20, 'M'}, {10, 'K'}}};
  for (const auto& [shift, letter] : kUnits) {
    if (bytes != 0 && bytes % (uint64_t{1} << shift) == 0) {
      return absl::StrCat(bytes >> shift, std::string(1, letter));
    }
  }
  return absl::StrCat(bytes);
}

std::string MemmapParam(AddrRange range) {
  return absl::StrCat("memmap=", SizeParam(range.size()), "$0x", absl::Hex(range.begin.value));
}

std::vector<std::string> HugetlbParams(const std::vector<HugetlbRequest>& requests,
                                       const Geometry& geometry) {
  // By size: how many on each node, or in all.
  std::map<unsigned, std::vector<std::string>> on_nodes;
  std::map<unsigned, uint64_t> in_all;
  for (const HugetlbRequest& request : requests) {
    if (request.nid == kNoNode) {
      in_all[request.order] += request.count;
    } else {
      on_nodes[request.order].push_back(absl::StrCat(request.nid, ":", request.count));
    }
  }
  std::vector<std::string> params;
  const auto size = [&](unsigned order) {
    return absl::StrCat("hugepagesz=", SizeParam(geometry.order_bytes(order)));
  };
  for (const auto& [order, count] : in_all) {
    params.push_back(absl::StrCat(size(order), " hugepages=", count));
  }
  for (const auto& [order, counts] : on_nodes) {
    params.push_back(absl::StrCat(size(order), " hugepages=", absl::StrJoin(counts, ",")));
  }
  return params;
}

}  // namespace

std::string CommandLineOf(const BootPlan& plan, const Geometry& geometry) {
  std::vector<std::string> params = {plan.kho ? "kho=on" : "kho=off"};
  if (!plan.scratch.empty()) params.push_back(absl::StrCat("kho_scratch=", plan.scratch));
  if (!plan.kernelcore.empty()) params.push_back(absl::StrCat("kernelcore=", plan.kernelcore));
  if (!plan.movablecore.empty()) params.push_back(absl::StrCat("movablecore=", plan.movablecore));
  if (plan.crashkernel != 0) {
    params.push_back(absl::StrCat("crashkernel=", SizeParam(plan.crashkernel)));
  }
  for (const ReserveMemRequest& request : plan.reserve_mem) {
    params.push_back(absl::StrCat("reserve_mem=", SizeParam(request.size), ":",
                                  SizeParam(request.align), ":", request.name));
  }
  for (std::string& one : HugetlbParams(plan.hugetlb, geometry)) params.push_back(std::move(one));
  if (plan.bottom_up) params.emplace_back("movable_node");
  for (const AddrRange& range : plan.firmware) params.push_back(MemmapParam(range));
  PhysAddr end{0};
  for (const BootBank& bank : plan.banks) {
    if (bank.range.begin > end) params.push_back(MemmapParam({end, bank.range.begin}));
    end = std::max(end, bank.range.end);
  }
  return absl::StrJoin(params, " ");
}

std::vector<std::string> NotOnCommandLine(const BootPlan& plan, const Geometry& geometry) {
  std::vector<std::string> notes;
  for (const HugetlbRequest& request : plan.hugetlb) {
    if (request.order == geometry.gigantic_order()) continue;
    notes.push_back(absl::StrCat("gigantic pages of ",
                                 SizeParam(geometry.order_bytes(request.order)),
                                 ", a size that x86-64 does not have"));
  }
  if (!plan.early.empty()) {
    notes.push_back(absl::StrCat(plan.early.size(), plan.early.size() == 1 ? " call" : " calls",
                                 " of memblock before mm_core_init_early(), as the "
                                 "architecture's setup code or firmware tables would make"));
  }
  if (!plan.before_deferred.empty()) {
    notes.emplace_back("pages that are allocated before deferred initialisation");
  }
  if (plan.memblock_entries != 0) {
    notes.push_back(absl::StrCat("memblock's first arrays have ", plan.memblock_entries,
                                 " entries instead of 128"));
  }
  if (plan.schedule != 0) notes.emplace_back("an order of the threads of deferred initialisation");
  if (plan.kdump) notes.emplace_back("it boots as a crash kernel");
  if (plan.device_tree) notes.emplace_back("the firmware's map is read before kho_populate()");
  if (plan.keep_memblock) notes.emplace_back("CONFIG_ARCH_KEEP_MEMBLOCK");
  return notes;
}

QemuLine QemuLineFor(const Machine& machine, unsigned threads) {
  QemuLine line;
  const uint64_t end = machine.span().end.value;
  struct Node {
    NodeId nid;
    uint64_t end;
  };
  std::vector<Node> nodes;  // by address; holes belong to the node above
  for (const Machine::Bank& bank : machine.banks) {
    if (!nodes.empty() && nodes.back().nid == bank.nid) {
      nodes.back().end = bank.range.end.value;
    } else {
      nodes.push_back({bank.nid, bank.range.end.value});
    }
  }
  line.command =
      absl::StrFormat("qemu-system-x86_64 -machine q35,accel=kvm -cpu host -smp %d -m %dK",
                      std::max(threads, 1u) * nodes.size(), end >> 10);
  std::vector<NodeId> seen;
  if (nodes.size() > 1) {
    uint64_t begin = 0;
    for (size_t i = 0; i < nodes.size(); ++i) {
      const unsigned cpu = static_cast<unsigned>(i) * std::max(threads, 1u);
      absl::StrAppendFormat(&line.command,
                            " -object memory-backend-ram,id=ram%d,size=%dK"
                            " -numa node,nodeid=%d,memdev=ram%d,cpus=%d-%d",
                            i, (nodes[i].end - begin) >> 10, i, i, cpu,
                            cpu + std::max(threads, 1u) - 1);
      begin = nodes[i].end;
      if (std::ranges::find(seen, nodes[i].nid) != seen.end()) {
        line.notes.push_back(absl::StrCat("node ", nodes[i].nid,
                                          " has memory on both sides of another node's; QEMU makes "
                                          "a node of its own of each part"));
      } else if (nodes[i].nid != static_cast<NodeId>(i)) {
        line.notes.push_back(absl::StrCat("QEMU calls node ", nodes[i].nid, " node ", i));
      }
      seen.push_back(nodes[i].nid);
    }
  }
  absl::StrAppend(&line.command, " -kernel bzImage -initrd initrd.img -append 'APPEND'");
  if (end > kQ35Low) {
    line.notes.emplace_back(
        "QEMU has 2 GiB below 4 GiB and the rest from 4 GiB on; the scenario's memory lies in one "
        "piece");
  }
  return line;
}

std::vector<AddrRange> KeptOnQ35(const Machine& machine) {
  constexpr AddrRange kBelow1M{{0x9f000}, {0x100000}};
  constexpr uint64_t kTables = 128 << 10;
  const PhysAddr low_end{std::min<uint64_t>(machine.span().end.value, kQ35Low)};
  std::vector<AddrRange> kept;
  for (const AddrRange& range : {kBelow1M, AddrRange{low_end - kTables, low_end}}) {
    const bool memory = std::ranges::any_of(
        machine.banks, [&](const Machine::Bank& bank) { return bank.range.Overlaps(range); });
    if (memory) kept.push_back(range);
  }
  return kept;
}

}  // namespace khofuzz
