#include "cli/fuzz/verdict.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "oracle/invariant.h"
#include "system/confine.h"

namespace khofuzz {
namespace {

// libFuzzer's exit codes.
constexpr int kTimeoutExit = 70;
constexpr int kOutOfMemoryExit = 71;
constexpr int kInterruptedExit = 72;

// From `begin` up to the next `end`, or to the end of the text.
std::string_view Until(std::string_view text, size_t begin, std::string_view end) {
  return text.substr(begin, std::min(text.find(end, begin), text.size()) - begin);
}

// The line that holds position `at`, from there on.
std::string_view RestOfLine(std::string_view text, size_t at) { return Until(text, at, "\n"); }

// "khofuzz: SLUG is broken WHEN", then what, then "---". WHEN may be "after op line N", or that and
// ", as with QUIRK".
Verdict BrokenInvariant(std::string_view output) {
  constexpr std::string_view kBegin = "khofuzz: ";
  constexpr std::string_view kIsBroken = " is broken ";
  constexpr std::string_view kAfterOpLine = "after op line ";
  constexpr std::string_view kAsWith = ", as with ";
  const size_t at = output.find(kIsBroken);
  if (at == std::string_view::npos) return {};
  const size_t begin = output.rfind(kBegin, at);
  if (begin == std::string_view::npos) return {};
  Verdict verdict;
  verdict.invariant = output.substr(begin + kBegin.size(), at - begin - kBegin.size());
  if (!InvariantBySlug(verdict.invariant).has_value()) return {};
  const std::string_view when = RestOfLine(output, at + kIsBroken.size());
  if (when.starts_with(kAfterOpLine)) {
    const auto number = std::from_chars(when.data() + kAfterOpLine.size(),
                                        when.data() + when.size(), verdict.op_line);
    const std::string_view rest(number.ptr, when.data() + when.size());
    if (rest.starts_with(kAsWith)) verdict.same_as = rest.substr(kAsWith.size());
  }
  const size_t what = at + kIsBroken.size() + when.size();
  if (what < output.size()) verdict.what = Until(output, what + 1, "\n---");
  return verdict;
}

// The first function of ours on the stack, without its arguments.
std::string_view OwnFrame(std::string_view output) {
  constexpr std::string_view kIn = " in khofuzz::";
  for (size_t at = output.find(kIn); at != std::string_view::npos; at = output.find(kIn, at + 1)) {
    const std::string_view frame = Until(RestOfLine(output, at + 4), 0, "(/");
    // How the glue ends the process is not where the bug is.
    if (frame.starts_with("khofuzz::Crash") || frame.starts_with("khofuzz::PlayInput")) continue;
    constexpr std::string_view kAnonymous = "khofuzz::(anonymous namespace)::";
    const size_t prefix = frame.starts_with(kAnonymous) ? kAnonymous.size() : 0;
    return frame.substr(0, std::min(frame.find('(', prefix), frame.find(' ', prefix)));
  }
  return {};
}

// The sanitizer's or libFuzzer's headline: without process id, file path and addresses.
std::string Headline(std::string_view output, const ProcessEnd& end) {
  constexpr std::string_view kUndefined = "runtime error: ";
  if (const size_t at = output.find(kUndefined); at != std::string_view::npos) {
    return std::string(RestOfLine(output, at + kUndefined.size()));
  }
  constexpr std::string_view kError = "ERROR: ";
  if (const size_t at = output.find(kError); at != std::string_view::npos) {
    const std::string_view line = RestOfLine(output, at + kError.size());
    return std::string(Until(Until(line, 0, " on address "), 0, " on unknown address "));
  }
  return Describe(end);
}

std::string_view KindOfDeath(std::string_view output, const ProcessEnd& end) {
  if (end.exit_code == kTimeoutExit || output.find("libFuzzer: timeout") != output.npos) {
    return kHang;
  }
  if (end.exit_code == kOutOfMemoryExit || output.find("libFuzzer: out-of-memory") != output.npos) {
    return kOutOfMemory;
  }
  return output.find("detected memory leaks") != output.npos ? kLeak : kCrash;
}

}  // namespace

bool Verdict::violation() const { return InvariantBySlug(invariant).has_value(); }

Verdict JudgeOutput(std::string_view output, const ProcessEnd& end) {
  if (end.ok() || end.exit_code == kInterruptedExit) return {};
  if (std::string forbidden = ForbiddenIn(output); !forbidden.empty()) {
    return VerdictOf(
        {.kind = ProcessLoss::Kind::kForbidden, .end = end, .forbidden = std::move(forbidden)});
  }
  if (Verdict broken = BrokenInvariant(output); !broken.ok()) return broken;
  Verdict verdict{.invariant = std::string(KindOfDeath(output, end)),
                  .what = Headline(output, end)};
  const size_t report = std::min(output.find("ERROR: "), output.find("runtime error: "));
  if (report == std::string_view::npos) return verdict;
  if (const std::string_view frame = OwnFrame(output.substr(report)); !frame.empty()) {
    absl::StrAppend(&verdict.what, " in ", std::string(frame));
  }
  return verdict;
}

Verdict VerdictOf(const ProcessLoss& loss) {
  switch (loss.kind) {
    case ProcessLoss::Kind::kNone:
      return {};
    case ProcessLoss::Kind::kHang:
      return {std::string(kHang),
              absl::StrFormat("it runs for more than %g seconds", loss.seconds)};
    case ProcessLoss::Kind::kOutOfMemory:
      return {std::string(kOutOfMemory), Describe(loss)};
    case ProcessLoss::Kind::kForbidden:
      return {std::string(kForbiddenCall), Describe(loss)};
    case ProcessLoss::Kind::kCrash:
      break;
  }
  if (!loss.end.ok()) return JudgeOutput(loss.output, loss.end);
  return {std::string(kCrash), Describe(loss)};
}

std::string WrittenArtifact(std::string_view output) {
  constexpr std::string_view kWritten = "Test unit written to ";
  const size_t at = output.rfind(kWritten);
  if (at == std::string_view::npos) return {};
  return std::string(RestOfLine(output, at + kWritten.size()));
}

std::string WithoutNumbers(std::string_view what) {
  std::string plain;
  for (size_t i = 0; i < what.size();) {
    const bool in_word = i > 0 && (std::isalpha(static_cast<unsigned char>(what[i - 1])) != 0);
    if (std::isdigit(static_cast<unsigned char>(what[i])) == 0 || in_word) {
      plain += what[i++];
      continue;
    }
    // Hex digits and size suffixes belong to the number.
    while (i < what.size() && std::isalnum(static_cast<unsigned char>(what[i])) != 0) ++i;
    plain += '#';
  }
  return plain;
}

bool SameFailure(const Verdict& a, const Verdict& b) {
  if (a.invariant != b.invariant) return false;
  return a.violation() || WithoutNumbers(a.what) == WithoutNumbers(b.what);
}

}  // namespace khofuzz
