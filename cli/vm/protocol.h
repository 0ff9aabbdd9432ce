// What the host and the guest of `khofuzz vm` say to each other, over a serial port.
//
// The host sends a line and waits for the answer; the guest's init (vm/guest/init.c) does what it
// says. When a kernel is up, and after each kexec, the guest says "ready" unasked.
//
//   read PATH                 "data SIZE" and so many bytes
//   call CALL                 the answer of the guest's module (vm/guest/khofuzz_guest.c)
//   call-failing N CALL       the same, while the allocation after N others fails
//   load COMMAND-LINE         kexec_file_load() of the same kernel: "ok"
//   kexec                     "ok", then the next kernel boots
//   off                       "ok", then the machine is off
//
// Calls: alloc FROM END NR FOLIO NODE MOVABLE, free, fill, check, preserve_folio, preserve_pages,
// vmalloc, preserve_vmalloc, unpreserve_*, restore_*, add_subtree, remove_subtree, get_subtree,
// page, reserve_mem, release_reserve_mem, state. Answers: "ok VALUES" or "error ERRNO".
#ifndef KHOFUZZ_CLI_VM_PROTOCOL_H_
#define KHOFUZZ_CLI_VM_PROTOCOL_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace khofuzz {

// Bytes from and to a guest.
class GuestChannel {
 public:
  virtual ~GuestChannel() = default;
  virtual absl::Status Write(std::string_view bytes) = 0;
  // What has come, at least a byte. Waits at most so long: DeadlineExceeded. Unavailable: the
  // guest is gone.
  virtual absl::StatusOr<std::string> Read(double seconds) = 0;
};

// "ok" and its values, or an error of the kernel's.
struct GuestAnswer {
  int64_t error = 0;   // as the kernel has it: -12; 0: ok
  std::string text{};  // of an error, after the number
  std::vector<std::string> values{};

  bool ok() const { return error == 0; }
  // The n-th value as a number, decimal or 0x; 0 where there is none.
  uint64_t Number(size_t n) const;
  // The n-th value as it is; empty where there is none.
  std::string Text(size_t n) const { return n < values.size() ? values[n] : std::string(); }
};
// Internal where the line is no answer.
absl::StatusOr<GuestAnswer> ParseGuestAnswer(std::string_view line);
// "-12 (Cannot allocate memory)"
std::string ErrorText(const GuestAnswer& answer);

class Guest {
 public:
  // `log`, if given, gets all that is said: "> " what the host says, "< " what the guest does, and
  // files as they are.
  explicit Guest(GuestChannel* channel, std::function<void(std::string_view)> log = nullptr)
      : channel_(channel), log_(std::move(log)) {}

  // All of them: DeadlineExceeded if nothing comes for `seconds`, Unavailable if the guest is gone,
  // Internal for what is no answer.
  absl::Status AwaitReady(double seconds);
  absl::StatusOr<GuestAnswer> Ask(std::string_view line, double seconds);
  // A file's content; NotFound where the guest cannot read it.
  absl::StatusOr<std::string> ReadFile(std::string_view path, double seconds);

 private:
  absl::Status Send(std::string_view line);
  absl::StatusOr<std::string> GetLine(double seconds);
  void Log(std::string_view what) const {
    if (log_) log_(what);
  }

  GuestChannel* channel_;
  std::function<void(std::string_view)> log_;
  std::string unread_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_VM_PROTOCOL_H_
