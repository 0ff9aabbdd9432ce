// Child processes: started, listened to, ended. None outlives this process.
#ifndef KHOFUZZ_SYSTEM_PROCESS_H_
#define KHOFUZZ_SYSTEM_PROCESS_H_

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace khofuzz {

// How a process ended.
struct ProcessEnd {
  int exit_code = 0;
  int signal = 0;  // the one that killed it; 0 if it exited by itself

  bool ok() const { return exit_code == 0 && signal == 0; }
};
// "exit code 77", "signal 9 (Killed)"
std::string Describe(const ProcessEnd& end);

// A child that reads nothing and whose standard output and error, as one stream, are kept: its last
// 64K. It is in a process group of its own, so a terminal's Ctrl-C reaches this process alone, and
// the kernel kills it when this process dies, however that happens. Destroying it kills it.
//
// The process that starts children must have one thread.
class Process {
 public:
  // Runs the program argv[0]. A program that cannot be executed ends with exit code 127.
  static absl::StatusOr<Process> Start(const std::vector<std::string>& argv);
  // The same in `folder`, with what it prints going to the file `output` instead of to here.
  static absl::StatusOr<Process> StartIn(const std::string& folder, const std::string& output,
                                         const std::vector<std::string>& argv);
  // Runs `body` in a copy of this process, which exits with what it returns.
  static absl::StatusOr<Process> Fork(const std::function<int()>& body);

  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  ~Process();

  // For poll(): readable when there is output to take.
  int output_fd() const { return fd_; }
  // The whole lines of output since the last call. Does not wait.
  std::vector<std::string> TakeLines();
  // The last 64K of its output.
  const std::string& output() const { return output_; }

  // How it ended, once it has; its last lines can then still be taken. Does not wait.
  std::optional<ProcessEnd> End();
  // Sends a signal to it alone; Kill() ends it and all it has started.
  void Signal(int signal);
  void Kill();

 private:
  Process(pid_t pid, int fd) : pid_(pid), fd_(fd) {}
  static absl::StatusOr<Process> Launch(const std::function<void()>& in_child);
  void ReadAvailable();

  pid_t pid_;  // -1 once it has ended and been waited for
  int fd_;
  std::optional<ProcessEnd> end_;
  std::string output_;
  std::string unread_;  // output not taken as lines yet
};

struct RunOutcome {
  ProcessEnd end;
  bool timed_out = false;
  std::string output;
};
// Runs argv to its end, for at most `seconds`; `stop`, if given, is asked now and then and ends it
// early, which counts as timed out.
absl::StatusOr<RunOutcome> RunToEnd(const std::vector<std::string>& argv, double seconds,
                                    const std::function<bool()>& stop = nullptr);
// The same with a process that runs already.
RunOutcome RunToEnd(Process process, double seconds, const std::function<bool()>& stop = nullptr);

}  // namespace khofuzz

#endif  // KHOFUZZ_SYSTEM_PROCESS_H_
