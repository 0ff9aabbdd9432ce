#include "cli/commands/contained_file.h"

#include "absl/strings/str_cat.h"
#include "linux/source_line.h"

namespace khofuzz {
namespace {

constexpr Limits kOnTheModel = {.seconds = 5, .memory_mb = 1024};

}  // namespace

absl::Status CheckScenarioOptions(const ScenarioOptions& options) {
  const auto& seconds = options.time_limit;
  if (seconds.has_value() && !(*seconds > 0 && *seconds <= 1e8)) {
    return absl::InvalidArgumentError("--time-limit must be above 0, and at most 1e8 seconds");
  }
  const auto& memory = options.memory_limit_mb;
  if (memory.has_value() && (*memory < 64 || *memory > 1 << 30)) {
    return absl::InvalidArgumentError("--memory-limit must be 64 MiB at least, and 2^30 at most");
  }
  const Target* const target = options.target.empty() ? nullptr : FindTarget(options.target);
  if (target != nullptr && target->language && options.lenient) {
    return absl::InvalidArgumentError(absl::StrCat("--lenient has no effect with --target ",
                                                   std::string(target->name),
                                                   ": it plays any text as it is"));
  }
  return absl::OkStatus();
}

Limits LimitsFor(const ScenarioOptions& options) {
  const Limits usual = options.on.trees.empty() ? kOnTheModel : kLimitsOnTree;
  return {.seconds = options.time_limit.value_or(usual.seconds),
          .memory_mb = options.memory_limit_mb.value_or(usual.memory_mb)};
}

absl::Status CheckPlayable(const ScenarioFile& file, const Player& player) {
  const Target& target = *file.target;
  if (target.compares && !player.on_trees()) {
    return absl::FailedPreconditionError(
        absl::StrCat(file.path.string(), ": target ", std::string(target.name),
                     " compares a tree with the model: give --linux DIR"));
  }
  if (player.on_trees() && target.language) {
    return absl::FailedPreconditionError(
        absl::StrCat(file.path.string(), ": target ", std::string(target.name),
                     " plays the scenario language, which is no tree's"));
  }
  return absl::OkStatus();
}

std::string TellLoss(const ProcessLoss& loss) {
  std::string text = Describe(loss);
  const std::string place = PlaceOf(loss);
  if (!place.empty()) absl::StrAppend(&text, ", in ", place);
  if (loss.kind == ProcessLoss::Kind::kHang) {
    absl::StrAppend(&text, " (--time-limit gives it more)");
  } else if (loss.kind == ProcessLoss::Kind::kOutOfMemory) {
    absl::StrAppend(&text, " (--memory-limit gives it more)");
  }
  return text;
}

Naming NameFailure(const ScenarioFile& file, const Player& player, const Limits& limits) {
  if (!player.on_trees()) return {};
  const auto done = RunContained(
      [&] {
        const auto explained = player.Explain(file.scenario, *file.target);
        if (!explained.has_value()) {
          const auto of_release = player.BreaksOnRelease(file.scenario, *file.target);
          return of_release.has_value() ? absl::StrCat("r", *of_release) : std::string();
        }
        return absl::StrCat(explained->known ? "k" : "c", explained->quirks);
      },
      limits);
  if (!done.ok()) return {.explained = {}, .trouble = std::string(done.status().message())};
  if (!done->loss.ok()) return {.explained = {}, .trouble = TellLoss(done->loss)};
  if (done->result.empty()) return {};
  if (done->result[0] == 'r') {
    return {.explained = {}, .trouble = {}, .release_breaks = done->result.substr(1)};
  }
  Explanation explained{};
  explained.known = done->result[0] == 'k';
  explained.quirks = done->result.substr(1);
  return {.explained = explained, .trouble = {}};
}

std::string TellReleaseToo(const Naming& naming, const Player& player) {
  return absl::StrCat(player.ReleaseName(), " breaks the same here, as ", naming.release_breaks,
                      ", and comes to other states. There may be two causes: that one, and one of "
                      "the tree's own that makes the rest");
}

}  // namespace khofuzz
