#include "scenario/explaining/answer.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "scenario/playing/state.h"

namespace khofuzz {
namespace {

void AppendOps(std::string& text, const std::vector<size_t>& lines, size_t ops,
               std::string_view how) {
  if (lines.empty()) return;
  constexpr size_t kMostNamed = 8;
  const std::vector<size_t> named(
      lines.begin(),
      lines.begin() + static_cast<std::ptrdiff_t>(std::min(lines.size(), kMostNamed)));
  absl::StrAppend(&text, "; ", lines.size(), " of ", ops, ops == 1 ? " op " : " ops ",
                  std::string(how), lines.size() == 1 ? ": op line " : ": op lines ",
                  absl::StrJoin(named, ", "), named.size() < lines.size() ? ", ..." : "");
}

}  // namespace

Answer AnswerOf(const Report& report) {
  Answer answer;
  for (const InvariantInfo& info : InvariantCatalogue()) {
    if (info.invariant == Invariant::kCanary) continue;
    ++answer.of;
    const uint64_t times = report.premises(info.invariant);
    answer.invariants += times != 0 ? 1 : 0;
    answer.times += times;
  }
  answer.kind = !report.ok()        ? Answer::Kind::kBreaks
                : answer.times != 0 ? Answer::Kind::kHolds
                                    : Answer::Kind::kNothing;
  if (answer.kind == Answer::Kind::kNothing) answer.why = "no invariant had a chance to fail";
  return answer;
}

Answer AnswerOf(const Played& played) {
  Answer answer = AnswerOf(played.state->report);
  answer.ops = played.ends.size();
  for (size_t i = 0; i < played.ends.size(); ++i) {
    if (played.ends[i] == OpEnd::kNoEffect) answer.without_effect.push_back(i + 1);
    if (played.ends[i] == OpEnd::kRefused) answer.refused.push_back(i + 1);
    if (played.ends[i] == OpEnd::kCut) answer.cut.push_back(i + 1);
  }
  const Life& life = played.state->life();
  if (!played.state->report.ok()) return answer;
  if (life.refused().empty()) {
    answer.left_out = life.why_dead();
    return answer;
  }
  // What was to be played could not be.
  answer.kind = Answer::Kind::kNothing;
  answer.why = life.why_dead();
  return answer;
}

std::string Basis(const Answer& answer) {
  std::string text =
      answer.kind == Answer::Kind::kNothing
          ? answer.why
          : absl::StrCat(answer.invariants, " of ", answer.of, " invariants put to the test, ",
                         answer.times, answer.times == 1 ? " time" : " times");
  AppendOps(text, answer.without_effect, answer.ops, "without effect");
  AppendOps(text, answer.refused, answer.ops, "refused");
  AppendOps(text, answer.cut, answer.ops, "cut to fit");
  if (!answer.without_effect.empty() || !answer.refused.empty() || !answer.cut.empty()) {
    absl::StrAppend(&text, " (explain says why)");
  }
  if (!answer.left_out.empty()) {
    absl::StrAppend(&text, "; the rest was NOT PLAYED: ", answer.left_out);
  }
  return text;
}

}  // namespace khofuzz
