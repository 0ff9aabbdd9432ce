#include "system/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "system/clock.h"

namespace khofuzz {
namespace {

constexpr size_t kOutputKept = 64 << 10;

// What every child does before anything else. Only async-signal-safe calls.
void BecomeChild(pid_t parent, int output) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The parent may have died before that took effect.
  if (getppid() != parent) _exit(127);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) std::signal(signal, SIG_DFL);
  const rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(nothing, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
}

// A program and its arguments as execv() takes them.
class ArgumentList {
 public:
  explicit ArgumentList(const std::vector<std::string>& argv) {
    for (const std::string& word : argv) pointers_.push_back(const_cast<char*>(word.c_str()));
    pointers_.push_back(nullptr);
  }

  void Execute() const {
    execv(pointers_[0], pointers_.data());
    constexpr std::string_view kMessage = "it cannot be executed\n";
    (void)!write(STDERR_FILENO, kMessage.data(), kMessage.size());
  }

 private:
  std::vector<char*> pointers_;
};

}  // namespace

std::string Describe(const ProcessEnd& end) {
  if (end.signal == 0) return absl::StrCat("exit code ", end.exit_code);
  return absl::StrCat("signal ", end.signal, " (", strsignal(end.signal), ")");
}

absl::StatusOr<Process> Process::Launch(const std::function<void()>& in_child) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe");
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) {
    BecomeChild(parent, ends[1]);
    in_child();
    _exit(127);
  }
  const int error = errno;
  close(ends[1]);
  if (pid < 0) {
    close(ends[0]);
    return absl::ErrnoToStatus(error, "fork");
  }
  // Here as well as in the child: whoever comes first, the group exists when Kill() needs it.
  setpgid(pid, pid);
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return Process(pid, ends[0]);
}

absl::StatusOr<Process> Process::Start(const std::vector<std::string>& argv) {
  const ArgumentList arguments(argv);
  return Launch([&arguments] { arguments.Execute(); });
}

absl::StatusOr<Process> Process::StartIn(const std::string& folder, const std::string& output,
                                         const std::vector<std::string>& argv) {
  const ArgumentList arguments(argv);
  return Launch([&] {
    const int file = open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0 || chdir(folder.c_str()) != 0) return;
    dup2(file, STDOUT_FILENO);
    dup2(file, STDERR_FILENO);
    arguments.Execute();
  });
}

absl::StatusOr<Process> Process::Fork(const std::function<int()>& body) {
  return Launch([&body] { _exit(body()); });
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      fd_(std::exchange(other.fd_, -1)),
      end_(other.end_),
      output_(std::move(other.output_)),
      unread_(std::move(other.unread_)) {}

Process& Process::operator=(Process&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(fd_, other.fd_);
  std::swap(end_, other.end_);
  output_.swap(other.output_);
  unread_.swap(other.unread_);
  return *this;
}

Process::~Process() {
  if (pid_ > 0) {
    Kill();
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  if (fd_ >= 0) close(fd_);
}

void Process::ReadAvailable() {
  std::array<char, 16 << 10> buffer{};
  ssize_t n = 0;
  while ((n = read(fd_, buffer.data(), buffer.size())) > 0) {
    output_.append(buffer.data(), static_cast<size_t>(n));
    unread_.append(buffer.data(), static_cast<size_t>(n));
    for (std::string* kept : {&output_, &unread_}) {
      if (kept->size() > 2 * kOutputKept) kept->erase(0, kept->size() - kOutputKept);
    }
  }
}

std::vector<std::string> Process::TakeLines() {
  ReadAvailable();
  std::vector<std::string> lines;
  size_t begin = 0;
  for (size_t end = 0; (end = unread_.find('\n', begin)) != std::string::npos; begin = end + 1) {
    lines.push_back(unread_.substr(begin, end - begin));
  }
  unread_.erase(0, begin);
  return lines;
}

std::optional<ProcessEnd> Process::End() {
  if (end_.has_value()) return end_;
  int status = 0;
  const pid_t ended = waitpid(pid_, &status, WNOHANG);
  if (ended != pid_) return std::nullopt;
  end_ = WIFSIGNALED(status) ? ProcessEnd{0, WTERMSIG(status)} : ProcessEnd{WEXITSTATUS(status), 0};
  // Whatever it had started and left behind, such as a symbolizer.
  kill(-pid_, SIGKILL);
  pid_ = -1;
  ReadAvailable();
  return end_;
}

void Process::Signal(int signal) {
  if (pid_ > 0) kill(pid_, signal);
}

void Process::Kill() {
  if (pid_ > 0) kill(-pid_, SIGKILL);
}

absl::StatusOr<RunOutcome> RunToEnd(const std::vector<std::string>& argv, double seconds,
                                    const std::function<bool()>& stop) {
  auto process = Process::Start(argv);
  if (!process.ok()) return process.status();
  return RunToEnd(*std::move(process), seconds, stop);
}

RunOutcome RunToEnd(Process process, double seconds, const std::function<bool()>& stop) {
  const auto deadline = Clock::now() + Seconds(seconds);
  RunOutcome outcome;
  std::optional<ProcessEnd> end;
  while (!(end = process.End()).has_value()) {
    if (!outcome.timed_out && (Clock::now() >= deadline || (stop && stop()))) {
      outcome.timed_out = true;
      process.Kill();
    }
    pollfd readable = {process.output_fd(), POLLIN, 0};
    poll(&readable, 1, 20);
    // A closed pipe is readable for ever, so do not spin while the process takes its leave.
    if ((readable.revents & POLLIN) == 0 && readable.revents != 0) usleep(1000);
    process.TakeLines();
  }
  outcome.end = *end;
  outcome.output = process.output();
  return outcome;
}

}  // namespace khofuzz
