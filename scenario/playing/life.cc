#include "scenario/playing/life.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/designs/asked_elsewhere.h"
#include "core/handover/fdt.h"
#include "core/memmap/nodes.h"
#include "core/model/model_chain.h"
#include "core/preserve/blocks.h"
#include "core/preserve/preserve.h"
#include "oracle/describe.h"
#include "oracle/scratch.h"
#include "scenario/playing/boot_needs.h"

namespace khofuzz {
namespace {

// Takes a WARN for a violation.
class WarnsBreak final : public KernelListener {
 public:
  WarnsBreak(Report* report, KernelListener* next) : report_(report), next_(next) {}

  void OnEvent(const Event& event) override {
    if (event.kind == EventKind::kWarn) {
      report_->Fail(Invariant::kKernelRuns, absl::StrCat("WARN in ", std::string(event.function),
                                                         "(): ", std::string(event.text)));
    }
    if (next_ != nullptr) next_->OnEvent(event);
  }
  void OnReads(Event event, std::span<const Pfn> pages) override {
    if (next_ != nullptr) next_->OnReads(event, pages);
  }
  void OnPhase(BootPhase phase) override {
    if (next_ != nullptr) next_->OnPhase(phase);
  }

 private:
  Report* report_;
  KernelListener* next_;
};

Preservation FolioOf(const HugetlbPage& page, const Geometry& geometry) {
  return {geometry.ToAddr(page.pfns.begin),
          static_cast<unsigned>(std::bit_width(page.pfns.size())) - 1};
}

}  // namespace

Life::Life(const Machine* machine, const Subject& subject, Report* report, Faults* faults,
           OpOutcome* outcome)
    : machine_(machine),
      designs_(subject.designs),
      report_(report),
      faults_(faults),
      outcome_(outcome),
      shape_(machine->geometry.page_shift, Design()),
      source_(subject.kernels),
      warns_break_(subject.warns_break) {
  for (const Machine::Bank& bank : machine->banks) next_.banks.push_back({bank.range, bank.nid});
  next_.firmware = machine->firmware;
}

void Life::Fail(Invariant invariant, std::string what, std::optional<PfnRange> where,
                std::string_view at_fault) {
  if (at_fault.empty() && invariant == Invariant::kUndo) at_fault = call();
  report_->Fail(invariant, std::move(what),
                where.has_value() ? std::optional(machine_->geometry.ToAddr(*where)) : std::nullopt,
                at_fault);
}

void Life::Say(PfnRange pfns) {
  if (outcome_->telling()) outcome_->Say(Describe(machine_->geometry.ToAddr(pfns)));
}

bool Life::SaysDead() {
  asked_ = true;
  if (!dead_) return false;
  if (would_be_left_out_) LeaveOut();
  outcome_->NoEffect(why_dead_);
  return true;
}

bool Life::LacksFunctionsFor(Handed what) {
  const std::string_view why = kernel_->WhyNotHanded(what);
  if (why.empty()) return false;
  LeaveOut();
  outcome_->NoEffect(why);
  return true;
}

BootPlan* Life::Ask() {
  if (SaysDead()) return nullptr;
  waiting_ops_.push_back(report_->op());
  return &next_;
}

void Life::CannotRun(const absl::Status& status) {
  refused_ = std::string(status.message());
  CannotBoot(refused_);
}

void Life::CannotBoot(std::string_view why) {
  dead_ = true;
  why_dead_ = std::string(why);
}

void Life::CannotBootTree(std::string_view why) {
  would_be_left_out_ = true;
  CannotBoot(why);
}

Kernel* Life::Running() {
  asked_ = true;
  // After a violation the shadow no longer knows what is right.
  if (!report_->ok() || SaysDead()) return nullptr;
  if (kernel_ == nullptr && !Boot(BootPhase::kComplete)) return nullptr;
  return kernel_.get();
}

void Life::BootUp() {
  if (kernel_ != nullptr && !dead_) {
    outcome_->NoEffect("kernel ", kexecs_ + 1, " runs already; kexec hands over to the next");
    return;
  }
  (void)Running();
}

absl::StatusOr<std::unique_ptr<Kernel>> Life::NextKernel() {
  if (chain_ == nullptr && source_ == nullptr) {
    chain_ = std::make_unique<ModelChain>(machine_->geometry);
  } else if (chain_ == nullptr) {
    auto chain =
        source_->NewChain(machine_->geometry, machine_->geometry.PfnUp(machine_->span().end),
                          static_cast<int>(machine_->node_count()));
    if (!chain.ok()) return chain.status();
    chain_ = *std::move(chain);
  }
  return chain_->Next(kexecs_, designs_.Of(kexecs_), faults_, watch_.get());
}

// Up to `last`. A boot that is to end before kComplete leaves no kernel, and the next one begins
// anew with the same handover and the same requests.
bool Life::Boot(BootPhase last) {
  asked_ = true;
  const bool whole = last == BootPhase::kComplete;
  if (whole) ChangeBanks();
  plan_ = next_;
  plan_.last_phase = last;
  if (takes_needs_) {
    const BootDemand needs = BootNeedsOf(plan_.banks, machine_->geometry);
    plan_.late.insert(plan_.late.begin(), needs.calls.begin(), needs.calls.end());
  }
  // A crash kernel has no predecessor to inherit from.
  if (handover_.has_value()) plan_.kdump = false;
  // With kho=off nothing is inherited: what was preserved is lost, by design.
  const bool inherits = handover_.has_value() && plan_.kho;
  KernelListener* listener = listener_;
  log_.reset();
  if (outcome_->telling()) listener = &log_.emplace(machine_->geometry, listener_);
  if (warns_break_) {
    warns_ = std::make_unique<WarnsBreak>(report_, listener);
    listener = warns_.get();
  }
  RereadInheritance();
  if (damaged_ && uncertain_) {
    CannotBoot("the handover is damaged in a way that leaves a kernel's behaviour undefined");
    outcome_->NoEffect(why_dead_);
    return false;
  }
  const auto trusts = [this](Quirk quirk) {
    return source_ != nullptr || designs_.Of(kexecs_).Has(quirk);
  };
  if (damaged_ &&
      ((strays_ && trusts(kSubtreeTrustedQuirk)) ||
       (unreadable_ && !leads_out_ && !refused_by_header_ && trusts(kTreeTrustedQuirk)))) {
    CannotBootTree(
        "this kernel takes a handover on trust, and damaged so nobody can say what it reads");
    (void)SaysDead();
    return false;
  }
  watch_ = std::make_unique<KernelWatch>(
      machine_->geometry, plan_, inherits ? &*inheritance_ : nullptr, faults_, report_, listener);
  auto kernel = NextKernel();
  if (!kernel.ok()) {
    // Not a machine for this kernel: nothing is played, so nothing breaks.
    CannotRun(kernel.status());
    outcome_->NoEffect(kernel.status().message());
    return false;
  }
  watch_->set_kernel(kernel->get());
  watch_->set_before_deferred([this] { FreeBeforeDeferred(); });
  if (log_.has_value()) log_->set_kernel(kernel->get());
  kernel_ = *std::move(kernel);
  kernel_->set_node_pages_from(nodes_from_);
  told_ = 0;
  const absl::Status status = kernel_->Boot(plan_, handover_.has_value() ? &*handover_ : nullptr);
  if (!whole && status.ok()) return true;
  Booted(status);
  return !dead_;
}

void Life::Booted(const absl::Status& status) {
  constexpr size_t kItemsAtFirst = 64;  // they are large to move
  if (handover_.has_value() && damaged_) CheckTakenOver(status);
  watch_->OnBooted(status);
  LostMemory lost;
  if (status.ok()) {
    std::span<const Preservation> inherited;
    if (kernel_->is_kho_boot()) inherited = inheritance_->blocks;
    lost = MeasureLosses(*kernel_, plan_, machine_->geometry, inherited);
  }
  report_->AddCosts(kernel_->costs(), lost);
  SayOfBoot(status);

  // Options are of one boot; requests that firmware or the command line make come again.
  next_ = BootPlan{.banks = plan_.banks,
                   .firmware = plan_.firmware,
                   .early = plan_.early,
                   .reserve_mem = plan_.reserve_mem};
  waiting_ops_.clear();
  frees_asked_.clear();
  options_of_.reset();
  held_.clear();
  outgoing_.clear();
  held_.reserve(kItemsAtFirst);
  outgoing_.reserve(kItemsAtFirst);
  subtrees_.clear();
  subtree_removed_ = false;
  vmalloc_blocks_ = 0;
  own_test_loaded_ = false;
  own_test_saved_.clear();
  if (!kernel_->is_kho_boot()) {
    incoming_.clear();
    own_test_handed_.clear();
  }
  if (!status.ok()) {
    CannotBoot(absl::StrCat("the boot of kernel ", kexecs_ + 1,
                            " has stopped: ", std::string(status.message())));
    return;
  }
  LearnOwnKeys();
  for (const HugetlbPage& page : kernel_->hugetlb()) {
    const Preservation folio = FolioOf(page, machine_->geometry);
    // hugetlb may have preserved it itself.
    if (keys_.contains(shape_.EncodeUnchecked(folio))) continue;
    held_.push_back(
        {.what = Item::What::kFolio, .pages = {page.pfns}, .order = folio.order, .hugetlb = true});
  }
  if (kernel_->is_kho_boot()) CheckSubtreesArrived();
}

void Life::SayOfBoot(const absl::Status& status) {
  if (!log_.has_value()) return;
  BootFacts facts = log_->Facts(plan_, status);
  facts.op = report_->op();
  facts.kernel = kexecs_ + 1;
  SayLog();
  for (const std::string& line : Lines(facts)) outcome_->Say(line);
  boots_.push_back(std::move(facts));
}

void Life::CheckSubtreesArrived() {
  for (const KhoSubtree& sent : handed_subtrees_) {
    report_->Premise(Invariant::kRoundTrip);
    const auto got = kernel_->RetrieveSubtree(sent.name);
    if (got.ok() && *got == sent) continue;
    Fail(Invariant::kRoundTrip, absl::StrCat("subtree '", sent.name, "' was handed over and ",
                                             got.ok() ? "arrives changed" : "does not arrive"));
  }
}

// What the kernel preserves for itself: two pages; its reserve_mem= areas, if it has any, and the
// page that tells of them; gigantic pages, where hugetlb hands its own over, and their list.
void Life::LearnOwnKeys() {
  constexpr size_t kKeysAtFirst = 200;  // most lives have fewer
  keys_.clear();
  keys_.reserve(kKeysAtFirst);
  if (!kernel_->kho_enabled()) return;
  KeySet expected;
  bool areas = false;
  for (const ReserveMemRequest& request : plan_.reserve_mem) {
    const auto area = kernel_->ReserveMem(request.name);
    if (!area.has_value()) continue;
    areas = true;
    const Geometry& g = machine_->geometry;
    const PfnRange pfns{g.PfnDown(area->begin), g.PfnUp(area->end)};
    const auto blocks =
        PreservationsOf(pfns, g, [this](PfnRange block) { return OnOneNode(block); });
    for (const Preservation& block : blocks) expected.insert(shape_.EncodeUnchecked(block));
    CheckOutgoingUnpreserved(blocks, kernel_->bootmem(), g, *report_);
  }
  KeySet gigantic;
  for (const HugetlbPage& page : kernel_->hugetlb()) {
    gigantic.insert(shape_.EncodeUnchecked(FolioOf(page, machine_->geometry)));
  }
  size_t own = 0;
  bool hugetlb = false;
  for (const Preservation& block : kernel_->Outgoing()) {
    const uint64_t key = shape_.EncodeUnchecked(block);
    keys_.insert(key);
    if (gigantic.contains(key)) {
      hugetlb = true;
      CheckOutgoingUnpreserved({&block, 1}, kernel_->bootmem(), machine_->geometry, *report_);
    } else if (expected.erase(key) == 0) {
      ++own;
    }
  }
  report_->Premise(Invariant::kTreeIsSet);
  constexpr size_t kFdtAndMetadata = 2;
  const size_t pages = kFdtAndMetadata + (areas ? 1 : 0) + (hugetlb ? 1 : 0);
  // A failure that was asked for, or a lack of memory, may have kept an area from being preserved.
  if (faults_->hits() == 0 && (own != pages || !expected.empty()) && HasFreePages()) {
    std::optional<PfnRange> lacks;
    if (!expected.empty()) {
      const Preservation block = shape_.DecodeUnchecked(*std::ranges::min_element(expected));
      const Pfn first = machine_->geometry.PfnDown(block.phys);
      lacks = {first, first + (uint64_t{1} << block.order)};
    }
    Fail(Invariant::kTreeIsSet,
         absl::StrCat("after kho_init() the outgoing tree holds ", own,
                      " blocks of the kernel's own, expected ", pages, ", and lacks ",
                      expected.size(), " of its reserve_mem= areas"),
         lacks);
  }
}

// Whether pages for a radix tree's nodes can be had.
bool Life::HasFreePages() const {
  constexpr uint64_t kEnough = 64;
  uint64_t pages = 0;
  kernel_->ForEachRun({Pfn{0}, kNothingDeferred}, [&](const PageRun& run) {
    if (run.free && run.page.zone != ZoneId::kMovable &&
        !kernel_->bootmem().Overlaps(machine_->geometry.ToAddr(run.pfns))) {
      pages += run.pfns.size();
    }
  });
  return pages >= kEnough;
}

Item::Blocks Life::BlocksOf(const Item& item) const {
  const Geometry& g = machine_->geometry;
  if (item.what == Item::What::kFolio) return {{g.ToAddr(item.pages.front().begin), item.order}};
  Item::Blocks blocks;
  const auto add = [&](PfnRange pfns) {
    const auto whole = [this](PfnRange block) { return OnOneNode(block); };
    ForEachPreserveBlock(pfns, whole, [&](Pfn first, unsigned order) {
      blocks.push_back({g.ToAddr(first), order});
      return true;
    });
  };
  std::ranges::for_each(item.pages, add);
  std::ranges::for_each(item.chunks, add);
  return blocks;
}

void Life::AddKeys(std::span<const Preservation> blocks) {
  for (const Preservation& block : blocks) keys_.insert(shape_.EncodeUnchecked(block));
}

void Life::DropKeys(std::span<const Preservation> blocks) {
  for (const Preservation& block : blocks) keys_.erase(shape_.EncodeUnchecked(block));
}

void Life::CheckOutgoing(Invariant invariant, std::string_view after) {
  if (!kernel_->kho_enabled()) return;
  report_->Premise(invariant);
  const std::vector<Preservation> blocks = kernel_->Outgoing();
  const auto expected = [this](const Preservation& block) {
    return keys_.contains(shape_.EncodeUnchecked(block));
  };
  // A walk is ascending, so none comes twice.
  if (blocks.size() == keys_.size() && std::ranges::all_of(blocks, expected)) return;
  // The lowest key that only one of them has.
  std::vector<uint64_t> keys(keys_.begin(), keys_.end());
  std::ranges::sort(keys);
  auto key = keys.begin();
  for (const Preservation& block : blocks) {
    if (key != keys.end() && *key == shape_.EncodeUnchecked(block)) {
      ++key;
      continue;
    }
    const bool extra = key == keys.end() || !expected(block);
    const Preservation at = extra ? block : shape_.DecodeUnchecked(*key);
    return FailOutgoing(invariant, after, extra ? "holds " : "lacks ", at);
  }
  if (key != keys.end()) FailOutgoing(invariant, after, "lacks ", shape_.DecodeUnchecked(*key));
}

void Life::FailOutgoing(Invariant invariant, std::string_view after, std::string_view how,
                        const Preservation& block) {
  const Pfn first = machine_->geometry.PfnDown(block.phys);
  Fail(invariant,
       absl::StrCat("after ", std::string(after), " the outgoing tree ", std::string(how),
                    Describe(block)),
       PfnRange{first, first + (uint64_t{1} << block.order)});
}

// Of an FDT that only another kernel can read nothing is said: its successor is asked.
void Life::CheckSubtreesHanded(const KexecHandover& handover) {
  if (subtrees_.empty()) return;
  const auto fdt = ParseKhoFdt(chain_->Read(handover.fdt));
  if (!fdt.ok()) return;
  for (const KhoSubtree& told : subtrees_) {
    report_->Premise(Invariant::kRoundTrip);
    const auto there = std::ranges::find(fdt->subtrees, told.name, &KhoSubtree::name);
    if (there != fdt->subtrees.end() && *there == told) continue;
    Fail(Invariant::kRoundTrip,
         absl::StrCat("the FDT that is handed over ",
                      there == fdt->subtrees.end() ? "lacks subtree '" : "has changed subtree '",
                      told.name, "', which was added and not removed"),
         std::nullopt, subtree_removed_ ? "kho_remove_subtree" : "kho_add_subtree");
    return;
  }
}

// What the outgoing tree should hold, ascending. An address leaves room below it for an order, and
// words are sorted several times as fast as pairs.
std::vector<Preservation> Life::SortedBlocks() const {
  const uint64_t below_page = machine_->geometry.page_size() - 1;
  std::vector<uint64_t> words;
  words.reserve(keys_.size());
  for (const uint64_t key : keys_) {
    const Preservation block = shape_.DecodeUnchecked(key);
    words.push_back(block.phys.value | block.order);
  }
  std::ranges::sort(words);
  std::vector<Preservation> blocks;
  blocks.reserve(words.size());
  for (const uint64_t word : words) {
    blocks.push_back({PhysAddr{word & ~below_page}, static_cast<unsigned>(word & below_page)});
  }
  return blocks;
}

bool Life::Kexec(uint64_t image_bytes) {
  Kernel* kernel = Running();
  if (kernel == nullptr) return false;
  CheckOutgoing(Invariant::kTreeIsSet, "all that was preserved");
  watch_->CheckAll();
  auto handover = kernel->Kexec({image_bytes});
  if (!handover.ok()) {
    const auto has_room = [](const ScratchArea& area) { return area.size != 0; };
    const bool empty =
        kernel->kho_enabled() && std::ranges::none_of(kernel->bootmem().areas, has_room);
    outcome_->Refused("kexec: ", std::string(handover.status().message()),
                      empty ? ": it is empty; boot_with scratch= gives it a size" : "");
    return false;
  }
  CheckSegments(*handover);
  CheckSubtreesHanded(*handover);
  Inheritance left{.blocks = {}, .nodes = kernel->OutgoingNodes(), .bootmem = kernel->bootmem()};
  left.blocks = SortedBlocks();
  incoming_ = std::move(outgoing_);
  own_test_handed_ = std::exchange(own_test_saved_, {});
  handed_subtrees_ = subtrees_;
  for (Item& item : incoming_) item.restored = false;
  // Of the table's copy its bytes count, of the other segments all.
  for (AddrRange segment : handover->segments) {
    if (segment.begin == handover->scratch) segment.end = segment.begin + handover->scratch_bytes;
    left.kept.push_back(segment);
  }
  inheritance_ = std::move(left);
  tree_nodes_ = inheritance_->nodes;
  handover_ = *std::move(handover);
  looked_ = damaged_ = uncertain_ = unreadable_ = leads_out_ = strays_ = refused_by_header_ =
      decoded_ = false;
  dropped_.clear();
  if (outcome_->telling()) {
    outcome_->Say("kernel ", kexecs_ + 1, " hands over: ", inheritance_->blocks.size(),
                  " preserved blocks, ", inheritance_->nodes.size(), " tree pages; image at ",
                  Describe(handover_->segments.front()), ", FDT at ", Describe(handover_->fdt));
  }
  SayLog();
  kernel_.reset();
  watch_.reset();
  ++kexecs_;
  return true;
}

void Life::NodesFrom(Pfn pfn) {
  asked_ = true;
  nodes_from_ = pfn;
  if (kernel_ != nullptr) kernel_->set_node_pages_from(pfn);
}

void Life::Unplug(uint64_t n) {
  if (Ask() == nullptr) return;
  if (next_.banks.size() < 2) return outcome_->NoEffect("the machine has one bank, which stays");
  if (unplug_.has_value()) outcome_->Say("in place of the bank that was to go before");
  unplug_ = n;
}

void Life::Plug(uint64_t n) {
  if (Ask() == nullptr) return;
  if (absent_.empty()) return outcome_->NoEffect("no bank is gone");
  plug_ = n;
}

// A machine may come back with more memory or with less. Not with less than its handover needs:
// firmware that loses what it is told to keep is no machine.
void Life::ChangeBanks() {
  const auto wanted = std::exchange(unplug_, std::nullopt);
  const auto back = std::exchange(plug_, std::nullopt);
  const auto nth = [](std::vector<BootBank>& banks, uint64_t n) {
    return banks.begin() + static_cast<std::ptrdiff_t>(n % banks.size());
  };
  using Bank = std::vector<BootBank>::iterator;
  const auto move = [](std::vector<BootBank>& from, Bank bank, std::vector<BootBank>& to) {
    to.insert(std::ranges::upper_bound(to, bank->range.begin, {},
                                       [](const BootBank& b) { return b.range.begin; }),
              *bank);
    from.erase(bank);
  };
  if (back.has_value() && !absent_.empty()) move(absent_, nth(absent_, *back), next_.banks);
  if (!wanted.has_value() || next_.banks.size() < 2) return;
  const Bank bank = nth(next_.banks, *wanted);
  if (!NeededByHandover(bank->range)) {
    if (outcome_->telling()) outcome_->Say("the bank ", Describe(bank->range), " is gone");
    move(next_.banks, bank, absent_);
  } else if (outcome_->telling()) {
    outcome_->Say("the bank ", Describe(bank->range), " stays: the handover lies in it");
  }
}

bool Life::NeededByHandover(AddrRange bank) const {
  if (!handover_.has_value()) return false;
  const auto inside = [&bank](PhysAddr node) { return bank.Contains(node); };
  return inheritance_->bootmem.Overlaps(bank) || bank.Contains(handover_->fdt) ||
         std::ranges::any_of(inheritance_->nodes, inside);
}

bool Life::IsMemory(const Item& item) const {
  const auto here = [this](PfnRange pfns) { return watch_->IsMemory(pfns); };
  return std::ranges::all_of(item.pages, here) && std::ranges::all_of(item.chunks, here);
}

void Life::CheckSegments(const KexecHandover& handover) {
  report_->Premise(Invariant::kSegmentsClear, handover.segments.size());
  const std::vector<ScratchArea>& areas = kernel_->bootmem().areas;
  for (size_t i = 0; i < handover.segments.size(); ++i) {
    const AddrRange& segment = handover.segments[i];
    const bool inside = std::ranges::any_of(areas, [&segment](const ScratchArea& area) {
      return area.size != 0 && area.range().Contains(segment);
    });
    if (!inside) {
      report_->Fail(Invariant::kSegmentsClear,
                    absl::StrCat("segment ", Describe(segment), " does not lie in bootmem"),
                    segment);
    }
    for (size_t j = 0; j < i; ++j) {
      if (!handover.segments[j].Overlaps(segment)) continue;
      report_->Fail(Invariant::kSegmentsClear,
                    absl::StrCat("segments ", Describe(handover.segments[j]), " and ",
                                 Describe(segment), " overlap"),
                    segment);
    }
  }
}

void Life::LoadCrash(uint64_t image_bytes) {
  Kernel* kernel = Running();
  if (kernel == nullptr) return;
  const auto image = kernel->LoadCrash({image_bytes});
  if (!image.ok()) {
    return outcome_->Refused("a crash kernel cannot be loaded: ",
                             std::string(image.status().message()));
  }
  report_->Premise(Invariant::kSegmentsClear, image->segments.size());
  const AddrRange area = kernel->crash_area();
  for (const AddrRange& segment : image->segments) {
    if (area.Contains(segment)) continue;
    return report_->Fail(
        Invariant::kSegmentsClear,
        absl::StrCat("segment ", Describe(segment),
                     " of a crash kernel does not lie in what crashkernel= keeps, ",
                     Describe(area)),
        segment, "kho_locate_mem_hole");
  }
  if (image->has_handover || image->segments.size() > 1) {
    return report_->Fail(Invariant::kSegmentsClear,
                         "a crash kernel's image is told of what is handed over",
                         image->segments.back(), "kho_fill_kimage");
  }
  if (outcome_->telling()) outcome_->Say("at ", Describe(image->segments.front()));
}

void Life::SayLog() {
  if (!outcome_->telling() || kernel_ == nullptr) return;
  const std::span<const std::string> log = kernel_->log();
  for (; told_ < log.size(); ++told_) outcome_->Say(log[told_]);
}

void Life::AfterOp() {
  SayLog();
  if (kernel_ == nullptr || dead_) return;
  // Of the model, which has no code of its own, designs alone can break it.
  if (source_ != nullptr) report_->Premise(Invariant::kKernelRuns);
  if (kernel_->stopped().empty()) return;
  Fail(Invariant::kKernelRuns, absl::StrCat("the kernel stops: ", std::string(kernel_->stopped())));
  CannotBoot(absl::StrCat("kernel ", kexecs_ + 1, " has stopped"));
}

void Life::TearDown() {
  // A handover that was looked at, and that no boot is asked to do more with.
  if (kernel_ == nullptr && looked_ && waiting_ops_.empty()) return;
  // A handover that nobody has booted from yet, or a machine that was never used.
  Kernel* kernel = Running();
  if (kernel == nullptr || !report_->ok()) return;
  for (Item& item : incoming_) {
    if (!item.restored && kernel_->WhyNotHanded(item.what).empty()) RestoreItem(item);
    if (!report_->ok()) return;
  }
  CheckOutgoing(Invariant::kTreeIsSet, "all that was preserved");
  while (!outgoing_.empty() && report_->ok()) Unpreserve(outgoing_.size() - 1);
  if (!report_->ok()) return;
  for (const Item& item : std::exchange(held_, {})) FreeItem(item);
  watch_->CheckAll();
}

}  // namespace khofuzz
