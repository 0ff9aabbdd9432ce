#include "cli/vm/script.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "cli/capture/text.h"
#include "cli/map/units.h"
#include "core/geometry.h"
#include "scenario/language/ops.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

constexpr uint64_t kFourGib = uint64_t{4} << 30;
// A kernel with its initramfs does not boot in less; more than that no finding needs.
constexpr uint64_t kLeastVmBytes = uint64_t{96} << 20;
constexpr uint64_t kMostVmBytes = uint64_t{16} << 30;
constexpr unsigned kGiganticOrder = X86Geometry().gigantic_order();
constexpr uint64_t kHugeVmallocOrder = 9;
constexpr size_t kMaxSubtreeName = 60;
constexpr const char* kInitFails = "debugfs=off";

constexpr uint64_t kHeld = 0;           // unpreserve how=
constexpr uint64_t kRestoredFreed = 2;  // restore how=
constexpr uint64_t kByName = 2;         // free_reserved by=

class ScriptMaker {
 public:
  explicit ScriptMaker(const Scenario& scenario) : scenario_(scenario) {
    script_.machine = MachineFrom(scenario.machine);
  }

  VmScript Make() {
    TakeMachine();
    for (const Machine::Bank& bank : script_.machine.banks) {
      next_.banks.push_back({bank.range, bank.nid});
    }
    for (const AddrRange& range : script_.machine.firmware) {
      if (std::ranges::none_of(next_.firmware,
                               [&](const AddrRange& kept) { return kept.Contains(range); })) {
        Keep(range);
      }
    }
    for (op_ = 0; op_ < scenario_.ops.size(); ++op_) {
      std::visit([this](const auto& op) { Take(op); },
                 static_cast<const OpVariant&>(scenario_.ops[op_]));
    }
    if (!running_) Boot();
    return std::move(script_);
  }

 private:
  template <typename... Args>
  void Cannot(const Args&... args) {
    script_.cannot.push_back(absl::StrCat(args...));
  }
  template <typename... Args>
  void CannotOp(const Args&... args) {
    script_.cannot_ops.push_back(op_);
    Cannot("op line ", op_ + 1, ", ", Print(scenario_.ops[op_]), ": ", args...);
  }
  void Departs(std::string what) {
    if (std::ranges::find(script_.departures, what) == script_.departures.end()) {
      script_.departures.push_back(std::move(what));
    }
  }

  void TakeMachine() {
    const Machine& machine = script_.machine;
    // Whether there is a ZONE_DMA is as the kernel was built.
    Geometry geometry = machine.geometry;
    if (geometry.dma_bytes == kX86DmaBytes) geometry.dma_bytes = 0;
    if (geometry != X86Geometry()) {
      Cannot(
          "the machine's sizes are not those of x86-64 (geometry page=4K pageblock=2M "
          "max_block=4M section=128M extension=1G lowmem=4G)");
      return;
    }
    const uint64_t end = machine.span().end.value;
    const bool low_only = end <= kQ35LowMost;
    if (!low_only) {
      const AddrRange gap{PhysAddr{kQ35Low}, PhysAddr{kFourGib}};
      for (const Machine::Bank& bank : machine.banks) {
        if (bank.range.Overlaps(gap)) {
          Cannot("memory at ", PrintNumber(bank.range.begin.value, Kind::kAddress),
                 " lies between 2 and 4 GiB, where the virtual machine has none when there is more "
                 "than 2.75 GiB");
          return;
        }
      }
    }
    script_.bytes = low_only ? end : kQ35Low + (end - kFourGib);
    if (script_.bytes < kLeastVmBytes || script_.bytes > kMostVmBytes) {
      Cannot(FormatBytes(script_.bytes), " of memory with its holes; 96 MiB to 16 GiB are booted");
    }
    // Each node is one run by address; holes go to the node above.
    uint64_t at = 0;
    for (const Machine::Bank& bank : machine.banks) {
      uint64_t bank_end = bank.range.end.value;
      if (!low_only && bank_end > kFourGib) bank_end -= kFourGib - kQ35Low;
      if (!script_.nodes.empty() && script_.nodes.back().nid == bank.nid) {
        script_.nodes.back().bytes += bank_end - at;
      } else {
        const auto known = std::ranges::find(script_.nodes, bank.nid, &VmNode::nid);
        if (known != script_.nodes.end()) {
          Cannot("node ", bank.nid,
                 " has memory on both sides of another node's: QEMU has none such");
        }
        if (bank.nid != static_cast<NodeId>(script_.nodes.size())) {
          Departs(absl::StrCat("node ", bank.nid, " is node ", script_.nodes.size(),
                               " of the virtual machine"));
        }
        script_.nodes.push_back({bank.nid, bank_end - at});
      }
      at = bank_end;
    }
    if (low_only) TakeTail(end);
  }

