#include "linux/line_tool.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "linux/source_line.h"

namespace khofuzz {
namespace {

using Words = std::vector<std::string>;

const std::array<Words, 2>& Programs() {
  static const std::array<Words, 2> programs = {Words{"addr2line"},
                                                Words{"llvm-symbolizer-19", "--output-style=GNU"}};
  return programs;
}

// No object has it: with the answer to this every other one is there.
constexpr std::string_view kLast = "0xffffffffffffffff\n";
constexpr std::string_view kLastAnswer = "0xffffffffffffffff\n?\?\n?\?:0\n";

// Starts a program that reads from and prints to `socket`; -1 if it cannot be.
pid_t Spawn(const Words& command, int socket) {
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, socket, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, socket, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t pid = -1;
  const int error = posix_spawnp(&pid, argv[0], &files, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  return error == 0 ? pid : -1;
}

}  // namespace

// One that is about one object. It ends when nobody can ask it any more.
class RunningLineTools::Program {
 public:
  Program(Words command, const std::string& object) {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return;
    command.insert(command.end(), {"-a", "-i", "-f", "-e", object});
    pid_ = Spawn(command, ends[1]);
    close(ends[1]);
    socket_ = ends[0];
  }
  ~Program() {
    if (socket_ >= 0) close(socket_);
    while (pid_ > 0 && waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // "" if it does not run.
  std::string Ask(const std::vector<uint64_t>& offsets) const {
    std::string question;
    for (const uint64_t offset : offsets) absl::StrAppend(&question, "0x", absl::Hex(offset), "\n");
    question += kLast;
    for (std::string_view rest = question; !rest.empty();) {
      const ssize_t n = send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return {};
      rest.remove_prefix(static_cast<size_t>(n));
    }
    std::string answer;
    while (!answer.ends_with(kLastAnswer)) {
      std::array<char, 4096> buffer{};
      const ssize_t n = read(socket_, buffer.data(), buffer.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return {};
      answer.append(buffer.data(), static_cast<size_t>(n));
    }
    answer.resize(answer.size() - kLastAnswer.size());
    return answer;
  }

 private:
  pid_t pid_ = -1;
  int socket_ = -1;
};

RunningLineTools::RunningLineTools() = default;
RunningLineTools::~RunningLineTools() = default;

std::string RunningLineTools::Ask(const std::string& path, const std::vector<uint64_t>& offsets) {
  // That one's answer would be taken for the last.
  if (std::ranges::count(offsets, UINT64_MAX) != 0) return {};
  auto& programs = programs_[path];
  for (size_t i = 0; i < Programs().size(); ++i) {
    if (i == programs.size()) programs.push_back(std::make_unique<Program>(Programs()[i], path));
    std::string answer = programs[i]->Ask(offsets);
    const std::vector<std::vector<SourceLine>> lines = FramesFrom(answer);
    if (lines.size() != offsets.size()) continue;
    if (std::ranges::any_of(lines, [](const auto& of) { return !of.empty(); })) return answer;
  }
  return {};
}

}  // namespace khofuzz
