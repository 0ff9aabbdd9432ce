#include "cli/linux/crew.h"

#include <fcntl.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/fuzz/judge.h"
#include "cli/fuzz/process.h"

namespace khofuzz {
namespace {

constexpr std::string_view kAt = "at ";
constexpr std::string_view kSays = "= ";
constexpr std::string_view kFault = "fault ";
constexpr int kOutOfMemoryExit = 71;  // as libFuzzer has it; JudgeOutput() reads it
constexpr useconds_t kTick = 20'000;
constexpr double kSumSeconds = 0.5;
// A tree that hangs once does so again: waiting as long each time would leave time for little else.
constexpr int kPatienceOnceHung = 2;

// Everything goes out at once: a process that dies has said all it had to say.
void WriteAll(std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = write(STDOUT_FILENO, text.data(), text.size());
    if (n <= 0) return;
    text.remove_prefix(static_cast<size_t>(n));
  }
}

// ---- what limits a process; handlers may only make async-signal-safe calls ----

void EndIfTooLarge(int) {
  const int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  std::array<char, 64> text{};
  const ssize_t n = read(file, text.data(), text.size() - 1);
  close(file);
  const char* const resident = n > 0 ? std::strchr(text.data(), ' ') : nullptr;
  if (resident == nullptr) return;
  uint64_t pages = 0;
  for (const char* digit = resident + 1; *digit >= '0' && *digit <= '9'; ++digit) {
    pages = pages * 10 + static_cast<uint64_t>(*digit - '0');
  }
  static const uint64_t page_size = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  if (pages * page_size >> 20 > kMemoryMb) _exit(kOutOfMemoryExit);
}

void TellFault(int signal, siginfo_t*, void* context) {
  [[maybe_unused]] const auto* const at = static_cast<const ucontext_t*>(context);
  uint64_t pc = 0;
#if defined(__x86_64__)
  pc = static_cast<uint64_t>(at->uc_mcontext.gregs[REG_RIP]);
#elif defined(__aarch64__)
  pc = at->uc_mcontext.pc;
#endif
  std::array<char, 32> line{'\n'};
  std::memcpy(line.data() + 1, kFault.data(), kFault.size());
  char* end = std::to_chars(line.data() + 1 + kFault.size(), line.data() + line.size(), pc).ptr;
  *end++ = '\n';
  WriteAll({line.data(), static_cast<size_t>(end - line.data())});
  raise(signal);  // the handler was for once
}

void LimitProcess() {
  // A stack that is used up leaves none for a handler.
  static std::array<char, 64 << 10> stack;
  const stack_t aside = {.ss_sp = stack.data(), .ss_flags = 0, .ss_size = stack.size()};
  sigaltstack(&aside, nullptr);
  struct sigaction fault = {};
  fault.sa_sigaction = TellFault;
  fault.sa_flags = SA_SIGINFO | SA_ONSTACK | static_cast<int>(SA_RESETHAND);
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
    struct sigaction before = {};
    // Sanitizers have handlers that tell more.
    sigaction(signal, nullptr, &before);
    if (before.sa_handler == SIG_DFL) sigaction(signal, &fault, nullptr);
  }
  struct sigaction watch = {};
  watch.sa_handler = EndIfTooLarge;
  watch.sa_flags = SA_RESTART | SA_ONSTACK;
  sigaction(SIGALRM, &watch, nullptr);
  const itimerval often = {.it_interval = {0, 100'000}, .it_value = {0, 100'000}};
  setitimer(ITIMER_REAL, &often, nullptr);
}

// ---- the two sides ----

int Work(const CrewPlan& plan, CrewMember& member, uint64_t first) {
  LimitProcess();
  const CrewVoice voice;
  Clock::time_point summed = Clock::now();
  for (uint64_t item = first; item < plan.end; item += plan.members) {
    const Clock::time_point now = Clock::now();
    if (item >= plan.due && now >= plan.deadline) break;
    if (SecondsBetween(summed, now) > kSumSeconds) {
      member.SumUp(voice);
      summed = now;
    }
    WriteAll(absl::StrCat(std::string(kAt), item, "\n"));
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

uint64_t FaultIn(const std::string& output) {
  const size_t at = output.rfind("\n" + std::string(kFault));
  return at == std::string::npos ? 0 : NumberAfter(output.substr(at + 1), kFault);
}

Verdict Hangs(int seconds) {
  return {std::string(kHang), absl::StrCat("it runs for more than ", seconds, " seconds"), 0};
}

// One place in the crew, and whoever has it at the moment.
struct Post {
  uint64_t item = 0;  // at work
  std::optional<Process> process{};
  Clock::time_point heard{};

  absl::Status Fill(const CrewPlan& plan, CrewMember& member, uint64_t first) {
    item = first;
    heard = Clock::now();
    auto started = Process::Fork([&] { return Work(plan, member, first); });
    if (!started.ok()) return absl::UnavailableError(std::string(started.status().message()));
    process.emplace(*std::move(started));
    return absl::OkStatus();
  }

  void Listen(CrewListener& listener) {
    for (const std::string& line : process->TakeLines()) {
      heard = Clock::now();
      if (line.starts_with(kAt)) item = NumberAfter(line, kAt);
      if (line.starts_with(kSays)) listener.OnLine(line.substr(kSays.size()));
    }
  }
};

}  // namespace

void CrewVoice::Say(const std::string& line) const {
  WriteAll(absl::StrCat(std::string(kSays), line, "\n"));
}

void CrewVoice::Beat() const { WriteAll(".\n"); }

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
      const Verdict verdict = hangs ? Hangs(patience) : JudgeOutput(post.process->output(), *end);
      const uint64_t pc = hangs ? 0 : FaultIn(post.process->output());
      post.process.reset();
      if (hangs) patience = std::min(patience, kPatienceOnceHung);
      if (verdict.ok()) continue;
      listener.OnLoss({post.item, verdict, pc});
      const absl::Status filled = post.Fill(plan, member, post.item + plan.members);
      if (!filled.ok()) return filled;
    }
  }
  return absl::OkStatus();
}

CrewLoss DoAside(const std::function<void()>& work, double seconds) {
  std::fflush(nullptr);
  auto child = Process::Fork([&] {
    LimitProcess();
    work();
    return 0;
  });
  if (!child.ok()) return {};
  const RunOutcome run = RunToEnd(*std::move(child), seconds);
  if (run.timed_out) return {0, Hangs(static_cast<int>(seconds)), 0};
  return {0, JudgeOutput(run.output, run.end), FaultIn(run.output)};
}

}  // namespace khofuzz
