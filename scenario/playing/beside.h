// A real kernel's parts, played beside the model's: after every op the two must show the same.
#ifndef KHOFUZZ_SCENARIO_PLAYING_BESIDE_H_
#define KHOFUZZ_SCENARIO_PLAYING_BESIDE_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "core/kernel_parts.h"
#include "core/memblock/memblock.h"
#include "oracle/report.h"

namespace khofuzz {

struct RawTree;

class Beside {
 public:
  // `report` is told of differences (kernels-agree); it outlives this.
  Beside(std::unique_ptr<KernelParts> parts, Report* report)
      : parts_(std::move(parts)), report_(report) {}

  KernelParts& parts() { return *parts_; }
  // Nothing may be played on it any more.
  bool lost() const { return lost_; }

  // What `call` came to: both succeed, or both fail in the same way.
  void CompareOutcome(std::string_view call, const absl::Status& model, const absl::Status& real);
  // To be asked when `model` has done something, before the kernel does the same: true if the model
  // has placed an array where something else is or may come to be (quirk
  // memblock-frees-array-first, or somebody frees what is not his). What the kernel reads there is
  // anything; it is lost.
  bool LosesTo(const Memblock& model);
  // Both arrays, region by region.
  void CompareMemblock(const Memblock& model);
  void CompareFreeRanges(const Memblock& model, NodeId nid, MemblockFlags flags);
  // All keys, how many pages the tree has, and that no others are held.
  void CompareKeys(const RawTree& model);
  void CompareNumbers(std::string_view what, uint64_t model, uint64_t real);

 private:
  // kernels-agree, by the last call.
  void Fail(std::string what);

  std::unique_ptr<KernelParts> parts_;
  Report* report_;
  std::string call_;  // the last that was compared, without parentheses
  bool lost_ = false;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_PLAYING_BESIDE_H_
