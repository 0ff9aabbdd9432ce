// The kernel's own test of KHO, beside the shadow: what it saves in one kernel it must be able to
// restore in the next, and what it cannot save it must not leave preserved.
#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "oracle/describe.h"
#include "oracle/scratch.h"
#include "scenario/playing/life.h"

namespace khofuzz {

void Life::LoadOwnTest(uint64_t bytes) {
  Kernel* kernel = Running();
  if (kernel == nullptr) return;
  if (const std::string_view why = kernel->WhyNoOwnTest(); !why.empty()) {
    LeaveOut();
    return outcome_->NoEffect(why);
  }
  if (LacksFunctionsFor(Handed::kFolio) || LacksFunctionsFor(Handed::kVmalloc)) return;
  if (own_test_loaded_) return outcome_->NoEffect("it is loaded already");
  const bool restores = !own_test_handed_.empty();
  // What lies in somebody else's it would take for its own, even what it has once left there. What
  // a damaged handover tells only the kernel knows.
  const bool others = std::ranges::find(handed_subtrees_, kOwnTestSubtree, &KhoSubtree::name) !=
                          handed_subtrees_.end() ||
                      (damaged_ && kernel->RetrieveSubtree(kOwnTestSubtree).ok());
  if (!restores && kernel->is_kho_boot() && others) {
    return outcome_->NoEffect("a subtree of its name is handed over that it has not saved");
  }
  own_test_loaded_ = true;
  const Geometry& g = machine_->geometry;
  std::vector<PfnRange> handed;
  for (const Preservation& block : own_test_handed_) {
    const Pfn head = g.PfnDown(block.phys);
    handed.push_back({head, head + (uint64_t{1} << block.order)});
  }
  const bool whole = std::ranges::all_of(handed, [this](PfnRange pfns) {
    return watch_->IsMemory(pfns) && kernel_->MagicOrder(pfns.begin).has_value();
  });
  const uint64_t faulted = faults_->hits();
  if (restores) report_->Premise(Invariant::kRoundTrip);
  watch_->AllowFree(handed);
  Calls("kho_test_init");
  const absl::Status status = kernel->LoadOwnTest(bytes, report_->op());
  if (!kernel->stopped().empty()) return;
  if (restores) {
    TakeRestored();
  } else if (status.ok() && kernel->kho_enabled()) {
    LearnSaved();
  }
  if (!status.ok()) {
    Refused(status);
    CheckOutgoing(Invariant::kUndo, "the kernel's own test, which has failed,");
    if (restores && whole && !damaged_ && faults_->hits() == faulted) {
      Fail(Invariant::kRoundTrip,
           absl::StrCat("the kernel's own test cannot restore what it has saved: ",
                        std::string(status.message())),
           handed.front());
    }
  } else if (!kernel->kho_enabled()) {
    outcome_->Say("KHO is off, and the test does nothing");
  } else {
    outcome_->Say(restores ? "restored" : "saved", ", ",
                  restores ? handed.size() : own_test_saved_.size(), " blocks");
  }
  watch_->CheckAfterOp();
}

// Which pages the test takes it decides itself: they are what else the tree holds now.
void Life::LearnSaved() {
  for (const Preservation& block : kernel_->Outgoing()) {
    if (!keys_.contains(shape_.EncodeUnchecked(block))) own_test_saved_.push_back(block);
  }
  AddKeys(own_test_saved_);
  CheckOutgoing(Invariant::kTreeIsSet, "the kernel's own test");
  CheckOutgoingUnpreserved(own_test_saved_, kernel_->bootmem(), machine_->geometry, *report_);
}

// Blocks without their magic are free, or the test's for good.
void Life::TakeRestored() {
  for (const Preservation& block : std::exchange(own_test_handed_, {})) {
    const Pfn head = machine_->geometry.PfnDown(block.phys);
    const PfnRange pfns{head, head + (uint64_t{1} << block.order)};
    if (kernel_->MagicOrder(head).has_value()) {
      watch_->ForbidFree({&pfns, 1});
      continue;
    }
    watch_->OnHeadRestored(head);
    if (watch_->IsMemory(pfns) && !kernel_->AllFree(pfns)) watch_->OnRestored(pfns);
  }
}

}  // namespace khofuzz
