#include "linux/line_tool.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "linux/source_line.h"
#include "system/files.h"

namespace khofuzz {
namespace {

using Words = std::vector<std::string>;

const std::array<Words, 2>& Programs() {
  static const std::array<Words, 2> programs = {Words{"addr2line"},
                                                Words{"llvm-symbolizer-19", "--output-style=GNU"}};
  return programs;
}

// No object has it: with the answer to this, two lines more, every other one is there.
constexpr uint64_t kLast = UINT64_MAX;
constexpr std::string_view kLastAnswer = "0xffffffffffffffff\n";
// So many offsets at a time: a program that cannot print its answers reads no further.
constexpr size_t kMostAsked = 64;
constexpr int kMostMs = 2000;  // for a portion

// Whether all answers are there; if so, without the last.
bool CutLast(std::string& answer) {
  size_t at = answer.rfind(kLastAnswer);
  if (at == std::string::npos || (at != 0 && answer[at - 1] != '\n')) return false;
  if (std::count(answer.begin() + static_cast<std::ptrdiff_t>(at), answer.end(), '\n') < 3) {
    return false;
  }
  answer.resize(at);
  return true;
}

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
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Nullopt if it does not run, or not as it should.
  std::optional<std::string> Ask(std::span<const uint64_t> offsets) const {
    std::string question;
    for (uint64_t offset : offsets) {
      // Nobody knows that one either.
      if (offset == kLast) --offset;
      absl::StrAppend(&question, "0x", absl::Hex(offset), "\n");
    }
    absl::StrAppend(&question, "0x", absl::Hex(kLast), "\n");
    for (std::string_view rest = question; !rest.empty();) {
      const ssize_t n = send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return std::nullopt;
      rest.remove_prefix(static_cast<size_t>(n));
    }
    std::string answer;
    while (!CutLast(answer)) {
      pollfd readable = {socket_, POLLIN, 0};
      const int ready = poll(&readable, 1, kMostMs);
      if (ready < 0 && errno == EINTR) continue;
      std::array<char, 4096> buffer{};
      const ssize_t n = ready > 0 ? read(socket_, buffer.data(), buffer.size()) : 0;
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return std::nullopt;
      answer.append(buffer.data(), static_cast<size_t>(n));
    }
    return answer;
  }

 private:
  pid_t pid_ = -1;
  int socket_ = -1;
};

RunningLineTools::RunningLineTools() = default;
RunningLineTools::~RunningLineTools() = default;

std::string RunningLineTools::Ask(const std::string& path, const std::vector<uint64_t>& offsets) {
  if (offsets.empty()) return {};
  Object& object = objects_[path];
  std::string identity = FileIdentity(path);
  if (object.identity != identity) object = {std::move(identity)};
  object.programs.resize(Programs().size());
  for (size_t i = 0; i < Programs().size(); ++i) {
    std::unique_ptr<Program>& program = object.programs[i];
    bool answered = program != nullptr, again = false;
    std::string all;
    for (size_t at = 0; at < offsets.size();) {
      if (program == nullptr) program = std::make_unique<Program>(Programs()[i], path);
      const size_t count = std::min(kMostAsked, offsets.size() - at);
      const auto answer = program->Ask(std::span(offsets).subspan(at, count));
      if (answer.has_value()) {
        all += *answer;
        at += count;
        answered = true;
        continue;
      }
      program = nullptr;
      if (!answered || std::exchange(again, true)) break;
    }
    const std::vector<std::vector<SourceLine>> lines = FramesFrom(all);
    if (lines.size() != offsets.size()) continue;
    if (std::ranges::any_of(lines, [](const auto& of) { return !of.empty(); })) return all;
  }
  return {};
}

}  // namespace khofuzz
