// What lies between two kernels: the handover's bytes, damaged or not, and how far the next kernel
// gets with them before it has retrieved anything.
#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/designs/asked_elsewhere.h"
#include "core/preserve/hugetlb.h"
#include "core/preserve/reserve_mem.h"
#include "core/proposals/hugetlb_alternatives.h"
#include "oracle/describe.h"
#include "oracle/scratch.h"
#include "scenario/language/limits.h"
#include "scenario/playing/extensions.h"
#include "scenario/playing/life.h"

namespace khofuzz {
namespace {

constexpr uint64_t kEntryBytes = 16;  // of the scratch table

// Keeps what memblock and the faults were when the early boot was done, before anything was
// extended.
class BeforeExtension final : public KernelListener {
 public:
  BeforeExtension(const std::unique_ptr<Kernel>& kernel, const Faults& now, KernelListener* next)
      : kernel_(kernel), now_(now), next_(next) {}

  void OnEvent(const Event& event) override {
    if (next_ != nullptr) next_->OnEvent(event);
  }
  void OnPhase(BootPhase phase) override {
    if (phase == BootPhase::kEarly && kernel_->memblock() != nullptr) {
      memblock.emplace(*kernel_->memblock());
      faults = now_;
    }
    if (next_ != nullptr) next_->OnPhase(phase);
  }

  std::optional<Memblock> memblock;
  Faults faults;

