// Ctrl-C and its like, as a question that a loop asks.
#ifndef KHOFUZZ_SYSTEM_INTERRUPT_H_
#define KHOFUZZ_SYSTEM_INTERRUPT_H_

#include <signal.h>

#include <array>

namespace khofuzz {

// While it lives, the first SIGINT, SIGTERM or SIGHUP is remembered instead of ending the process;
// a second of the same kind ends it as ever. At most one may live.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  // The signal that came; 0 as long as none has.
  int signal() const;

 private:
  static constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, kSignals.size()> before_{};
};

}  // namespace khofuzz

#endif  // KHOFUZZ_SYSTEM_INTERRUPT_H_
