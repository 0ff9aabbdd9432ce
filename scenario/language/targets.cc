#include "scenario/language/targets.h"

#include <algorithm>
#include <array>

#include "scenario/language/kinds.h"

namespace khofuzz {
namespace {

const OpSet& MemblockOps() {
  static const OpSet ops = OpsOf<op::Fail, op::MemblockAdd, op::MemblockRemove, op::MemblockReserve,
                                 op::MemblockFree, op::MemblockMark, op::MemblockSetNode,
                                 op::MemblockAlloc, op::MemblockPolicy, op::FreeRanges>();
  return ops;
}

const OpSet& KeyOps() {
  static const OpSet ops = OpsOf<op::EncodeKey, op::DecodeKey>();
  return ops;
}

const OpSet& TreeOps() {
  static const OpSet ops = OpsOf<op::Fail, op::RadixAdd, op::RadixDel, op::RadixDelNth,
                                 op::RadixWalk, op::RadixReopen, op::RadixDestroy>();
  return ops;
}

// What it takes for one kernel to leave something for the next.
const OpSet& PreserveOps() {
  static const OpSet ops =
      OpsOf<op::Fail, op::BootWith, op::EarlyAlloc, op::EarlyReserve, op::NodesFrom,
            op::PreserveFolio, op::PreservePages, op::Unpreserve>();
  return ops;
}

// What one boot after another can be asked, and what is done between.
const OpSet& BootOps() {
  static const OpSet ops =
      OpsOf<op::BootWith, op::EarlyAlloc, op::EarlyReserve, op::EarlyPages, op::Hugetlb,
            op::ReserveMem, op::Kexec, op::PreserveFolio, op::PreservePages>();
  return ops;
}

const OpSet& LifeOps() {
  static const OpSet ops =
      BootOps() | OpsOf<op::Fail, op::Boot, op::Unplug, op::Plug, op::AllocPages, op::FreePages,
                        op::PreserveHeld, op::PreserveVmalloc, op::Unpreserve, op::Restore,
                        op::AddSubtree, op::RemoveSubtree, op::EarlyFree, op::FreeReserved,
                        op::AllocPreserve, op::PreserveAgain, op::PreserveBlocks, op::PokeBlock,
                        op::OwnTest, op::LoadCrash, op::OfflineMemory>();
  return ops;
}

}  // namespace

std::span<const Target> AllTargets() {
  static const std::array<Target, 18> targets = {{
      {.name = "fuzz_radix_key",
       .doc = "Radix keys: encoding, decoding, the key width, for every page size.",
       .ops = KeyOps()},
      {.name = "fuzz_radix_tree",
       .doc = "A radix tree of raw keys beside a set, under allocations that fail.",
       .ops = TreeOps(),
       .max_ops = 40},
      {.name = "fuzz_handover_image",
       .doc = "A handover's bytes, whole and damaged: FDT, scratch table, tree pages.",
       .ops = PreserveOps() |
              OpsOf<op::AddSubtree, op::RemoveSubtree, op::PokeFdt, op::PokeSubtree,
                    op::PokeScratch, op::PokeTree, op::LinkTree, op::DropPage, op::DecodeImage>()},
      {.name = "fuzz_memblock",
       .doc = "memblock beside a map of every page, while its arrays double and may fail to.",
       .ops = MemblockOps(),
       .max_ops = 40},
      {.name = "fuzz_scratch_params",
       .doc = "kho_scratch=: read twice, then sized and reserved.",
       .ops = OpsOf<op::Fail, op::MemblockReserve, op::MemblockAlloc, op::MemblockPolicy,
                    op::ParseScratch, op::ReserveScratch>()},
      {.name = "fuzz_extend",
       .doc = "Scratch extension as published, the fast way, and by definition.",
       .ops = PreserveOps() | OpsOf<op::BootAlloc, op::BootNeeds, op::Extend>()},
      {.name = "fuzz_boot",
       .doc = "Whole boots: cold, kexec, and what is inherited, up to the last struct page.",
       .ops =
           BootOps() |
           OpsOf<op::Fail, op::Unplug, op::Plug, op::AllocPages, op::PreserveHeld, op::Restore>()},
      {.name = "fuzz_chain",
       .doc = "A machine's whole life: kernel after kernel, everything that each can do.",
       .ops = LifeOps(),
       .max_ops = 40},
      {.name = "fuzz_design",
       .doc = "The same under quirks that are declared harmless, some of them at once.",
       .ops = LifeOps() | OpsOf<op::Harmless>(),
       .max_ops = 40},
      {.name = "fuzz_reserved_init",
       .doc = "Reserved memory of every kind meeting memmap initialisation.",
       .ops = OpsOf<op::BootWith, op::EarlyAlloc, op::EarlyReserve, op::ReserveMem,
                    op::PreservePages, op::Kexec, op::Boot, op::EarlyFree, op::FreeReserved>()},
      {.name = "fuzz_deferred_free",
       .doc = "Deferred initialisation: schedules, zones that grow early, neighbours.",
       .ops = OpsOf<op::BootWith, op::EarlyReserve, op::EarlyPages, op::PreservePages,
                    op::PreserveFolio, op::Kexec, op::Boot>()},
      {.name = "fuzz_restore",
       .doc = "Preserving and restoring of every kind, in every order, with failures.",
       .ops =
           OpsOf<op::Fail, op::BootWith, op::Kexec, op::AllocPages, op::FreePages, op::PreserveHeld,
                 op::PreserveFolio, op::PreservePages, op::PreserveVmalloc, op::Unpreserve,
                 op::Restore, op::AddSubtree, op::RemoveSubtree, op::AllocPreserve,
                 op::PreserveAgain, op::PreserveBlocks, op::PokeBlock, op::OwnTest>(),
       .max_ops = 40},
      {.name = "fuzz_hugetlb",
       .doc = "Gigantic pages on both kinds of boot, preserved and not.",
       .ops = OpsOf<op::Fail, op::BootWith, op::EarlyAlloc, op::Hugetlb, op::PreserveHeld,
                    op::PreservePages, op::Kexec, op::Restore>()},
      {.name = "fuzz_diff_boot",
       .doc = "Whole lives on a tree and on the model it is known to match: the same memory.",
       .ops = LifeOps(),
       .max_ops = 40,
       .compares = true},
      {.name = "fuzz_diff_radix",
       .doc = "A tree's radix keys and its tree of raw keys beside the model's.",
       .ops = KeyOps() | TreeOps(),
       .max_ops = 40,
       .compares = true},
      {.name = "fuzz_diff_memblock",
       .doc = "A tree's memblock beside the model's, region by region.",
       .ops = MemblockOps(),
       .max_ops = 40,
       .compares = true},
      {.name = "fuzz_scenario",
       .doc = "The scenario language itself: any bytes in, text and scenarios out.",
       .ops = AllOps(),
       .language = true},
      {.name = "canary",
       .doc = "Fails on purpose on rare inputs: shows that the harness finds, shrinks and replays.",
       .ops = PreserveOps(),
       .canary = true},
  }};
  return targets;
}

bool BootsKernels(const Target& target) {
  static const size_t kBootOption = Op(op::BootWith()).index();
  return target.ops[kBootOption] && !target.language;
}

bool IsOfTarget(const Scenario& scenario, const Target& target) {
  return !scenario.ops.empty() && std::ranges::all_of(scenario.ops, [&target](const Op& op) {
    return target.ops[op.index()];
  });
}

bool PlaysTrees(const Target& target) {
  static const size_t kSwitchesQuirks = Op(op::Harmless()).index();
  return !target.language && !target.canary && !target.ops[kSwitchesQuirks];
}

const std::vector<const Target*>& TargetsOnModel() {
  static const std::vector<const Target*> targets = [] {
    std::vector<const Target*> some;
    for (const Target& target : AllTargets()) {
      if (!target.language && !target.compares && !target.canary) some.push_back(&target);
    }
    return some;
  }();
  return targets;
}

const Target* FindTarget(std::string_view name) {
  for (const Target& target : AllTargets()) {
    if (target.name == name ||
        (target.name.starts_with("fuzz_") && target.name.substr(5) == name)) {
      return &target;
    }
  }
  return nullptr;
}

const Target& AnyTarget() {
  static const Target any = {.name = "any", .doc = "Every op.", .ops = AllOps()};
  return any;
}

}  // namespace khofuzz