 private:
  const std::unique_ptr<Kernel>& kernel_;
  const Faults& now_;
  KernelListener* next_;
};

bool Extends(const Design& design) {
  return !design.Has(kNeverExtendsQuirk) && !ReservesEarly(design) && !ReservesSurroundings(design);
}

// libfdt puts each new node before its siblings; what counts is which there are. The kernel's own
// stand beside those that it was told of.
bool HoldsSubtrees(std::vector<KhoSubtree> all, const std::vector<KhoSubtree>& told) {
  for (const KhoSubtree& one : told) {
    const auto at = std::ranges::find(all, one);
    if (at == all.end()) return false;
    all.erase(at);
  }
  return std::ranges::all_of(all, [](const KhoSubtree& own) {
    return own.name == kMetadataSubtree || own.name == kReserveMemSubtree ||
           own.name == kHugetlbSubtree || own.name == kOwnTestSubtree;
  });
}

}  // namespace

bool Life::HandOver() {
  if (kernel_ == nullptr && handover_.has_value() && !dead_) {
    asked_ = true;
    return report_->ok();
  }
  return Kexec(1);
}

std::span<const uint8_t> Life::Read(PhysAddr page) const {
  return chain_ == nullptr ? std::span<const uint8_t>() : chain_->Read(page);
}
std::span<uint8_t> Life::Bytes(PhysAddr page) {
  return chain_ == nullptr ? std::span<uint8_t>() : chain_->Bytes(page);
}

// The handover as an image: the FDT's page, the scratch table's, and the tree's. For a kernel all
// of memory is there; for who reads the image what was dropped is not.
Handover Life::Snapshot(Reader reader) {
  const uint64_t page_size = machine_->geometry.page_size();
  Handover image(machine_->geometry.page_shift);
  image.fdt = handover_->fdt;
  image.scratch = handover_->scratch;
  image.scratch_bytes = handover_->scratch_bytes;
  const auto copy = [&](PhysAddr page) {
    if (reader == Reader::kImage && dropped_.contains(page)) return;
    chain_->CopyTo(image.memory, page);
  };
  copy(image.fdt);
  for (PhysAddr at = image.scratch; at < image.scratch + image.scratch_bytes; at = at + page_size) {
    copy(AlignDown(at, page_size));
  }
  for (const PhysAddr node : tree_nodes_) copy(node);
  return image;
}

void Life::Extend() {
  if (!HandOver()) return;
  if (!next_.kho) return outcome_->NoEffect("the next kernel boots with kho=off");
  const Design& design = designs_.Of(kexecs_);
  Handover before = Snapshot(Reader::kImage);
  BeforeExtension early(kernel_, *faults_, listener_);
  KernelListener* const outer = std::exchange(listener_, &early);
  const bool booted = Boot(BootPhase::kExtended);
  listener_ = outer;
  looked_ = true;
  if (!booted) return;
  Calls("kho_extend_scratch");
  // What found no room on its way; the log is of a kernel that is over after this.
  if (log_.has_value()) {
    for (const std::string& request : log_->Facts(plan_, absl::OkStatus()).no_room) {
      outcome_->Say("no room: ", request);
    }
    log_.reset();
  }
  const std::unique_ptr<KernelWatch> watch = std::move(watch_);
  const std::unique_ptr<Kernel> kernel = std::move(kernel_);
  if (!report_->ok()) return;
  if (!kernel->is_kho_boot() || !early.memblock.has_value()) {
    for (const std::string& line : kernel->log()) outcome_->Say(line);
    return outcome_->Refused("the next kernel does not take over what was left for it");
  }
  if (!Extends(design)) return outcome_->NoEffect("this kernel does not extend scratch");

  report_->Premise(Invariant::kHandoverUntouched);
  for (const PhysAddr node : inheritance_->nodes) {
    if (chain_->IsAsIn(before.memory, node)) continue;
    const Pfn pfn = machine_->geometry.PfnDown(node);
    return Fail(Invariant::kHandoverUntouched,
                absl::StrCat("extension has changed the tree's page ", Describe(node)),
                PfnRange{pfn, pfn + 1});
  }
  PhysMemory& memory = before.memory;
  const auto fdt = ParseKhoFdt(memory.Bytes(before.fdt));
  if (!fdt.ok()) return;
  const RadixShape shape(machine_->geometry.page_shift, design);
  const auto tree = RadixTree::FromRoot(shape, &memory, nullptr, fdt->memory_map, design);
  if (!tree.ok()) return;
  // With so little room in its arrays that small machines double them.
  if (!early.memblock->memory().array.has_value() &&
      !early.memblock->reserved().array.has_value()) {
    early.memblock->set_initial_max(
        2 + std::max(early.memblock->memory().cnt(), early.memblock->reserved().cnt()));
  }
  const uint64_t refused = early.faults.hits();
  ExtendRun model{*early.memblock, absl::OkStatus(), {}};
  CheckExtensions(*tree, inheritance_->blocks, inheritance_->nodes, machine_->geometry,
                  *early.memblock, memory, early.faults, design, *report_, &model);
  const auto got = WithOneScratchFlag(kernel->memblock()->memory().regions);
  const auto expected = WithOneScratchFlag(model.memblock.memory().regions);
  // What is refused by request need not be the same call where arrays double at other times.
  if (report_->ok() && early.faults.hits() == refused && faults_->hits() == refused &&
      model.status.ok() && got != expected) {
    const auto [mine, theirs] = std::ranges::mismatch(expected, got);
    Fail(Invariant::kExtensionsAgree,
         absl::StrCat("the kernel's extension leaves ",
                      theirs == got.end() ? "nothing" : Describe(*theirs), " where ",
                      mine == expected.end() ? "nothing" : Describe(*mine), " is right"));
  }
  if (!model.status.ok()) return outcome_->Refused(model.status.message());
  outcome_->Say(model.stats.busy_blocks, " busy blocks, ", model.stats.keys_visited,
                " keys visited");
}

// ---- the image, read by the program's own decoder -----------------------------------------------

void Life::Decode() {
  if (!HandOver()) return;
  looked_ = true;
  if (decoded_) return outcome_->Say("as when it was decoded last");
  if (pages_decoded_ > kMaxPagesDecoded) {
    return outcome_->NoEffect("one scenario decodes ", kMaxPagesDecoded, " pages and no more");
  }
  pages_decoded_ += tree_nodes_.size() + 2;
  const Handover image = Snapshot(Reader::kImage);
  const auto decoded = DecodeHandover(image, shape_);
  decoded_ = true;
  if (decoded.ok()) {
    outcome_->Say(decoded->tree.keys, " preserved blocks on ", decoded->tree.nodes.size(),
                  " tree pages, ", decoded->fdt.subtrees.size(), " subtrees");
  } else {
    outcome_->Refused("the decoder: ", std::string(decoded.status().message()));
  }
  if (!damaged_) return CheckWhole(decoded, image);
  report_->Premise(Invariant::kDamageContained);
  if (decoded.ok()) CheckDamaged(image, *decoded);
}

// A whole image, decoded, says exactly what the kernel meant.
void Life::CheckWhole(const absl::StatusOr<DecodedHandover>& decoded, const Handover& image) {
  const auto fail = [this](std::string what) {
    Fail(Invariant::kHandoverRoundTrip, std::move(what));
  };
  report_->Premise(Invariant::kHandoverRoundTrip);
  if (!decoded.ok()) return fail(std::string(decoded.status().message()));
  const Inheritance& left = *inheritance_;
  if (std::ranges::find(left.nodes, decoded->fdt.memory_map) == left.nodes.end()) {
    fail("the FDT names a root that is no page of the tree's");
  }
  if (!HoldsSubtrees(decoded->fdt.subtrees, handed_subtrees_)) {
    fail("the FDT's subtrees are not those that were added");
  }
  if (decoded->scratch != left.bootmem) fail("the scratch table differs");
  if (decoded->tree.keys != left.blocks.size() || decoded->tree.nodes.size() != left.nodes.size()) {
    fail(absl::StrCat("the tree has ", decoded->tree.keys, " keys on ", decoded->tree.nodes.size(),
                      " pages, expected ", left.blocks.size(), " on ", left.nodes.size()));
  }
  const absl::Status valid = ValidateHandover(image, *decoded, shape_);
  if (!valid.ok()) fail(std::string(valid.message()));
}

// Whatever a damaged image decodes to, its parts tell the same story; and if all of it lies in the
// machine, a successor could extend its scratch by it.
void Life::CheckDamaged(const Handover& image, const DecodedHandover& decoded) {
  const auto fail = [this](std::string what) {
    Fail(Invariant::kDamageContained, std::move(what));
  };
  const Design& design = designs_.Of(kexecs_);
  PhysMemory memory = image.memory.Clone();
  const auto tree = RadixTree::FromRoot(shape_, &memory, nullptr, decoded.fdt.memory_map, design);
  if (!tree.ok()) return fail(std::string(tree.status().message()));
  std::vector<Preservation> blocks;
  bool inside = true;
  const PhysAddr end = machine_->span().end;
  tree->WalkKeys([&](uint64_t key) {
    const auto block = shape_.Decode(key);
    if (!block.ok()) {
      fail(std::string(block.status().message()));
      return false;
    }
    inside = inside && block->order < 30 && block->phys < end;
    blocks.push_back(*block);
    return true;
  });
  if (blocks.size() != decoded.tree.keys) {
    return fail(
        absl::StrCat("the summary counts ", decoded.tree.keys, " keys, the walk ", blocks.size()));
  }
  (void)ValidateHandover(image, decoded, shape_);
  std::vector<PhysAddr> nodes;
  for (const RadixTreeSummary::Node& node : decoded.tree.nodes) nodes.push_back(node.page);
  if (!inside) return;
  Memblock memblock = machine_->FirmwareMemblock(Design());
  // No bootmem is left that a successor could be sure of; what it allocates must spare the tree.
  for (const PhysAddr page : nodes) {
    (void)memblock.Reserve({page, page + machine_->geometry.page_size()});
  }
  Faults none;
  Report extension;
  CheckExtensions(*tree, blocks, nodes, machine_->geometry, memblock, memory, none, design,
                  extension, nullptr);
  if (!extension.ok()) fail(extension.violations().front().what);
}

// ---- damage -------------------------------------------------------------------------------------

void Life::Damaged() {
  damaged_ = true;
  decoded_ = false;
  handover_->doubtful = true;
}

void Life::PokeFdt(uint64_t offset, std::string_view bytes) {
  if (!HandOver()) return;
  const std::span<uint8_t> page = Bytes(handover_->fdt);
  if (bytes.empty() || page.empty()) return outcome_->NoEffect("there are no bytes to write");
  const size_t at = static_cast<size_t>(offset % page.size());
  const size_t count = std::min(bytes.size(), page.size() - at);
  if (count < bytes.size()) outcome_->Cut(bytes.size(), " bytes to ", count, ", the page's end");
  Damaged();
  // A tree lays its FDT out as it likes: the same byte is another thing's there.
  if (source_ != nullptr) LeaveOut();
  std::memcpy(page.data() + at, bytes.data(), count);
  outcome_->Say(count, " bytes at byte ", at, " of the FDT's page");
}

void Life::PokeSubtree(uint64_t index, const KhoSubtree& to) {
  if (!HandOver()) return;
  const std::span<uint8_t> page = Bytes(handover_->fdt);
  if (page.empty()) return outcome_->NoEffect("the FDT's page is not in memory");
  const auto name = OverwriteSubtree(page, index, to.data, to.size);
  if (!name.ok()) return outcome_->NoEffect(name.status().message());
  Damaged();
  outcome_->Say("subtree '", *name, "'");
}

void Life::PokeScratch(uint64_t area, uint64_t addr, uint64_t size) {
  if (!HandOver()) return;
  const uint64_t areas = handover_->scratch_bytes / kEntryBytes;
  if (areas == 0) return outcome_->NoEffect("the scratch table is empty");
  const PhysAddr at = handover_->scratch + area % areas * kEntryBytes;
  const PhysAddr page = AlignDown(at, machine_->geometry.page_size());
  const std::span<uint8_t> bytes = Bytes(page);
  if (bytes.empty()) return outcome_->NoEffect("the scratch table is not in memory");
  Damaged();
  std::memcpy(bytes.data() + (at - page), &addr, sizeof(addr));
  std::memcpy(bytes.data() + (at - page) + sizeof(addr), &size, sizeof(size));
  outcome_->Say("area ", area % areas, " of the scratch table");
}

void Life::PokeTree(uint64_t node, uint64_t slot, uint64_t value) {
  if (!HandOver()) return;
  const PhysAddr page = tree_nodes_[node % tree_nodes_.size()];
  const std::span<uint8_t> bytes = Bytes(page);
  if (bytes.empty()) return outcome_->NoEffect("the tree's page is not in memory");
  const uint64_t word = slot % (bytes.size() / sizeof(value));
  Damaged();
  std::memcpy(bytes.data() + word * sizeof(value), &value, sizeof(value));
  if (outcome_->telling()) outcome_->Say("word ", word, " of the tree's page ", Describe(page));
}

void Life::LinkTree(uint64_t node, uint64_t slot, uint64_t target) {
  if (!HandOver()) return;
  PokeTree(node, slot, tree_nodes_[target % tree_nodes_.size()].value);
}

void Life::DropPage(uint64_t index) {
  if (!HandOver()) return;
  std::vector<PhysAddr> pages = tree_nodes_;
  pages.push_back(handover_->fdt);
  if (handover_->scratch_bytes != 0) {
    pages.push_back(AlignDown(handover_->scratch, machine_->geometry.page_size()));
  }
  std::ranges::sort(pages);
  const PhysAddr page = pages[index % pages.size()];
  Damaged();
  dropped_.insert(page);
  std::ranges::fill(Bytes(page), uint8_t{0});
  if (outcome_->telling()) outcome_->Say("page ", Describe(page), " of the handover is lost");
}

// What a damaged handover says by now, before a kernel meets it: the shadow of what it inherits
// follows. Where its parts contradict each other or the machine, nobody can say what a kernel may
// make of it.
void Life::RereadInheritance() {
  if (!damaged_ || !handover_.has_value()) return;
  Handover image = Snapshot(Reader::kKernel);
  const auto decoded = DecodeHandover(image, shape_);
  const PhysAddr end = machine_->span().end;
  std::vector<Preservation> left = inheritance_->blocks;
  std::ranges::sort(left);
  leads_out_ = false;
  if (!decoded.ok()) {
    // Of blocks that nobody has preserved nobody can say what becomes, before memory is left.
    auto before = BlocksBeforeLeavingMemory(image, shape_, inheritance_->bootmem, end);
    if (before.has_value()) std::ranges::sort(*before);
    leads_out_ = before.has_value() && std::ranges::includes(left, *before);
  }
  // Where it leads to a page that is no part of the handover, a kernel finds whatever lies there.
  unreadable_ = leads_out_ || (!decoded.ok() && !absl::IsDataLoss(decoded.status()));
  uncertain_ = !unreadable_;
  strays_ = false;
  refused_by_header_ = unreadable_ && KhoPopulateRefuses(image.memory.Bytes(image.fdt));
  if (!decoded.ok()) return;
  // Where its own subtrees are said to lie a kernel reads. Beyond all memory that is a page fault;
  // memory that is gone, and a page that memory ends in, can be either. The tree's own test reads
  // too, but is no kernel.
  PhysAddr there{0};
  for (const BootBank& bank : next_.banks) there = std::max(there, bank.range.end);
  for (const KhoSubtree& subtree : decoded->fdt.subtrees) {
    const bool kernels = subtree.name == kMetadataSubtree || subtree.name == kReserveMemSubtree;
    if (!kernels && subtree.name != kOwnTestSubtree) continue;
    const bool in_memory = subtree.data.value <= there.value - machine_->geometry.page_size();
    if (!in_memory && (!kernels || subtree.data < end)) strays_ = true;
  }
  Inheritance now{
      .blocks = {}, .nodes = {}, .bootmem = decoded->scratch, .kept = inheritance_->kept};
  PhysMemory& memory = image.memory;
  const auto tree =
      RadixTree::FromRoot(shape_, &memory, nullptr, decoded->fdt.memory_map, Design());
  if (!tree.ok()) return;
  tree->WalkKeys([&](uint64_t key) {
    now.blocks.push_back(shape_.DecodeUnchecked(key));
    return true;
  });
  std::ranges::sort(now.blocks);
  for (const RadixTreeSummary::Node& node : decoded->tree.nodes) now.nodes.push_back(node.page);
  // Of what the kernel left, some may be gone; nothing that it has not left may be there.
  if (!std::ranges::includes(left, now.blocks) || now.bootmem != inheritance_->bootmem ||
      !std::ranges::all_of(now.nodes, [this](PhysAddr node) {
        return std::ranges::find(inheritance_->nodes, node) != inheritance_->nodes.end();
      })) {
    return;
  }
  // If nothing says that the FDT's own page is taken, others write to it while it is still in use.
  const bool keeps_fdt = std::ranges::any_of(now.blocks, [this](const Preservation& block) {
    const uint64_t bytes = machine_->geometry.page_size() << block.order;
    return AddrRange{block.phys, block.phys + bytes}.Contains(handover_->fdt);
  });
  if (!keeps_fdt) return;
  uncertain_ = false;
  const auto arrives = [&now](const Preservation& block) {
    return std::ranges::binary_search(now.blocks, block);
  };
  std::erase_if(incoming_,
                [&](const Item& item) { return !std::ranges::all_of(item.blocks, arrives); });
  std::erase_if(handed_subtrees_, [&](const KhoSubtree& subtree) {
    return std::ranges::find(decoded->fdt.subtrees, subtree) == decoded->fdt.subtrees.end();
  });
  inheritance_ = std::move(now);
}

// damage-contained: what cannot be read is refused, and the boot comes to its end either way.
void Life::CheckTakenOver(const absl::Status& status) {
  report_->Premise(Invariant::kDamageContained);
  if (!status.ok()) {
    return Fail(Invariant::kDamageContained,
                absl::StrCat("a damaged handover stops the boot: ", std::string(status.message())));
  }
  if (unreadable_ && kernel_->is_kho_boot()) {
    Fail(Invariant::kDamageContained,
         "the handover cannot be read, and the kernel takes over all the same");
  }
}

}  // namespace khofuzz
