#include "cli/judge/board.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

// More would say the same again.
constexpr size_t kMaxUnasked = 8;

size_t Index(Invariant invariant) { return static_cast<size_t>(invariant); }

}  // namespace

bool ShorterThan(const Scenario& a, const Scenario& b) {
  const auto lines = [](const Scenario& s) { return std::tuple(s.op_count(), s.machine.size()); };
  if (lines(a) != lines(b)) return lines(a) < lines(b);
  const std::string text_a = Print(a);
  const std::string text_b = Print(b);
  return std::tuple(text_a.size(), text_a) < std::tuple(text_b.size(), text_b);
}

Board::Board(std::vector<Contender> contenders, Options options)
    : contenders_(std::move(contenders)),
      options_(std::move(options)),
      standings_(contenders_.size()),
      shrinking_(contenders_.size()) {}

void Board::CountScenario(const std::vector<bool>& concerned) {
  ++scenarios_;
  const std::lock_guard lock(mutex_);
  for (size_t i = 1; i < standings_.size(); ++i) standings_[i].not_exercised += !concerned[i];
}

Detection Board::Now(size_t contender) const {
  return {standings_[contender].executions, scenarios_,
          options_.seconds ? options_.seconds() : 0.0};
}

void CostSums::Add(const CostSums& other) {
  runs += other.runs;
  for (size_t i = 0; i < kCostCount; ++i) {
    design[i] += other.design[i];
    baseline[i] += other.baseline[i];
  }
}

void Board::CountTrial(size_t contender, const Report& report, const Costs* baseline,
                       bool differed) {
  ++runs_;
  const std::lock_guard lock(mutex_);
  Standing& standing = standings_[contender];
  ++standing.executions;
  standing.differed += differed;
  for (const InvariantInfo& info : InvariantCatalogue()) {
    const uint64_t premises = report.premises(info.invariant);
    Cell& cell = standing.cells[Index(info.invariant)];
    cell.premises += premises;
    cell.scenarios += premises != 0;
  }
  // A run that broke something ended there, so its costs would be those of half a life.
  if (report.ok() && baseline != nullptr) standing.costs.Add({1, report.costs(), *baseline});
}

bool Board::Offer(size_t contender, Counterexample counterexample) {
  const std::lock_guard lock(mutex_);
  Standing& standing = standings_[contender];
  Cell& cell = standing.cells[Index(counterexample.violation.invariant)];
  if (!standing.first.has_value()) standing.first = Now(contender);
  if (!cell.first.has_value()) cell.first = Now(contender);
  if (cell.shortest.has_value()) {
    const Scenario& best = cell.shortest->scenario;
    // The same one again may come as the end of its shrinking.
    if (counterexample.scenario == best) cell.shortest->shrunk |= counterexample.shrunk;
    if (!ShorterThan(counterexample.scenario, best)) return false;
  }
  cell.shortest = std::move(counterexample);
  if (options_.better) options_.better(contenders_[contender], *cell.shortest);
  return true;
}

void Board::ReportUnasked(size_t contender, const Target& target, const Scenario& scenario) {
  const std::lock_guard lock(mutex_);
  if (unasked_.size() == kMaxUnasked) return;
  unasked_.push_back(absl::StrCat(
      contenders_[contender].name, " differs from intended in a scenario of ",
      std::string(target.name), " that reaches none of its decision points:\n", Print(scenario)));
}

std::vector<bool> Board::Broken() const {
  const std::lock_guard lock(mutex_);
  std::vector<bool> broken;
  for (const Standing& standing : standings_) broken.push_back(standing.broken());
  return broken;
}

std::optional<size_t> Board::OpLines(size_t contender, Invariant invariant) const {
  const std::lock_guard lock(mutex_);
  const Cell& cell = standings_[contender].cells[Index(invariant)];
  if (!cell.shortest.has_value()) return std::nullopt;
  return cell.shortest->scenario.op_count();
}

std::optional<Board::ShrinkJob> Board::ClaimShrink(unsigned attempts) {
  const std::lock_guard lock(mutex_);
  Shrinking* chosen = nullptr;
  ShrinkJob job;
  for (size_t i = 0; i < standings_.size(); ++i) {
    for (size_t k = 0; k < kInvariantCount; ++k) {
      const Cell& cell = standings_[i].cells[k];
      Shrinking& state = shrinking_[i][k];
      if (!cell.shortest.has_value() || cell.shortest->shrunk || state.claimed ||
          state.attempts >= attempts) {
        continue;
      }
      chosen = &state;
      attempts = state.attempts;
      job = {i, *cell.shortest, state.attempts};
    }
  }
  if (chosen == nullptr) return std::nullopt;
  chosen->claimed = true;
  return job;
}

void Board::EndShrink(const ShrinkJob& job) {
  const std::lock_guard lock(mutex_);
  Shrinking& state = shrinking_[job.contender][Index(job.start.violation.invariant)];
  state.claimed = false;
  ++state.attempts;
}

std::vector<Standing> Board::standings() const {
  const std::lock_guard lock(mutex_);
  return standings_;
}

std::vector<std::string> Board::unasked() const {
  const std::lock_guard lock(mutex_);
  return unasked_;
}

size_t Board::CaughtSoFar() const {
  const std::lock_guard lock(mutex_);
  size_t caught = 0;
  for (size_t i = 0; i < contenders_.size(); ++i) {
    caught += !contenders_[i].expected_to_hold() && standings_[i].broken();
  }
  return caught;
}

}  // namespace khofuzz
