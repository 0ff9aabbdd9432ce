#include "linux/build/run_commands.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "linux/build/text_files.h"

namespace khofuzz {
namespace {

absl::StatusOr<pid_t> Start(const Command& command) {
  std::vector<char*> argv;
  for (const std::string& word : command.argv) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, command.output.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0666);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  posix_spawn_file_actions_addchdir_np(&actions, command.folder.c_str());
  pid_t pid = -1;
  const int error = posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return absl::UnavailableError(absl::StrCat(argv[0], ": ", strerror(error)));
  return pid;
}

absl::StatusOr<CommandEnd> Run(const Command& command) {
  const auto pid = Start(command);
  if (!pid.ok()) return pid.status();
  int status = 0;
  while (waitpid(*pid, &status, 0) < 0) {
    if (errno != EINTR) return absl::ErrnoToStatus(errno, command.argv[0]);
  }
  CommandEnd end;
  if (WIFSIGNALED(status)) {
    end.trouble = absl::StrCat("signal ", WTERMSIG(status), " (", strsignal(WTERMSIG(status)), ")");
  } else if (WEXITSTATUS(status) != 0) {
    end.trouble = absl::StrCat("exit code ", WEXITSTATUS(status));
  }
  end.ok = end.trouble.empty();
  auto output = ReadText(command.output);
  if (!output.ok()) return output.status();
  end.output = *std::move(output);
  return end;
}

}  // namespace

absl::StatusOr<std::vector<CommandEnd>> RunCommands(const std::vector<Command>& commands,
                                                    unsigned jobs) {
  std::vector<absl::StatusOr<CommandEnd>> ends(commands.size());
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < commands.size(); i = next++) ends[i] = Run(commands[i]);
  };
  std::vector<std::thread> workers;
  for (size_t i = 1; i < std::min<size_t>(jobs, commands.size()); ++i) workers.emplace_back(work);
  work();
  for (std::thread& worker : workers) worker.join();

  std::vector<CommandEnd> done;
  for (auto& end : ends) {
    if (!end.ok()) return end.status();
    done.push_back(*std::move(end));
  }
  return done;
}

}  // namespace khofuzz
