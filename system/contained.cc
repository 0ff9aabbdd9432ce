#include "system/contained.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "system/clock.h"
#include "system/confine.h"

namespace khofuzz {
namespace {

constexpr std::string_view kFault = "fault ";
constexpr int kOutOfMemoryExit = 71;  // as libFuzzer has it
constexpr int kHungSignal = SIGQUIT;  // asks for the place, then ends
// For one that hangs to say where.
constexpr double kLastWordsSeconds = 0.5;

// ---- handlers: they may only make async-signal-safe calls ----

std::atomic<uint64_t> memory_limit_mb = 0;

void EndIfTooLarge(int) {
  const int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  std::array<char, 64> text{};
  const ssize_t n = read(file, text.data(), text.size() - 1);
  close(file);
  if (n <= 0) return;
  // All of it, what is resident, and what of that are pages of files, which are no memory of its
  // own: unwritten struct pages are (linux/arena.h).
  std::array<uint64_t, 3> counts{};
  const char* digit = text.data();
  for (uint64_t& count : counts) {
    for (; *digit >= '0' && *digit <= '9'; ++digit) {
      count = count * 10 + static_cast<uint64_t>(*digit - '0');
    }
    if (*digit == ' ') ++digit;
  }
  const uint64_t pages = counts[1] - std::min(counts[1], counts[2]);
  static const uint64_t page_size = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  if (pages * page_size >> 20 > memory_limit_mb) _exit(kOutOfMemoryExit);
}

struct Code {
  uint64_t begin = 0, end = 0;
  std::array<char, 1024> path{};
};
std::array<Code, 64> noted_code;
std::atomic<size_t> noted_count = 0;

void TellFault(int signal, siginfo_t*, void* context) {
  [[maybe_unused]] const auto* const at = static_cast<const ucontext_t*>(context);
  uint64_t pc = 0;
#if defined(__x86_64__)
  pc = static_cast<uint64_t>(at->uc_mcontext.gregs[REG_RIP]);
#elif defined(__aarch64__)
  pc = at->uc_mcontext.pc;
#endif
  TellPlace(pc);
  raise(signal);  // the handler was for once
}

// What TellFault() has said.
void TakeFault(ProcessLoss& loss) {
  const size_t at = loss.output.rfind("\n" + std::string(kFault));
  if (at == std::string::npos) return;
  const char* const end = loss.output.data() + loss.output.size();
  auto number = std::from_chars(loss.output.data() + at + 1 + kFault.size(), end, loss.pc);
  if (number.ptr == end || *number.ptr != ' ') return;
  number = std::from_chars(number.ptr + 1, end, loss.offset);
  if (number.ptr == end || *number.ptr != ' ') return;
  const size_t path = static_cast<size_t>(number.ptr + 1 - loss.output.data());
  loss.object = loss.output.substr(path, loss.output.find('\n', path) - path);
}

// ---- what the work returns, in memory that both processes have ----

class ResultFile {
 public:
  ResultFile() : fd_(memfd_create("khofuzz-result", MFD_CLOEXEC)) {}
  ~ResultFile() {
    if (fd_ >= 0) close(fd_);
  }
  ResultFile(const ResultFile&) = delete;
  ResultFile& operator=(const ResultFile&) = delete;

  bool ok() const { return fd_ >= 0; }

  // All of it or, where there is no memory for it, nothing that Read() would take.
  void Write(std::string_view result) const {
    uint64_t at = sizeof(uint64_t);
    const uint64_t size = result.size();
    while (!result.empty()) {
      const ssize_t n = pwrite(fd_, result.data(), result.size(), static_cast<off_t>(at));
      if (n <= 0) return;
      at += static_cast<uint64_t>(n);
      result.remove_prefix(static_cast<size_t>(n));
    }
    (void)!pwrite(fd_, &size, sizeof(size), 0);
  }

  // False if it was not written to the end.
  bool Read(std::string& result) const {
    uint64_t size = 0;
    if (pread(fd_, &size, sizeof(size), 0) != sizeof(size)) return false;
    result.resize(size);
    for (uint64_t at = 0; at < size;) {
      const ssize_t n =
          pread(fd_, result.data() + at, size - at, static_cast<off_t>(at + sizeof(size)));
      if (n <= 0) return false;
      at += static_cast<uint64_t>(n);
    }
    return true;
  }

 private:
  int fd_;
};

}  // namespace

void TellPlace(uint64_t pc) {
  const auto tell = [](uint64_t number) {
    std::array<char, 24> digits;
    const char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    WriteOut({digits.data(), static_cast<size_t>(end - digits.data())});
  };
  WriteOut("\n");
  WriteOut(kFault);
  tell(pc);
  for (size_t i = 0; i < noted_count; ++i) {
    const Code& code = noted_code[i];
    if (pc < code.begin || pc >= code.end) continue;
    WriteOut(" ");
    tell(pc - code.begin);
    WriteOut(" ");
    WriteOut(code.path.data());
    break;
  }
  WriteOut("\n");
}

void WriteOut(std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = write(STDOUT_FILENO, text.data(), text.size());
    if (n <= 0) return;
    text.remove_prefix(static_cast<size_t>(n));
  }
}

