// Work that may do anything to the process that does it, a Linux tree's code say: done in a process
// of its own, which has so much time and memory and no more.
#ifndef KHOFUZZ_SYSTEM_CONTAINED_H_
#define KHOFUZZ_SYSTEM_CONTAINED_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "system/process.h"

namespace khofuzz {

struct Limits {
  double seconds = 10;
  uint64_t memory_mb = 2048;  // resident
};

// A process that did not come to the end of its work.
struct ProcessLoss {
  enum class Kind : uint8_t { kNone, kCrash, kHang, kOutOfMemory, kForbidden };

  Kind kind = Kind::kNone;
  ProcessEnd end;
  double seconds = 0;       // kHang: the limit
  uint64_t memory_mb = 0;   // kOutOfMemory: the limit
  std::string output{};     // the last of what it printed
  std::string forbidden{};  // kForbidden: "run a program (execve)" (system/confine.h)
  // Of the instruction at fault, or at work when it was ended; 0 if unknown. The process was a copy
  // of this one: what is loaded here was there at the same places.
  uint64_t pc = 0;
  std::string object{};  // the file whose code that is, if it was noted by NoteCode()
  uint64_t offset = 0;   // in that

  bool ok() const { return kind == Kind::kNone; }
};
// "crash", "hang", "out-of-memory", "forbidden-call"; empty for none.
std::string_view Name(ProcessLoss::Kind kind);
// "it ran for more than 30 s and was ended", "it took more than 1024 MiB and was ended", "signal 11
// (Segmentation fault)"
std::string Describe(const ProcessLoss& loss);

// What came of it: what `work` returned, if it came to its end.
struct Contained {
  ProcessLoss loss;
  std::string result;
};
// Does `work` in a copy of this process, whose memory nobody sees, and waits. `stop`, if given, is
// asked now and then; true ends the work, which counts as a hang. Unavailable if there is no
// process to be had.
absl::StatusOr<Contained> RunContained(const std::function<std::string()>& work,
                                       const Limits& limits,
                                       const std::function<bool()>& stop = nullptr);

// ---- for those who run such processes themselves ----

// From now on this process, a child, is ended when it takes more memory, and says on standard
// output where it was when it died or was asked by EndHung().
void LimitProcess(uint64_t memory_mb);
// The code in [begin, end) was loaded by this process, a child, from the file `path`: where it was
// when it died is then said in terms of that file.
void NoteCode(const std::string& path, uint64_t begin, uint64_t end);
// From now on this process may take that long of the processor's time; then SIGPROF ends it. 0: as
// long as it likes.
void LimitCpu(int milliseconds);
// How a child of those that called LimitProcess(memory_mb) ended.
ProcessLoss LossOf(const ProcessEnd& end, std::string output, uint64_t memory_mb);
// Ends one that takes longer than `seconds`.
ProcessLoss EndHung(Process process, double seconds);
// From a signal's handler: says on standard output that `pc` is where it all ends, for LossOf().
void TellPlace(uint64_t pc);
// Writes all of it to standard output at once, past any buffer.
void WriteOut(std::string_view text);

}  // namespace khofuzz

#endif  // KHOFUZZ_SYSTEM_CONTAINED_H_
