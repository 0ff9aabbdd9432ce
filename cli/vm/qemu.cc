#include "cli/vm/qemu.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/vm/seen.h"
#include "system/clock.h"
#include "system/files.h"
#include "system/process.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

constexpr double kStartSeconds = 30;
constexpr double kPanicPace = 1;     // how often a silent guest's console is looked at
constexpr double kPanicSeconds = 2;  // for a panic's reboot, which ends the machine
constexpr size_t kDiskBlock = 4096;

int Connected(const fs::path& path) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string name = path.string();
  if (name.size() < sizeof(address.sun_path)) {
    std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
    if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return fd;
  }
  close(fd);
  return -1;
}

absl::Status Sent(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return absl::UnavailableError("the machine went off");
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return absl::OkStatus();
}

// What has come; there is something.
absl::StatusOr<std::string> Received(int socket) {
  std::array<char, 16 << 10> buffer{};
  ssize_t n = 0;
  do {
    n = recv(socket, buffer.data(), buffer.size(), 0);
  } while (n < 0 && errno == EINTR);
  if (n <= 0) return absl::UnavailableError("the machine went off");
  return std::string(buffer.data(), static_cast<size_t>(n));
}

std::string Padded(std::string bytes) {
  bytes.resize((bytes.size() + kDiskBlock - 1) / kDiskBlock * kDiskBlock, '\0');
  return bytes;
}

// Whether a machine can be made by `accelerator` and gets as far as a boot sector, which ends it
// at once. On a host that is a guest itself KVM may be there and refuse the processor, or take it
// and never run an instruction.
bool RunsAGuest(const std::string& accelerator, const std::string& cpu) {
  constexpr double kSeconds = 5;  // firmware takes less than one
  constexpr char kExits[] =
      "\xb0\x10"   // mov al, 16
      "\xe6\xf4";  // out 0xf4, al: QEMU's exit status is 2 * 16 + 1
  std::string sector(kExits, sizeof(kExits) - 1);
  sector.resize(510, '\0');
  sector += "\x55\xaa";
  sector.resize(1 << 20, '\0');  // the firmware reads of no disk that is less than a cylinder
  const auto folder = TemporaryFolder::Make("khofuzz-vm");
  if (!folder.ok()) return false;
  const fs::path disk = folder->path() / "sector.img";
  if (!WriteText(disk, sector).ok()) return false;
  const auto tried = RunToEnd(
      {"/bin/sh", "-c",
       "qemu-system-x86_64 -machine q35 -accel \"$1\" -cpu \"$2\" -nodefaults -display none "
       "-device isa-debug-exit,iobase=0xf4,iosize=1 "
       "-drive format=raw,if=virtio,readonly=on,file=\"$3\"; test $? -eq 33",
       "sh", accelerator, cpu, disk.string()},
      kSeconds);
  return tried.ok() && !tried->timed_out && tried->end.ok();
}

}  // namespace

std::string UsualAccelerator() {
  if (access("/dev/kvm", R_OK | W_OK) != 0) return "tcg";
  return RunsAGuest("kvm", "host") ? "kvm" : "tcg";
}

std::vector<std::string> QemuArguments(const VmScript& script, const VmImage& image,
                                       const std::string& accelerator, const fs::path& run,
                                       const fs::path& port, const fs::path& stub) {
  const size_t nodes = script.nodes.size();
  const size_t cpus = std::max<size_t>(2, nodes);
  std::vector<std::string> argv = {
      "/usr/bin/env", "qemu-system-x86_64", "-machine", "q35", "-accel",
      accelerator == "tcg" ? "tcg,thread=multi" : accelerator, "-cpu",
      accelerator == "tcg" ? "max" : "host", "-smp",
      nodes > 1 ? absl::StrCat(cpus, ",sockets=", cpus) : absl::StrCat(cpus), "-m",
      absl::StrCat(script.bytes >> 10, "K"), "-nodefaults", "-display", "none", "-no-reboot",
      // The first serial port is the console, the second the protocol's.
      "-serial", absl::StrCat("file:", (run / "console.txt").string()), "-serial",
      absl::StrCat("unix:", port.string(), ",server=on,wait=on"), "-gdb",
      absl::StrCat("unix:path=", stub.string(), ",server=on,wait=off"), "-S", "-drive",
      absl::StrCat("file=", (run / "next.img").string(), ",format=raw,if=virtio,readonly=on"),
      "-kernel", image.kernel.string(), "-initrd", image.initrd.string(), "-append",
      absl::StrCat(kGuestCommandLine, " ", CommandLineOf(script, script.kernels.front()))};
  for (size_t i = 0; nodes > 1 && i < nodes; ++i) {
    argv.insert(
        argv.end(),
        {"-object",
         absl::StrCat("memory-backend-ram,id=ram", i, ",size=", script.nodes[i].bytes >> 10, "K"),
         "-numa", absl::StrCat("node,nodeid=", i, ",memdev=ram", i, ",cpus=", i)});
  }
  return argv;
}

absl::Status WriteNextDisk(const VmImage& image, const fs::path& path) {
  const auto kernel = ReadText(image.kernel);
  if (!kernel.ok()) return kernel.status();
  const auto initrd = ReadText(image.initrd);
  if (!initrd.ok()) return initrd.status();
  std::string head;
  for (const uint64_t size : {uint64_t{kernel->size()}, uint64_t{initrd->size()}}) {
    for (unsigned byte = 0; byte < 8; ++byte) head += static_cast<char>(size >> (8 * byte) & 0xff);
  }
  return WriteText(path, absl::StrCat(Padded(head), Padded(*kernel), Padded(*initrd)));
}

