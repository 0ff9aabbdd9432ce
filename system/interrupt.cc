#include "system/interrupt.h"

namespace khofuzz {
namespace {

volatile sig_atomic_t caught = 0;

void Remember(int signal) { caught = signal; }

}  // namespace

Interrupt::Interrupt() {
  caught = 0;
  struct sigaction action = {};
  action.sa_handler = Remember;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &action, &before_[i]);
}

Interrupt::~Interrupt() {
  for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before_[i], nullptr);
}

int Interrupt::signal() const { return caught; }

}  // namespace khofuzz
