/* What a context may do: how many of each are in force that forbid to sleep. What may sleep looks
 * at them, and tells the host where it must not. */
#ifndef KHOFUZZ_LINUX_SHIM_KERNEL_CONTEXT_H_
#define KHOFUZZ_LINUX_SHIM_KERNEL_CONTEXT_H_

struct kf_depths {
  unsigned int spin_locks; /* and rwlocks, seqlocks that are written */
  unsigned int irqs_off, preemption_off, rcu_readers;
};

#endif /* KHOFUZZ_LINUX_SHIM_KERNEL_CONTEXT_H_ */
