// Whose kernels a scenario is played on.
#ifndef KHOFUZZ_SCENARIO_PLAYING_SUBJECT_H_
#define KHOFUZZ_SCENARIO_PLAYING_SUBJECT_H_

#include <utility>

#include "core/designs/lineage.h"
#include "core/faults.h"
#include "core/kernel.h"

namespace khofuzz {

// Designs of the model, or kernels from elsewhere. What is not a whole kernel (targets that play
// the algorithms by themselves) is the first design's either way.
struct Subject {
  Subject(Lineage plays = Lineage(), const KernelSource* from = nullptr)
      : designs(std::move(plays)), kernels(from) {}
  Subject(const Design& plays, const KernelSource* from = nullptr)
      : Subject(Lineage(plays), from) {}

  // The model's intended design.
  bool intended() const { return kernels == nullptr && designs.intended(); }

  Lineage designs;              // of kernels from elsewhere: what they are expected to match
  const KernelSource* kernels;  // null: the model's; not owned
  // As with panic_on_warn: a WARN of theirs breaks kernel-runs. The model has none.
  bool warns_break = false;
  // Where a play notes who allocates; null: nowhere. Not owned.
  FaultLog* fault_log = nullptr;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_PLAYING_SUBJECT_H_