absl::StatusOr<std::unique_ptr<QemuGuest>> QemuGuest::Start(const VmScript& script,
                                                            const VmImage& image,
                                                            const std::string& accelerator,
                                                            const fs::path& run) {
  if (const absl::Status disk = WriteNextDisk(image, run / "next.img"); !disk.ok()) return disk;
  // A socket's address is short, wherever the run's folder lies.
  auto folder = TemporaryFolder::Make("khofuzz-vm");
  if (!folder.ok()) return folder.status();
  const fs::path port = folder->path() / "port";
  const fs::path stub = folder->path() / "gdb";
  const std::vector<std::string> argv = QemuArguments(script, image, accelerator, run, port, stub);
  auto process = Process::StartIn(run.string(), (run / "qemu.txt").string(), argv);
  if (!process.ok()) return process.status();
  const auto deadline = Clock::now() + Seconds(kStartSeconds);
  std::array<int, 2> sockets = {-1, -1};
  for (size_t i = 0; i < sockets.size(); ++i) {
    while ((sockets[i] = Connected(i == 0 ? port : stub)) < 0) {
      const auto end = process->End();
      if (end.has_value() || Clock::now() > deadline) {
        if (i > 0) close(sockets[0]);
        const auto said = ReadText(run / "qemu.txt");
        if (end.has_value() && end->exit_code == 127) {
          return absl::NotFoundError(
              "no qemu-system-x86_64 here; tools/install-packages packages-vm.txt installs it");
        }
        return absl::UnavailableError(
            absl::StrCat("QEMU does not start: ", said.ok() ? *said : std::string()));
      }
      usleep(20'000);
    }
  }
  std::unique_ptr<QemuGuest> guest(
      new QemuGuest(*std::move(process), sockets[0], *std::move(folder), run / "console.txt"));
  guest->stub_ = std::make_unique<Stub>(sockets[1]);
  auto stops = PhaseStops::Begin(guest->stub_.get(), image.symbols);
  if (stops.ok()) {
    guest->stops_ = *std::move(stops);
  } else {
    guest->NoMoreStops(stops.status());
  }
  return guest;
}

QemuGuest::~QemuGuest() { close(socket_); }

absl::Status QemuGuest::Write(std::string_view bytes) { return Sent(socket_, bytes); }

absl::StatusOr<std::string> QemuGuest::Read(double seconds) {
  const auto deadline = Clock::now() + Seconds(seconds);
  for (;;) {
    pollfd readable[] = {{socket_, POLLIN, 0}, {stub_ ? stub_->socket() : -1, POLLIN, 0}};
    const double left = SecondsBetween(Clock::now(), deadline);
    if (left <= 0) {
      return absl::DeadlineExceededError(
          absl::StrCat("the guest says nothing for ", seconds, " seconds"));
    }
    const double wait = std::min(left, kPanicPace);
    const int ready = poll(readable, 2, static_cast<int>(wait * 1000) + 1);
    if (ready == 0 && Panicked()) {
      // Most often it goes off by itself now.
      AwaitEnd(kPanicSeconds);
      return absl::UnavailableError("the kernel has panicked");
    }
    if (ready <= 0) continue;
    if (readable[1].revents != 0) ServeStops(0);
    if (readable[0].revents == 0) continue;
    return Received(socket_);
  }
}

void QemuGuest::ServeStops(double seconds) {
  pollfd readable = {stub_ ? stub_->socket() : -1, POLLIN, 0};
  if (poll(&readable, 1, static_cast<int>(seconds * 1000)) <= 0) return;
  if (const absl::Status served = stops_->Serve(); !served.ok()) NoMoreStops(served);
}

void QemuGuest::NoMoreStops(const absl::Status& why) {
  // A stub that is left lets the machine run on. One that has gone off is no reason.
  if (!absl::IsUnavailable(why)) why_no_stops_ = std::string(why.message());
  stub_.reset();
}

QemuGuest::Stub::~Stub() {
  // Detached: the breakpoints go, and the machine runs. The stub takes the first character for no
  // more than a wish to stop it.
  (void)Sent(socket_, "\x03$D#44");
  close(socket_);
}

absl::Status QemuGuest::Stub::Write(std::string_view bytes) { return Sent(socket_, bytes); }

absl::StatusOr<std::string> QemuGuest::Stub::Read(double seconds) {
  pollfd readable = {socket_, POLLIN, 0};
  if (poll(&readable, 1, static_cast<int>(seconds * 1000)) <= 0) {
    return absl::DeadlineExceededError("QEMU's gdb stub says nothing");
  }
  return Received(socket_);
}

bool QemuGuest::Panicked() const {
  const auto console = ReadText(console_);
  return console.ok() && PanicIsOver(*console);
}

void QemuGuest::AwaitEnd(double seconds) {
  const auto begin = Clock::now();
  const bool panicked = Panicked();
  while (!process_.End().has_value() &&
         SecondsBetween(begin, Clock::now()) <
             (panicked ? std::min(seconds, kPanicSeconds) : seconds)) {
    if (stub_ != nullptr) {
      ServeStops(0.02);
    } else {
      usleep(20'000);
    }
  }
}

}  // namespace khofuzz
