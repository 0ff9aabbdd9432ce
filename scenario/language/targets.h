// The fuzz targets: which ops the generator draws from, and what is compared. What a scenario means
// is its text's alone: whatever its target, all of it is played.
#ifndef KHOFUZZ_SCENARIO_LANGUAGE_TARGETS_H_
#define KHOFUZZ_SCENARIO_LANGUAGE_TARGETS_H_

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "scenario/language/scenario.h"

namespace khofuzz {

struct Target {
  std::string_view name;
  std::string_view doc;  // what it is about, in one sentence
  OpSet ops;
  // How many ops a generated scenario has at most, beside those that make it hand over.
  size_t max_ops = 24;
  // Plays the language itself (language.h) on the input's bytes, not the ops.
  bool language = false;
  // Beside a tree the model of the release that it is known to match is played: whatever they do,
  // they must do the same.
  bool compares = false;
  // Fails on purpose.
  bool canary = false;
};

// All of them, in the order they are shown; the canary last.
std::span<const Target> AllTargets();
// Whether it boots kernels, or calls parts of one by themselves.
bool BootsKernels(const Target& target);
// Whether the scenario has ops, and all of them are the target's.
bool IsOfTarget(const Scenario& scenario, const Target& target);
// Whether it is one for trees, too: quirks are the model's, and the language is nobody's kernel.
bool PlaysTrees(const Target& target);
// What plays ops on the model: not the language, what compares trees, or what fails on purpose.
const std::vector<const Target*>& TargetsOnModel();
// By name, with or without "fuzz_"; null if there is none.
const Target* FindTarget(std::string_view name);
// Draws from every op: what a scenario belongs to when nobody says.
const Target& AnyTarget();

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_LANGUAGE_TARGETS_H_
