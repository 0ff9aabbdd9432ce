#include "cli/vm/candidates.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>

#include "cli/vm/script.h"
#include "core/geometry.h"
#include "scenario/language/lift.h"
#include "scenario/language/machine.h"
#include "scenario/language/ops.h"

namespace khofuzz {
namespace {

// A kernel with bootmem of its own does not boot in less.
constexpr uint64_t kLeastLiftBytes = uint64_t{256} << 20;
constexpr std::string_view kUsualScratch = "64M,64M,64M";

// One node of 1 GiB; two of 512 MiB.
std::vector<std::vector<MachineLine>> UsualMachines() {
  constexpr uint64_t kHalf = uint64_t{512} << 20;
  const GeometryLine sizes = GeometryLineFor(X86Geometry());
  return {{sizes, MemoryBank{0, 2 * kHalf, 0}},
          {sizes, MemoryBank{0, kHalf, 0}, MemoryBank{kHalf, kHalf, 1}}};
}

// The same without what no booted kernel can be told to do.
Scenario WithoutOps(const Scenario& scenario, const std::vector<size_t>& ops) {
  Scenario less{scenario.machine, {}};
  for (size_t i = 0; i < scenario.ops.size(); ++i) {
    if (std::ranges::find(ops, i) == ops.end()) less.ops.push_back(scenario.ops[i]);
  }
  return less;
}

class Finder {
 public:
  std::vector<Scenario> Find(const Scenario& finding) {
    if (MachineFrom(finding.machine).geometry == X86Geometry()) {
      Add(finding);
      return std::move(found_);
    }
    const std::vector<Scenario> lifts = LiftsOf(finding, X86Geometry(), kQ35LowMost);
    for (const Scenario& lift : lifts) {
      if (MachineFrom(lift.machine).memory_bytes() >= kLeastLiftBytes) Add(lift);
      for (const auto& machine : UsualMachines()) Add(Usual(machine, lift));
    }
    return std::move(found_);
  }

 private:
  static Scenario Usual(const std::vector<MachineLine>& machine, const Scenario& lift) {
    Scenario usual{machine, lift.ops};
    if (usual.ops.empty() || !std::holds_alternative<op::BootWith>(usual.ops.front())) {
      usual.ops.insert(usual.ops.begin(), Op(op::BootWith{}));
    }
    for (Op& op : usual.ops) {
      auto* const boot = std::get_if<op::BootWith>(&op);
      if (boot != nullptr && !boot->kho_off) boot->scratch = kUsualScratch;
    }
    return usual;
  }

  void Add(const Scenario& scenario) {
    const VmScript script = ScriptOf(scenario);
    if (script.bootable()) Take(scenario);
    // A machine that cannot be is none without its ops either.
    if (script.cannot.size() > script.cannot_ops.size()) return;
    Scenario next = WithoutOps(scenario, script.cannot_ops);
    next.ops.emplace_back(op::Kexec{});
    next.ops.emplace_back(op::Boot{});
    if (ScriptOf(next).bootable()) Take(std::move(next));
  }

  void Take(Scenario scenario) {
    if (std::ranges::find(found_, scenario) == found_.end()) found_.push_back(std::move(scenario));
  }

  std::vector<Scenario> found_;
};

}  // namespace

std::vector<Scenario> BootableFor(const Scenario& finding) { return Finder().Find(finding); }

}  // namespace khofuzz
