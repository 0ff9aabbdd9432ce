#include "linux/line_server.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <memory>
#include <set>
#include <span>
#include <utility>

#include "linux/line_tool.h"
#include "linux/source_line.h"
#include "system/files.h"
#include "system/process.h"

namespace khofuzz {
namespace {

// Longer than any answer takes.
constexpr int kPatienceMs = 10'000;

// So many offsets at a time; their answers, some 100 bytes for each inlined function, fit into a
// pipe.
constexpr size_t kMostOffsets = 64;
constexpr int kPipeBytes = 1 << 20;

// One datagram, as long as its offsets are many, and with it the end of a pipe that the answer goes
// to: whoever asks waits for nobody else's.
struct Question {
  uint64_t object = 0;  // its number
  std::array<uint64_t, kMostOffsets> offsets{};
};
constexpr size_t SizeOf(size_t offsets) { return (1 + offsets) * sizeof(uint64_t); }

union FileMessage {
  cmsghdr header;
  std::array<char, CMSG_SPACE(sizeof(int))> bytes;
};

bool Send(int socket, Question question, size_t offsets, int answer) {
  iovec part = {&question, SizeOf(offsets)};
  FileMessage file{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = &file;
  message.msg_controllen = sizeof(file);
  file.header.cmsg_level = SOL_SOCKET;
  file.header.cmsg_type = SCM_RIGHTS;
  file.header.cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(&file.header), &answer, sizeof(answer));
  return sendmsg(socket, &message, MSG_NOSIGNAL) == static_cast<ssize_t>(SizeOf(offsets));
}

// False if there is nobody left to ask. `answer` is -1 if no file came along.
bool Receive(int socket, Question& question, size_t& offsets, int& answer) {
  iovec part = {&question, sizeof(question)};
  FileMessage file{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = &file;
  message.msg_controllen = sizeof(file);
  answer = -1;
  ssize_t n = 0;
  while ((n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) {
  }
  if (n <= 0) return false;
  const cmsghdr* const header = CMSG_FIRSTHDR(&message);
  if (header != nullptr && header->cmsg_type == SCM_RIGHTS) {
    std::memcpy(&answer, CMSG_DATA(header), sizeof(answer));
  }
  offsets = static_cast<size_t>(n) / sizeof(uint64_t);
  if (offsets == 0) return true;
  --offsets;
  return true;
}

// An object, and the file that it was when it was served.
struct Served {
  std::string path;
  std::string identity;

  friend bool operator==(const Served&, const Served&) = default;
};

int Serve(int socket, const std::vector<Served>& objects) {
  std::signal(SIGPIPE, SIG_IGN);
  RunningLineTools tools;
  Question question;
  size_t offsets = 0;
  int answer = -1;
  while (Receive(socket, question, offsets, answer)) {
    if (answer < 0) continue;
    // Who does not take an answer gets none.
    fcntl(answer, F_SETFL, O_NONBLOCK);
    const Served* const object =
        question.object < objects.size() ? &objects[question.object] : nullptr;
    // Of a file that has taken its place nothing is told: those are other lines.
    if (offsets != 0 && object != nullptr && FileIdentity(object->path) == object->identity) {
      const std::string text =
          tools.Ask(object->path, {question.offsets.begin(), question.offsets.begin() + offsets});
      (void)!write(answer, text.data(), text.size());
    }
    close(answer);
  }
  return 0;
}

std::string Ask(int socket, uint64_t object, std::span<const uint64_t> offsets) {
  Question question{.object = object};
  std::ranges::copy(offsets, question.offsets.begin());
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  fcntl(ends[1], F_SETPIPE_SZ, kPipeBytes);
  const bool sent = Send(socket, question, offsets.size(), ends[1]);
  close(ends[1]);
  std::string text;
  while (sent) {
    pollfd readable = {ends[0], POLLIN, 0};
    const int ready = poll(&readable, 1, kPatienceMs);
    if (ready < 0 && errno == EINTR) continue;
    std::array<char, 4096> buffer{};
    const ssize_t n = ready > 0 ? read(ends[0], buffer.data(), buffer.size()) : 0;
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    text.append(buffer.data(), static_cast<size_t>(n));
  }
  close(ends[0]);
  return text;
}

// The server, and this side's end of what leads to it.
struct Line {
  explicit Line(Process server) : process(std::move(server)) {}
  Process process;
  int socket = -1;
  std::vector<Served> objects;
};

}  // namespace

absl::Status ServeLines(const std::vector<std::string>& objects) {
  // It stays until this process ends, so that the tool below may ask it until then; its children
  // have copies of this and must not end it with their own.
  static Line* line = nullptr;
  static std::set<std::string> all;
  all.insert(objects.begin(), objects.end());
  std::vector<Served> served;
  for (const std::string& path : all) served.push_back({path, FileIdentity(path)});
  if (line != nullptr && line->objects == served) return absl::OkStatus();
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return absl::ErrnoToStatus(errno, "socketpair");
  }
  auto server = Process::Fork([&] {
    close(ends[0]);
    return Serve(ends[1], served);
  });
  close(ends[1]);
  if (!server.ok()) {
    close(ends[0]);
    return server.status();
  }
  if (line != nullptr) {
    close(line->socket);
    delete line;
  }
  line = new Line(*std::move(server));
  line->socket = ends[0];
  line->objects = std::move(served);
  SetLineTool([](const std::string& path, const std::vector<uint64_t>& offsets) {
    const auto at = std::ranges::find(line->objects, path, &Served::path);
    if (at == line->objects.end()) return RunningLineTools().Ask(path, offsets);
    std::string answers;
    for (size_t i = 0; i < offsets.size(); i += kMostOffsets) {
      answers += Ask(line->socket, static_cast<uint64_t>(at - line->objects.begin()),
                     std::span(offsets).subspan(i, std::min(kMostOffsets, offsets.size() - i)));
    }
    return answers;
  });
  return absl::OkStatus();
}

}  // namespace khofuzz
