// Whose kernels a scenario is played on.
#ifndef KHOFUZZ_SCENARIO_SUBJECT_H_
#define KHOFUZZ_SCENARIO_SUBJECT_H_

#include "core/designs/design.h"
#include "core/kernel.h"

namespace khofuzz {

// A design of the model, or kernels from elsewhere. What is not a whole kernel (targets that play
// the algorithms by themselves) is the design's either way.
struct Subject {
  Subject(const Design& plays = Design(), const KernelSource* from = nullptr)
      : design(plays), kernels(from) {}

  // The model's intended design.
  bool intended() const { return kernels == nullptr && design.intended(); }

  Design design;
  const KernelSource* kernels;  // null: the model's; not owned
};

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_SUBJECT_H_