  // What firmware keeps behind all memory, in its last section, is memory of the virtual machine,
  // kept as holes are.
  void TakeTail(uint64_t end) {
    const uint64_t most =
        std::min(AlignUp(end, script_.machine.geometry.section_bytes()), kQ35LowMost);
    uint64_t tail = end;
    for (const AddrRange& range : script_.machine.firmware) {
      if (range.begin.value >= end && range.end.value <= most)
        tail = std::max(tail, range.end.value);
    }
    if (tail == end) return;
    script_.bytes += tail - end;
    script_.nodes.back().bytes += tail - end;
    Keep({PhysAddr{end}, PhysAddr{tail}});
  }

  // The bank's node as the virtual machine calls it.
  NodeId VmNodeOf(uint64_t nid) const {
    const auto nodes = static_cast<uint64_t>(script_.machine.node_count());
    const auto known =
        std::ranges::find(script_.nodes, static_cast<NodeId>(nid % nodes), &VmNode::nid);
    return known == script_.nodes.end() ? kNoNode
                                        : static_cast<NodeId>(known - script_.nodes.begin());
  }

  void Keep(AddrRange range) {
    next_.firmware.push_back(range);
    Departs("what firmware keeps is a hole in memory, by memmap=, not memory that is reserved");
  }

  void Boot() {
    running_ = true;
    script_.kernels.push_back(
        {.plan = next_,
         .append = std::exchange(init_fails_, false) ? std::string(kInitFails) : std::string()});
    // Options are of one boot; lists add up.
    next_.kho = true;
    next_.scratch.clear();
    next_.kernelcore.clear();
    next_.movablecore.clear();
    next_.crashkernel = 0;
    next_.bottom_up = false;
  }

  void Runs() {
    if (!running_) Boot();
    script_.kernels.back().ops.push_back(op_);
  }

  // ---- ops, by what a booted kernel makes of them ----

  template <typename O>
  void Take(const O&) {
    CannotOp("no booted kernel can be told to");
  }
  void Take(const op::Boot&) {
    if (!running_) Boot();
  }
  void Take(const op::Kexec& op) {
    if (!running_) Boot();
    script_.kernels.back().ops.push_back(op_);
    script_.kernels.back().kexec = true;
    running_ = false;
    if (op.image > 1) Departs("the next kernel's image is as large as it is, whatever image= says");
  }
  void Take(const op::BootWith& op) {
    next_.kho = !op.kho_off;
    next_.scratch = op.scratch.substr(0, op.scratch.find('\0'));
    next_.kernelcore = op.kernelcore.substr(0, op.kernelcore.find('\0'));
    next_.movablecore = op.movablecore.substr(0, op.movablecore.find('\0'));
    next_.crashkernel = op.crashkernel;
    next_.bottom_up = op.bottom_up;
    for (const auto& [name, value] :
         {std::pair<std::string_view, std::string*>{"kho_scratch=", &next_.scratch},
          {"kernelcore=", &next_.kernelcore},
          {"movablecore=", &next_.movablecore}}) {
      if (std::ranges::all_of(*value,
                              [](unsigned char c) { return std::isgraph(c) != 0 && c != '"'; })) {
        continue;
      }
      CannotOp(std::string(name), " cannot stand on a command line");
    }
    if (op.kdump) CannotOp("a crash kernel is not booted");
    if (op.device_tree) CannotOp("x86 has no device tree");
    if (op.memblock_entries != 0) CannotOp("memblock's arrays have the room that the kernel has");
    if (op.schedule != 0) Departs("threads of deferred initialisation go on as they like");
    if (op.bottom_up) {
      Departs("memblock allocates upwards by movable_node, from the kernel's end on");
    }
    if (op.threads > 1) Departs("deferred initialisation has as many threads as the kernel starts");
    if (op.keep_memblock) Departs("memblock is kept or not as the kernel was built");
  }
  void Take(const op::BootNeeds&) {}  // they do
  void Take(const op::EarlyReserve& op) {
    if (!script_.kernels.empty()) return;  // too late, as on the model
    const AddrRange range{PhysAddr{op.base}, PhysAddr{op.base + op.size}};
    if (range.empty()) return;
    Keep(range);
  }
  void Take(const op::Hugetlb& op) {
    if (op.order != kGiganticOrder) {
      return CannotOp("gigantic pages of x86-64 are of order ", kGiganticOrder);
    }
    HugetlbRequest request;
    request.order = kGiganticOrder;
    request.count = op.count;
    if (op.nid != kAnyNode) request.nid = VmNodeOf(op.nid);
    next_.hugetlb.push_back(request);
  }
  void Take(const op::ReserveMem& op) {
    const std::string name(op::kReserveMemNames[op.name % op::kReserveMemNames.size()]);
    if (name.find_first_not_of(' ') == name.npos) {
      return CannotOp("a blank name cannot stand on a command line");
    }
    next_.reserve_mem.push_back(
        {std::max<uint64_t>(op.size, 1), std::max<uint64_t>(op.align, 64), name});
  }
  void Take(const op::Unplug& op) {
    if (next_.banks.size() < 2) return;  // the last one stays
    const size_t index = static_cast<size_t>(op.index % next_.banks.size());
    next_.firmware.push_back(next_.banks[index].range);
    next_.banks.erase(next_.banks.begin() + static_cast<std::ptrdiff_t>(index));
    Departs("a bank that is gone is kept from the next kernel by memmap=");
  }
  void Take(const op::OfflineMemory&) {
    CannotOp("memory blocks of a virtual machine are not taken offline");
  }
  void Take(const op::Fail& op) {
    const std::string_view site = op::kFaultSiteNames[op.site % op::kFaultSiteNames.size()];
    if (site != "radix_node" && site != "page_alloc" && site != "vmap") {
      return CannotOp("memblock's allocations cannot be made to fail");
    }
    // The first allocations of KHO's in a boot are kho_init()'s: tree, FDT, metadata.
    if (!running_ && (site == "radix_node" ? op.k == 0 : site == "page_alloc" && op.k < 2)) {
      init_fails_ = true;
      Departs(absl::StrCat("kho_init() fails for want of debugfs, by ", kInitFails,
                           ", not of an allocation"));
      return;
    }
    Departs(
        absl::StrCat("a failing allocation is the k-th of whatever kind that the next call makes"));
    Runs();
  }
  void Take(const op::PreserveFolio&) { Runs(); }
  void Take(const op::PreservePages&) { Runs(); }
  void Take(const op::PreserveVmalloc& op) {
    if (op.order != 0 && op.order != kHugeVmallocOrder) {
      return CannotOp("vmalloc() gives areas of order 0 and ", kHugeVmallocOrder);
    }
    Departs("vmalloc() takes its pages from wherever it likes");
    Runs();
  }
  void Take(const op::Unpreserve& op) {
    if (op.how != kHeld)
      return CannotOp("the guest only unpreserves what is preserved and holds it");
    Runs();
  }
  void Take(const op::FreeReserved& op) {
    if (op.by % op::kFreeByNames.size() != kByName) {
      return CannotOp("what firmware keeps is a hole in memory, which cannot be freed");
    }
    Runs();
  }
  void Take(const op::AllocPages&) { Runs(); }
  void Take(const op::FreePages&) { TakeHeld(); }
  void Take(const op::PreserveHeld&) { TakeHeld(); }
  void Take(const op::Restore& op) {
    if (op.how == kRestoredFreed) return CannotOp("the guest holds what it restores");
    Runs();
  }
  void Take(const op::AddSubtree& op) {
    const bool plain = std::ranges::all_of(op.name, [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
    });
    if (!plain || op.name.empty() || op.name.size() > kMaxSubtreeName) {
      return CannotOp("the guest takes names of letters, digits, '-', '_' and '.'");
    }
    Runs();
  }
  void Take(const op::RemoveSubtree&) { Runs(); }

