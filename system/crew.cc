#include "system/crew.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "system/process.h"

namespace khofuzz {
namespace {

constexpr std::string_view kAt = "at ";
constexpr std::string_view kNotes = "# ";
constexpr std::string_view kSays = "= ";
constexpr useconds_t kTick = 20'000;
constexpr double kSumSeconds = 0.5;
// A tree that hangs once does so again: waiting as long each time would leave time for little else.
constexpr int kPatienceOnceHung = 2;

// ---- the two sides ----

int Work(const CrewPlan& plan, CrewMember& member, uint64_t first) {
  LimitProcess(plan.memory_mb);
  const CrewVoice voice;
  Clock::time_point summed = Clock::now();
  for (uint64_t item = first; item < plan.end; item += plan.members) {
    const Clock::time_point now = Clock::now();
    if (item >= plan.due && now >= plan.deadline) break;
    if (SecondsBetween(summed, now) > kSumSeconds) {
      member.SumUp(voice);
      summed = now;
    }
    WriteOut(absl::StrCat(std::string(kAt), item, "\n"));
    member.Do(item, voice);
  }
  member.SumUp(voice);
  return 0;
}

uint64_t NumberAfter(const std::string& line, std::string_view prefix) {
  uint64_t number = 0;
  std::from_chars(line.data() + prefix.size(), line.data() + line.size(), number);
  return number;
}

// One place in the crew, and whoever has it at the moment.
struct Post {
  uint64_t item = 0;  // at work
  std::string note{};
  std::optional<Process> process{};
  Clock::time_point heard{};

  absl::Status Fill(const CrewPlan& plan, CrewMember& member, uint64_t first) {
    item = first;
    note.clear();
    heard = Clock::now();
    auto started = Process::Fork([&] { return Work(plan, member, first); });
    if (!started.ok()) return absl::UnavailableError(std::string(started.status().message()));
    process.emplace(*std::move(started));
    return absl::OkStatus();
  }

  void Listen(CrewListener& listener) {
    for (const std::string& line : process->TakeLines()) {
      heard = Clock::now();
      if (line.starts_with(kAt)) {
        item = NumberAfter(line, kAt);
        note.clear();
      }
      if (line.starts_with(kNotes)) absl::CUnescape(line.substr(kNotes.size()), &note);
      if (line.starts_with(kSays)) listener.OnLine(line.substr(kSays.size()));
    }
  }
};

}  // namespace

void CrewVoice::Say(const std::string& line) const {
  WriteOut(absl::StrCat(std::string(kSays), line, "\n"));
}

void CrewVoice::Note(std::string_view what) const {
  WriteOut(absl::StrCat(std::string(kNotes), absl::CEscape(std::string(what)), "\n"));
}

void CrewVoice::Beat() const { WriteOut(".\n"); }

absl::Status RunCrew(const CrewPlan& plan, CrewMember& member, CrewListener& listener) {
  std::fflush(nullptr);  // what is unwritten would be written by every child
  std::vector<Post> posts(plan.members);
  for (unsigned i = 0; i < plan.members; ++i) {
    const absl::Status filled = posts[i].Fill(plan, member, i);
    if (!filled.ok()) return filled;
  }
  int patience = plan.hang_seconds;
  for (bool working = true; working && listener.OnTick();) {
    usleep(kTick);
    working = false;
    for (Post& post : posts) {
      if (!post.process.has_value()) continue;
      working = true;
      const auto end = post.process->End();
      post.Listen(listener);
      const bool hangs = !end.has_value() && SecondsBetween(post.heard, Clock::now()) > patience;
      if (!end.has_value() && !hangs) continue;
      const ProcessLoss loss = hangs ? EndHung(*std::move(post.process), patience)
                                     : LossOf(*end, post.process->output(), plan.memory_mb);
      post.process.reset();
      if (hangs) patience = std::min(patience, kPatienceOnceHung);
      if (loss.ok()) continue;
      listener.OnLoss({post.item, loss, post.note});
      const absl::Status filled = post.Fill(plan, member, post.item + plan.members);
      if (!filled.ok()) return filled;
    }
  }
  return absl::OkStatus();
}

}  // namespace khofuzz
