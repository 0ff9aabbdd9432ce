// A guest in QEMU: its command line, its process, its serial port.
#ifndef KHOFUZZ_CLI_VM_QEMU_H_
#define KHOFUZZ_CLI_VM_QEMU_H_

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/vm/phase_stops.h"
#include "cli/vm/protocol.h"
#include "cli/vm/script.h"
#include "system/files.h"
#include "system/process.h"

namespace khofuzz {

// What `vm build` leaves.
struct VmImage {
  std::filesystem::path kernel, initrd;
  std::string release{};  // "7.3.4-khofuzz"
  KernelSymbols symbols{};
};

// Stands on every kernel's command line: the console, that what goes wrong ends the machine, that
// the guest's module may call by address, and that an emulated timer may be late.
inline constexpr const char* kGuestCommandLine =
    "console=ttyS0 earlyprintk=serial,ttyS0,115200 ignore_loglevel panic=-1 oops=panic nokaslr "
    "ibt=off no_timer_check";

// "kvm" where a guest runs by it, which is tried; else "tcg".
std::string UsualAccelerator();

// argv. `run` is the folder of the run: the console goes to console.txt there, the disk with the
// next kernel is next.img, the port is the socket `port`, the gdb stub's, for which the machine
// waits, `stub`.
std::vector<std::string> QemuArguments(const VmScript& script, const VmImage& image,
                                       const std::string& accelerator,
                                       const std::filesystem::path& run,
                                       const std::filesystem::path& port,
                                       const std::filesystem::path& stub);

// What the guest loads the next kernel from (vm/guest/init.c): two sizes, then both files.
absl::Status WriteNextDisk(const VmImage& image, const std::filesystem::path& path);

// A running QEMU; destroying it ends it.
class QemuGuest final : public GuestChannel {
 public:
  // NotFound: there is no QEMU. Unavailable with what QEMU says if it does not start.
  static absl::StatusOr<std::unique_ptr<QemuGuest>> Start(const VmScript& script,
                                                          const VmImage& image,
                                                          const std::string& accelerator,
                                                          const std::filesystem::path& run);
  ~QemuGuest() override;
  QemuGuest(const QemuGuest&) = delete;
  QemuGuest& operator=(const QemuGuest&) = delete;

  absl::Status Write(std::string_view bytes) override;
  // Unavailable as well where a kernel has panicked, very early, and the machine stays on.
  absl::StatusOr<std::string> Read(double seconds) override;
  // Waits at most so long for the machine to go off by itself, and for one that has panicked a
  // moment.
  void AwaitEnd(double seconds);

  // What was seen at the boots' phases, as far as the machine could be stopped there; null: not at
  // all.
  const PhaseStops* stops() const { return stops_.has_value() ? &*stops_ : nullptr; }
  // Why it could not, or not to the end; empty: it could.
  const std::string& why_no_stops() const { return why_no_stops_; }

 private:
  // The gdb stub's end of its socket.
  class Stub final : public GuestChannel {
   public:
    explicit Stub(int socket) : socket_(socket) {}
    ~Stub() override;
    Stub(const Stub&) = delete;
    Stub& operator=(const Stub&) = delete;
    absl::Status Write(std::string_view bytes) override;
    absl::StatusOr<std::string> Read(double seconds) override;
    int socket() const { return socket_; }

   private:
    int socket_;
  };

  QemuGuest(Process process, int socket, TemporaryFolder folder, std::filesystem::path console)
      : process_(std::move(process)),
        socket_(socket),
        folder_(std::move(folder)),
        console_(std::move(console)) {}

  bool Panicked() const;
  // Where the machine has stopped, or does while `seconds` pass, what is there is noted, and it
  // runs on.
  void ServeStops(double seconds);
  void NoMoreStops(const absl::Status& why);

  Process process_;
  int socket_;
  TemporaryFolder folder_;  // of the sockets
  std::filesystem::path console_;
  std::unique_ptr<Stub> stub_;
  std::optional<PhaseStops> stops_;
  std::string why_no_stops_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_VM_QEMU_H_
