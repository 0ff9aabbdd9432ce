/* Contexts in which nobody may sleep. */
#include "environment.h"

unsigned long kf_sleep_checks;

/* The first of them that forbids it. */
static const char* why(const struct kf_depths* depths) {
  return depths->spin_locks       ? "a spin lock is held"
         : depths->irqs_off       ? "interrupts are off"
         : depths->preemption_off ? "preemption is off"
                                  : "an RCU reader is within";
}

static void tell(const char* what, const struct kf_depths* depths, const struct kf_site* at,
                 void* caller) {
  char text[96];
  snprintf(text, sizeof(text), "%s while %s", what, why(depths));
  KF_TELL(sleeps, text, at, caller);
}

void kf_sleeps_in_atomic(const char* what, const struct kf_site* at, void* caller) {
  tell(what, &kf_now.depths, at, caller);
}

void kf_check_depths(const struct kf_depths* before, const char* who) {
  const struct kf_depths now = kf_now.depths;
  if (now.spin_locks == before->spin_locks && now.irqs_off == before->irqs_off &&
      now.preemption_off == before->preemption_off && now.rcu_readers == before->rcu_readers) {
    return;
  }
  static const struct kf_site here = {"return", "", 0};
  char what[64];
  kf_now.depths = *before;
  snprintf(what, sizeof(what), "%s returns", who);
  tell(what, &now, &here, NULL);
}