void LimitProcess(uint64_t memory_mb) {
  memory_limit_mb = memory_mb;
  // A stack that is used up leaves none for a handler.
  static std::array<char, 64 << 10> stack;
  const stack_t aside = {.ss_sp = stack.data(), .ss_flags = 0, .ss_size = stack.size()};
  sigaltstack(&aside, nullptr);
  struct sigaction fault = {};
  fault.sa_sigaction = TellFault;
  fault.sa_flags = SA_SIGINFO | SA_ONSTACK | static_cast<int>(SA_RESETHAND);
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, kHungSignal}) {
    struct sigaction before = {};
    // Sanitizers have handlers that tell more.
    sigaction(signal, nullptr, &before);
    if (before.sa_handler == SIG_DFL) sigaction(signal, &fault, nullptr);
  }
  struct sigaction watch = {};
  watch.sa_handler = EndIfTooLarge;
  watch.sa_flags = SA_RESTART | SA_ONSTACK;
  // Where it hangs is not in here.
  sigemptyset(&watch.sa_mask);
  sigaddset(&watch.sa_mask, kHungSignal);
  sigaction(SIGALRM, &watch, nullptr);
  const itimerval often = {.it_interval = {0, 100'000}, .it_value = {0, 100'000}};
  setitimer(ITIMER_REAL, &often, nullptr);
}

void NoteCode(const std::string& path, uint64_t begin, uint64_t end) {
  if (noted_count == noted_code.size()) return;
  Code& code = noted_code[noted_count];
  if (path.size() >= code.path.size()) return;
  code.begin = begin;
  code.end = end;
  std::memcpy(code.path.data(), path.c_str(), path.size() + 1);
  ++noted_count;
}

void LimitCpu(int milliseconds) {
  const itimerval limit = {.it_interval = {},
                           .it_value = {milliseconds / 1000, (milliseconds % 1000) * 1000}};
  setitimer(ITIMER_PROF, &limit, nullptr);
}

std::string_view Name(ProcessLoss::Kind kind) {
  switch (kind) {
    case ProcessLoss::Kind::kNone:
      break;
    case ProcessLoss::Kind::kCrash:
      return "crash";
    case ProcessLoss::Kind::kHang:
      return "hang";
    case ProcessLoss::Kind::kOutOfMemory:
      return "out-of-memory";
    case ProcessLoss::Kind::kForbidden:
      return "forbidden-call";
  }
  return "";
}

std::string Describe(const ProcessLoss& loss) {
  switch (loss.kind) {
    case ProcessLoss::Kind::kNone:
      break;
    case ProcessLoss::Kind::kCrash:
      return loss.end.ok() ? "it left before its work was done" : Describe(loss.end);
    case ProcessLoss::Kind::kHang:
      return absl::StrFormat("it ran for more than %g s and was ended", loss.seconds);
    case ProcessLoss::Kind::kOutOfMemory:
      return absl::StrCat("it took more than ", loss.memory_mb, " MiB and was ended");
    case ProcessLoss::Kind::kForbidden:
      return absl::StrCat("the tree's code tried to ", loss.forbidden, ", which was refused");
  }
  return "nothing";
}

ProcessLoss LossOf(const ProcessEnd& end, std::string output, uint64_t memory_mb) {
  ProcessLoss loss{.end = end, .output = std::move(output)};
  if (end.ok()) return loss;
  const bool memory = end.signal == 0 && end.exit_code == kOutOfMemoryExit;
  loss.kind = memory ? ProcessLoss::Kind::kOutOfMemory : ProcessLoss::Kind::kCrash;
  loss.memory_mb = memory ? memory_mb : 0;
  // Its own handler says what it was; where there is none, the kernel ends it.
  if (end.exit_code == kForbiddenExit || end.signal == SIGSYS) {
    loss.kind = ProcessLoss::Kind::kForbidden;
    loss.forbidden = ForbiddenIn(loss.output);
    if (loss.forbidden.empty()) {
      // The C library blocks all signals, and so the handler, while it starts a program.
      loss.forbidden = "make a system call that it may not, system() or posix_spawn() most likely";
    }
  }
  TakeFault(loss);
  return loss;
}

ProcessLoss EndHung(Process process, double seconds) {
  process.Signal(kHungSignal);
  const Clock::time_point patience = Clock::now() + Seconds(kLastWordsSeconds);
  while (!process.End().has_value() && Clock::now() < patience) usleep(1000);
  process.Kill();
  process.TakeLines();
  ProcessLoss loss{
      .kind = ProcessLoss::Kind::kHang, .seconds = seconds, .output = process.output()};
  TakeFault(loss);
  return loss;
}

absl::StatusOr<Contained> RunContained(const std::function<std::string()>& work,
                                       const Limits& limits, const std::function<bool()>& stop) {
  std::fflush(nullptr);  // what is unwritten would be written by the child as well
  const ResultFile file;
  if (!file.ok()) return absl::ErrnoToStatus(errno, "no memory to share with a child");
  auto process = Process::Fork([&] {
    LimitProcess(limits.memory_mb);
    file.Write(work());
    return 0;
  });
  if (!process.ok()) return absl::UnavailableError(std::string(process.status().message()));
  const Clock::time_point deadline = Clock::now() + Seconds(limits.seconds);
  while (!process->End().has_value()) {
    if (Clock::now() >= deadline || (stop && stop())) {
      return Contained{EndHung(*std::move(process), limits.seconds), {}};
    }
    // It ends its output when it ends, so this wakes up in time.
    pollfd readable = {process->output_fd(), POLLIN, 0};
    poll(&readable, 1, 20);
    if ((readable.revents & POLLIN) == 0 && readable.revents != 0) usleep(1000);
    process->TakeLines();
  }
  Contained done{LossOf(*process->End(), process->output(), limits.memory_mb), {}};
  // A tree's code may also call exit().
  if (done.loss.ok() && !file.Read(done.result)) done.loss.kind = ProcessLoss::Kind::kCrash;
  return done;
}

}  // namespace khofuzz