  void TakeHeld() {
    if (!next_.hugetlb.empty()) {
      return CannotOp("gigantic pages are hugetlb's, which does not give them to a module");
    }
    Runs();
  }

  const Scenario& scenario_;
  VmScript script_;
  BootPlan next_;
  size_t op_ = 0;
  bool running_ = false;
  bool init_fails_ = false;  // kho_init() of the next boot
};

}  // namespace

VmScript ScriptOf(const Scenario& scenario) { return ScriptMaker(scenario).Make(); }

absl::Status Append(VmScript& script, std::string_view parameters) {
  if (parameters.empty()) return absl::OkStatus();
  if (!std::ranges::all_of(parameters, [](unsigned char c) { return std::isprint(c) != 0; })) {
    return absl::InvalidArgumentError("a command line has printable characters only");
  }
  std::string whose = "every kernel's";
  size_t first = 0, end = script.kernels.size();
  const size_t colon = parameters.find(':');
  if (const auto kernel = ParseNumber(parameters.substr(0, colon));
      colon != parameters.npos && kernel.has_value()) {
    if (*kernel == 0 || *kernel > script.kernels.size()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "kernel ", *kernel, ", and the scenario boots ", script.kernels.size(), ", from 1"));
    }
    parameters.remove_prefix(colon + 1);
    first = static_cast<size_t>(*kernel - 1);
    end = first + 1;
    whose = absl::StrCat("kernel ", *kernel, "'s");
  }
  for (size_t i = first; i < end; ++i) {
    std::string& append = script.kernels[i].append;
    absl::StrAppend(&append, append.empty() ? "" : " ", std::string(parameters));
  }
  script.departures.push_back(absl::StrCat(whose, " command line also has ",
                                           std::string(parameters),
                                           ", which is not played beside it"));
  return absl::OkStatus();
}

std::string CommandLineOf(const VmScript& script, const VmKernel& kernel) {
  BootPlan plan = kernel.plan;
  // Holes are those of the virtual machine's memory, which has none below 4 GiB beyond kQ35Low:
  // that is where its devices are.
  plan.banks.clear();
  bool gap = script.machine.span().end.value > kFourGib;
  for (const Machine::Bank& bank : script.machine.banks) {
    if (gap && bank.range.begin.value >= kFourGib) {
      plan.banks.push_back({{PhysAddr{kQ35Low}, PhysAddr{kFourGib}}, bank.nid});
      gap = false;
    }
    plan.banks.push_back({bank.range, bank.nid});
  }
  return absl::StrCat(CommandLineOf(plan, script.machine.geometry),
                      kernel.append.empty() ? "" : " ", kernel.append);
}

}  // namespace khofuzz
