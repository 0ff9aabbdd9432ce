/* Locks, atomics and waiting. Only one thing runs at a time here: a lock that is held when
 * somebody wants it will never be free. */
#ifndef KHOFUZZ_LINUX_SHIM_KERNEL_SYNC_H_
#define KHOFUZZ_LINUX_SHIM_KERNEL_SYNC_H_

/* `what` may sleep: environment_context.c tells the host where it must not. */
extern unsigned long kf_sleep_checks;
void kf_sleeps_in_atomic(const char* what, const struct kf_site* at, void* caller);
static inline bool kf_is_atomic(void) {
  const struct kf_depths* const d = &kf_now.depths;
  return (d->spin_locks | d->irqs_off | d->preemption_off | d->rcu_readers) != 0;
}
static inline void kf_may_sleep(const char* what, const struct kf_site* at, void* caller) {
  ++kf_sleep_checks;
  if (unlikely(kf_is_atomic())) kf_sleeps_in_atomic(what, at, caller);
}
#define KF_MAY_SLEEP(what) kf_may_sleep(what, KF_HERE, __builtin_return_address(0))
/* One more or one less of what forbids sleeping. */
#define KF_ENTER(depth) ((void)++kf_now.depths.depth)
#define KF_LEAVE(depth) kf_leave(&kf_now.depths.depth, #depth, KF_HERE)
static inline void kf_leave(unsigned int* depth, const char* what, const struct kf_site* at) {
  if (unlikely(!*depth)) kf_stop(KF_STOP_BUG, what, at);
  --*depth;
}

struct mutex {
  bool held;
};
#define __MUTEX_INITIALIZER(name) {false}
#define DEFINE_MUTEX(name) struct mutex name = __MUTEX_INITIALIZER(name)
#define mutex_init(lock) ((void)((lock)->held = false))
#define mutex_lock(lock)                                                                 \
  do {                                                                                   \
    KF_MAY_SLEEP("mutex_lock()");                                                        \
    if ((lock)->held) kf_stop(KF_STOP_PANIC, "a mutex is taken twice: " #lock, KF_HERE); \
    (lock)->held = true;                                                                 \
  } while (0)
#define mutex_unlock(lock) ((void)((lock)->held = false))
struct lock_class_key {
  char unused;
};
#define lockdep_set_class(lock, key) ((void)(key))
#define lockdep_assert_held(lock)                                                           \
  do {                                                                                      \
    if (!(lock)->held) kf_stop(KF_STOP_PANIC, "this wants the lock held: " #lock, KF_HERE); \
  } while (0)
#define lockdep_assert_held_write(lock) lockdep_assert_held(lock)
#define lockdep_assert_held_read(lock) lockdep_assert_held(lock)
#define lockdep_assert_not_held(lock)                                                      \
  do {                                                                                     \
    if ((lock)->held) kf_stop(KF_STOP_PANIC, "this wants the lock free: " #lock, KF_HERE); \
  } while (0)
#define lockdep_assert(condition) WARN_ON(!(condition))
#define lockdep_assert_once(condition) WARN_ON_ONCE(!(condition))
#define lockdep_assert_irqs_enabled() ((void)0)
#define lockdep_assert_irqs_disabled() ((void)0)
#define lockdep_is_held(lock) ((lock)->held)
#define lockdep_init_map(...) ((void)0)
#define lockdep_set_novalidate_class(lock) ((void)(lock))
#define might_lock(lock) ((void)(lock))
#define might_lock_read(lock) ((void)(lock))
#define mutex_is_locked(lock) ((lock)->held)
#define mutex_trylock(lock) ((lock)->held ? false : ((lock)->held = true))
#define mutex_lock_nested(lock, subclass) mutex_lock(lock)
/* Nobody sends signals. */
#define mutex_lock_interruptible(lock) \
  ({                                   \
    mutex_lock(lock);                  \
    0;                                 \
  })
#define mutex_lock_killable(lock) mutex_lock_interruptible(lock)
#define mutex_destroy(lock) ((void)(lock))

/* Who reads alone and who reads with others need not be told apart. */
#define rw_semaphore mutex
#define DECLARE_RWSEM(name) DEFINE_MUTEX(name)
#define init_rwsem(lock) mutex_init(lock)
#define down_read(lock) mutex_lock(lock)
#define up_read(lock) mutex_unlock(lock)
#define down_write(lock) mutex_lock(lock)
#define up_write(lock) mutex_unlock(lock)
#define __RWSEM_INITIALIZER(name) __MUTEX_INITIALIZER(name)
#define down_read_trylock(lock) mutex_trylock(lock)
#define down_write_trylock(lock) mutex_trylock(lock)
#define down_write_killable(lock) mutex_lock_interruptible(lock)
#define down_read_killable(lock) mutex_lock_interruptible(lock)
#define downgrade_write(lock) ((void)(lock))
#define rwsem_is_locked(lock) mutex_is_locked(lock)

DEFINE_GUARD(mutex, struct mutex*, mutex_lock(_T), mutex_unlock(_T))
DEFINE_GUARD(rwsem_read, struct rw_semaphore*, down_read(_T), up_read(_T))
DEFINE_GUARD(rwsem_write, struct rw_semaphore*, down_write(_T), up_write(_T))

typedef struct {
  bool held;
} spinlock_t, raw_spinlock_t, rwlock_t, seqlock_t, seqcount_t, local_lock_t;
#define __SPIN_LOCK_UNLOCKED(name) {0}
#define __RAW_SPIN_LOCK_UNLOCKED(name) {0}
#define DEFINE_SPINLOCK(name) spinlock_t name
#define DEFINE_RAW_SPINLOCK(name) raw_spinlock_t name
#define DEFINE_RWLOCK(name) rwlock_t name
#define DEFINE_SEQLOCK(name) seqlock_t name
static inline void kf_spin_lock(spinlock_t* lock, const char* twice, const struct kf_site* at) {
  if (lock->held) kf_stop(KF_STOP_PANIC, twice, at);
  lock->held = true;
  KF_ENTER(spin_locks);
}
static inline void kf_spin_unlock(spinlock_t* lock, const char* free, const struct kf_site* at) {
  if (!lock->held) kf_stop(KF_STOP_BUG, free, at);
  lock->held = false;
  kf_leave(&kf_now.depths.spin_locks, free, at);
}
static inline bool kf_spin_trylock(spinlock_t* lock) {
  if (lock->held) return false;
  KF_ENTER(spin_locks);
  return lock->held = true;
}
#define KF_SPIN_LOCK(lock) kf_spin_lock(lock, "a spin lock is taken twice: " #lock, KF_HERE)
#define KF_SPIN_UNLOCK(lock) \
  kf_spin_unlock(lock, "a spin lock is released that is free: " #lock, KF_HERE)
#define spin_lock_init(lock) ((void)((lock)->held = false))
#define spin_lock(lock) KF_SPIN_LOCK(lock)
#define spin_unlock(lock) KF_SPIN_UNLOCK(lock)
#define spin_lock_bh(lock) (KF_ENTER(preemption_off), KF_SPIN_LOCK(lock))
#define spin_unlock_bh(lock) (KF_SPIN_UNLOCK(lock), KF_LEAVE(preemption_off))
#define spin_lock_nested(lock, subclass) spin_lock(lock)
#define spin_trylock(lock) kf_spin_trylock(lock)
#define spin_is_locked(lock) ((lock)->held)
#define spin_lock_irq(lock) (KF_ENTER(irqs_off), KF_SPIN_LOCK(lock))
#define spin_unlock_irq(lock) (KF_SPIN_UNLOCK(lock), KF_LEAVE(irqs_off))
#define spin_lock_irqsave(lock, flags) ((flags) = 0, spin_lock_irq(lock))
#define spin_unlock_irqrestore(lock, flags) ((void)(flags), spin_unlock_irq(lock))
#define raw_spin_lock_init(lock) spin_lock_init(lock)
#define raw_spin_lock(lock) spin_lock(lock)
#define raw_spin_unlock(lock) spin_unlock(lock)
#define raw_spin_lock_irqsave(lock, flags) spin_lock_irqsave(lock, flags)
#define raw_spin_unlock_irqrestore(lock, flags) spin_unlock_irqrestore(lock, flags)
#define rwlock_init(lock) spin_lock_init(lock)
#define read_lock(lock) ((void)(lock), KF_ENTER(spin_locks))
#define read_unlock(lock) ((void)(lock), KF_LEAVE(spin_locks))
#define write_lock(lock) spin_lock(lock)
#define write_unlock(lock) spin_unlock(lock)
#define seqlock_init(lock) spin_lock_init(lock)
#define read_seqbegin(lock) ((void)(lock), 0u)
#define read_seqretry(lock, seq) ((void)(lock), (void)(seq), false)
#define write_seqlock(lock) spin_lock(lock)
#define write_sequnlock(lock) spin_unlock(lock)
DEFINE_GUARD(spinlock, spinlock_t*, spin_lock(_T), spin_unlock(_T))
DEFINE_GUARD(spinlock_irq, spinlock_t*, spin_lock_irq(_T), spin_unlock_irq(_T))
DEFINE_GUARD(spinlock_irqsave, spinlock_t*, spin_lock_irq(_T), spin_unlock_irq(_T))
DEFINE_GUARD(raw_spinlock, raw_spinlock_t*, raw_spin_lock(_T), raw_spin_unlock(_T))
#define rcu_read_lock() KF_ENTER(rcu_readers)
#define rcu_read_unlock() KF_LEAVE(rcu_readers)
#define preempt_disable() KF_ENTER(preemption_off)
#define preempt_enable() KF_LEAVE(preemption_off)
DEFINE_LOCK_GUARD_0(rcu, rcu_read_lock(), rcu_read_unlock())
DEFINE_LOCK_GUARD_0(preempt, preempt_disable(), preempt_enable())
#define rcu_dereference(p) (p)
#define rcu_dereference_raw(p) (p)
#define rcu_dereference_check(p, condition) ((void)sizeof(condition), (p))
#define rcu_dereference_protected(p, condition) ((void)sizeof(condition), (p))
#define rcu_access_pointer(p) (p)
#define rcu_read_lock_held() (kf_now.depths.rcu_readers != 0)
#define RCU_INIT_POINTER(p, value) ((void)((p) = (value)))
#define RCU_INITIALIZER(value) (value)
#define rcu_replace_pointer(p, value, condition) \
  ({                                             \
    __auto_type kf_before = (p);                 \
    (p) = (value);                               \
    kf_before;                                   \
  })
/* No reader is ever within: what waits for readers need not. */
#define call_rcu(head, fn) (fn)(head)
#define kfree_rcu(p, ...) kfree(p)
#define kfree_rcu_mightsleep(p) kfree(p)
#define kvfree_rcu(p, ...) kvfree(p)
#define rcu_barrier() KF_MAY_SLEEP("rcu_barrier()")
#define rcu_assign_pointer(p, value) ((void)((p) = (value)))
#define synchronize_rcu() KF_MAY_SLEEP("synchronize_rcu()")

/* The same names for each width. `op` of a variable's counter, and what it was or is then. */
#define KF_FETCH(v, op)                           \
  ({                                              \
    __auto_type kf_counted = (v);                 \
    __auto_type kf_fetched = kf_counted->counter; \
    kf_counted->counter = kf_fetched op;          \
    kf_fetched;                                   \
  })
#define KF_SWAP_IF(v, condition, to)            \
  ({                                            \
    __auto_type kf_counted = (v);               \
    __auto_type kf_found = kf_counted->counter; \
    if (condition) kf_counted->counter = (to);  \
    kf_found;                                   \
  })
#define KF_ADD(v, n) ((v)->counter += (__typeof__((v)->counter))(n))
#define KF_TRY_CMPXCHG(v, old, to) \
  ((v)->counter == *(old) ? ((v)->counter = (to), true) : (*(old) = (v)->counter, false))
#define atomic_read(v) ((v)->counter)
#define atomic_read_acquire(v) ((v)->counter)
#define atomic_set(v, n) ((void)((v)->counter = (__typeof__((v)->counter))(n)))
#define atomic_set_release(v, n) atomic_set(v, n)
#define atomic_inc(v) ((void)++(v)->counter)
#define atomic_dec(v) ((void)--(v)->counter)
#define atomic_add(n, v) ((void)KF_ADD(v, n))
#define atomic_sub(n, v) ((void)((v)->counter -= (__typeof__((v)->counter))(n)))
#define atomic_or(n, v) ((void)((v)->counter |= (n)))
#define atomic_and(n, v) ((void)((v)->counter &= (n)))
#define atomic_inc_return(v) (++(v)->counter)
#define atomic_dec_return(v) (--(v)->counter)
#define atomic_add_return(n, v) KF_ADD(v, n)
#define atomic_sub_return(n, v) ((v)->counter -= (__typeof__((v)->counter))(n))
#define atomic_inc_and_test(v) (++(v)->counter == 0)
#define atomic_dec_and_test(v) (--(v)->counter == 0)
#define atomic_sub_and_test(n, v) (atomic_sub_return(n, v) == 0)
#define atomic_fetch_add(n, v) KF_FETCH(v, +(n))
#define atomic_fetch_add_relaxed(n, v) KF_FETCH(v, +(n))
#define atomic_fetch_sub(n, v) KF_FETCH(v, -(n))
#define atomic_fetch_sub_release(n, v) KF_FETCH(v, -(n))
#define atomic_fetch_inc(v) KF_FETCH(v, +1)
#define atomic_fetch_dec(v) KF_FETCH(v, -1)
#define atomic_fetch_or(n, v) KF_FETCH(v, | (n))
#define atomic_fetch_and(n, v) KF_FETCH(v, &(n))
#define atomic_xchg(v, to) KF_SWAP_IF(v, true, to)
#define atomic_cmpxchg(v, old, to) KF_SWAP_IF(v, kf_found == (old), to)
#define atomic_try_cmpxchg(v, old, to) KF_TRY_CMPXCHG(v, old, to)
#define atomic_try_cmpxchg_relaxed(v, old, to) KF_TRY_CMPXCHG(v, old, to)
#define atomic_try_cmpxchg_acquire(v, old, to) KF_TRY_CMPXCHG(v, old, to)
#define atomic_try_cmpxchg_release(v, old, to) KF_TRY_CMPXCHG(v, old, to)
#define atomic_add_unless(v, n, unless) \
  (KF_SWAP_IF(v, kf_found != (unless), kf_found + (n)) != (unless))
#define atomic_inc_not_zero(v) atomic_add_unless(v, 1, 0)
#define atomic_inc_unless_negative(v) (KF_SWAP_IF(v, kf_found >= 0, kf_found + 1) >= 0)
#define atomic_dec_if_positive(v) (KF_SWAP_IF(v, kf_found > 0, kf_found - 1) - 1)
#define atomic_long_read(v) ((v)->counter)
#define atomic_long_read_acquire(v) ((v)->counter)
#define atomic_long_set(v, n) ((void)((v)->counter = (__typeof__((v)->counter))(n)))
#define atomic_long_set_release(v, n) atomic_long_set(v, n)
#define atomic_long_inc(v) ((void)++(v)->counter)
#define atomic_long_dec(v) ((void)--(v)->counter)
#define atomic_long_add(n, v) ((void)KF_ADD(v, n))
#define atomic_long_sub(n, v) ((void)((v)->counter -= (__typeof__((v)->counter))(n)))
#define atomic_long_or(n, v) ((void)((v)->counter |= (n)))
#define atomic_long_and(n, v) ((void)((v)->counter &= (n)))
#define atomic_long_inc_return(v) (++(v)->counter)
#define atomic_long_dec_return(v) (--(v)->counter)
#define atomic_long_add_return(n, v) KF_ADD(v, n)
#define atomic_long_sub_return(n, v) ((v)->counter -= (__typeof__((v)->counter))(n))
#define atomic_long_inc_and_test(v) (++(v)->counter == 0)
#define atomic_long_dec_and_test(v) (--(v)->counter == 0)
#define atomic_long_sub_and_test(n, v) (atomic_long_sub_return(n, v) == 0)
#define atomic_long_fetch_add(n, v) KF_FETCH(v, +(n))
#define atomic_long_fetch_add_relaxed(n, v) KF_FETCH(v, +(n))
#define atomic_long_fetch_sub(n, v) KF_FETCH(v, -(n))
#define atomic_long_fetch_sub_release(n, v) KF_FETCH(v, -(n))
#define atomic_long_fetch_inc(v) KF_FETCH(v, +1)
#define atomic_long_fetch_dec(v) KF_FETCH(v, -1)
#define atomic_long_fetch_or(n, v) KF_FETCH(v, | (n))
#define atomic_long_fetch_and(n, v) KF_FETCH(v, &(n))
#define atomic_long_xchg(v, to) KF_SWAP_IF(v, true, to)
#define atomic_long_cmpxchg(v, old, to) KF_SWAP_IF(v, kf_found == (old), to)
#define atomic_long_try_cmpxchg(v, old, to) KF_TRY_CMPXCHG(v, old, to)
#define atomic_long_try_cmpxchg_relaxed(v, old, to) KF_TRY_CMPXCHG(v, old, to)
#define atomic_long_try_cmpxchg_acquire(v, old, to) KF_TRY_CMPXCHG(v, old, to)
#define atomic_long_try_cmpxchg_release(v, old, to) KF_TRY_CMPXCHG(v, old, to)
#define atomic_long_add_unless(v, n, unless) \
  (KF_SWAP_IF(v, kf_found != (unless), kf_found + (n)) != (unless))
#define atomic_long_inc_not_zero(v) atomic_long_add_unless(v, 1, 0)
#define atomic_long_inc_unless_negative(v) (KF_SWAP_IF(v, kf_found >= 0, kf_found + 1) >= 0)
#define atomic_long_dec_if_positive(v) (KF_SWAP_IF(v, kf_found > 0, kf_found - 1) - 1)
#define atomic64_read(v) ((v)->counter)
#define atomic64_read_acquire(v) ((v)->counter)
#define atomic64_set(v, n) ((void)((v)->counter = (__typeof__((v)->counter))(n)))
#define atomic64_set_release(v, n) atomic64_set(v, n)
#define atomic64_inc(v) ((void)++(v)->counter)
#define atomic64_dec(v) ((void)--(v)->counter)
#define atomic64_add(n, v) ((void)KF_ADD(v, n))
#define atomic64_sub(n, v) ((void)((v)->counter -= (__typeof__((v)->counter))(n)))
#define atomic64_or(n, v) ((void)((v)->counter |= (n)))
#define atomic64_and(n, v) ((void)((v)->counter &= (n)))
#define atomic64_inc_return(v) (++(v)->counter)
#define atomic64_dec_return(v) (--(v)->counter)
#define atomic64_add_return(n, v) KF_ADD(v, n)
#define atomic64_sub_return(n, v) ((v)->counter -= (__typeof__((v)->counter))(n))
#define atomic64_inc_and_test(v) (++(v)->counter == 0)
#define atomic64_dec_and_test(v) (--(v)->counter == 0)
#define atomic64_sub_and_test(n, v) (atomic64_sub_return(n, v) == 0)
#define atomic64_fetch_add(n, v) KF_FETCH(v, +(n))
#define atomic64_fetch_add_relaxed(n, v) KF_FETCH(v, +(n))
#define atomic64_fetch_sub(n, v) KF_FETCH(v, -(n))
#define atomic64_fetch_sub_release(n, v) KF_FETCH(v, -(n))
#define atomic64_fetch_inc(v) KF_FETCH(v, +1)
#define atomic64_fetch_dec(v) KF_FETCH(v, -1)
#define atomic64_fetch_or(n, v) KF_FETCH(v, | (n))
#define atomic64_fetch_and(n, v) KF_FETCH(v, &(n))
#define atomic64_xchg(v, to) KF_SWAP_IF(v, true, to)
#define atomic64_cmpxchg(v, old, to) KF_SWAP_IF(v, kf_found == (old), to)
#define atomic64_try_cmpxchg(v, old, to) KF_TRY_CMPXCHG(v, old, to)
#define atomic64_try_cmpxchg_relaxed(v, old, to) KF_TRY_CMPXCHG(v, old, to)
#define atomic64_try_cmpxchg_acquire(v, old, to) KF_TRY_CMPXCHG(v, old, to)
#define atomic64_try_cmpxchg_release(v, old, to) KF_TRY_CMPXCHG(v, old, to)
#define atomic64_add_unless(v, n, unless) \
  (KF_SWAP_IF(v, kf_found != (unless), kf_found + (n)) != (unless))
#define atomic64_inc_not_zero(v) atomic64_add_unless(v, 1, 0)
#define atomic64_inc_unless_negative(v) (KF_SWAP_IF(v, kf_found >= 0, kf_found + 1) >= 0)
#define atomic64_dec_if_positive(v) (KF_SWAP_IF(v, kf_found > 0, kf_found - 1) - 1)
#define xchg(p, value)             \
  ({                               \
    __auto_type kf_at = (p);       \
    __auto_type kf_found = *kf_at; \
    *kf_at = (value);              \
    kf_found;                      \
  })
#define cmpxchg(p, old, to)               \
  ({                                      \
    __auto_type kf_at = (p);              \
    __auto_type kf_found = *kf_at;        \
    if (kf_found == (old)) *kf_at = (to); \
    kf_found;                             \
  })
#define try_cmpxchg(p, old, to) (*(p) == *(old) ? (*(p) = (to), true) : (*(old) = *(p), false))

/* kthread_run() takes a note; who waits for a completion lets the noted threads run
 * (environment_jobs.c). */
struct completion {
  bool done;
};
#define DECLARE_COMPLETION(name) struct completion name
#define DECLARE_COMPLETION_ONSTACK(name) struct completion name = {0}
#define COMPLETION_INITIALIZER(name) {0}
#define init_completion(c) ((void)((c)->done = false))
#define reinit_completion(c) ((void)((c)->done = false))
#define complete(c) ((void)((c)->done = true))
#define complete_all(c) complete(c)
#define completion_done(c) ((c)->done)
void kf_start_thread(int (*run)(void* data), void* data);
void kf_wait_for_completion(struct completion* c);
#define wait_for_completion(c) (KF_MAY_SLEEP("wait_for_completion()"), kf_wait_for_completion(c))
#define kthread_run(run, data, ...) (KF_MAY_SLEEP("kthread_run()"), kf_start_thread(run, data))

struct cpumask {
  unsigned int weight;
};
const struct cpumask* cpumask_of_node(int nid);
#define cpumask_empty(mask) ((mask)->weight == 0)
#define cpumask_weight(mask) ((mask)->weight)
#define set_cpus_allowed_ptr(task, mask) ((void)0)
#define num_present_cpus() 1
#define num_online_cpus() 1
#define num_possible_cpus() 1
#define nr_cpu_ids 1u
#define smp_processor_id() 0
#define raw_smp_processor_id() 0
#define get_cpu() (preempt_disable(), 0)
#define put_cpu() preempt_enable()
#define cpu_to_node(cpu) ((void)(cpu), first_online_node)
#define for_each_possible_cpu(cpu) for ((cpu) = 0; (cpu) < 1; ++(cpu))
#define for_each_online_cpu(cpu) for_each_possible_cpu(cpu)
#define for_each_present_cpu(cpu) for_each_possible_cpu(cpu)
#define per_cpu(name, cpu) (*((void)(cpu), &(name)))
#define per_cpu_ptr(p, cpu) ((void)(cpu), (p))
#define this_cpu_ptr(p) (p)
#define raw_cpu_ptr(p) (p)
#define get_cpu_ptr(p) (preempt_disable(), (p))
#define put_cpu_ptr(p) ((void)(p), preempt_enable())
#define this_cpu_read(name) (name)
#define this_cpu_write(name, value) ((void)((name) = (value)))
#define this_cpu_inc(name) ((void)++(name))
#define this_cpu_dec(name) ((void)--(name))
#define this_cpu_add(name, n) ((void)((name) += (n)))
#define __this_cpu_inc(name) this_cpu_inc(name)
#define alloc_percpu(type) ((type*)kzalloc(sizeof(type), GFP_KERNEL))
#define free_percpu(p) kfree(p)
/* Time stands still. */
#define HZ 1000
#define jiffies 0UL
#define jiffies_64 0ULL
#define get_jiffies_64() 0ULL
#define jiffies_to_msecs(j) ((unsigned int)(j))
#define msecs_to_jiffies(ms) ((unsigned long)(ms))
#define usecs_to_jiffies(us) ((unsigned long)(us) / 1000)
#define secs_to_jiffies(s) ((unsigned long)(s) * HZ)
#define time_after(a, b) ((long)((b) - (a)) < 0)
#define time_before(a, b) time_after(b, a)
#define time_after_eq(a, b) ((long)((a) - (b)) >= 0)
#define time_before_eq(a, b) time_after_eq(b, a)
#define NSEC_PER_USEC 1000L
#define NSEC_PER_MSEC 1000000L
#define NSEC_PER_SEC 1000000000L
#define USEC_PER_MSEC 1000L
#define USEC_PER_SEC 1000000L
#define MSEC_PER_SEC 1000L
typedef s64 ktime_t;
typedef s64 time64_t;
static inline ktime_t ktime_get(void) { return 0; }
#define ktime_get_boottime() ktime_get()
#define ktime_get_real() ktime_get()
#define ktime_get_ns() ((u64)ktime_get())
#define ktime_get_boottime_ns() ((u64)ktime_get())
#define ktime_get_real_ns() ((u64)ktime_get())
#define ktime_get_real_seconds() ((time64_t)ktime_get())
#define ktime_to_ns(t) ((s64)(t))
#define ktime_to_us(t) ((t) / NSEC_PER_USEC)
#define ktime_to_ms(t) ((t) / NSEC_PER_MSEC)
#define ktime_sub(a, b) ((a) - (b))
#define ktime_add(a, b) ((a) + (b))
#define ktime_us_delta(a, b) ktime_to_us((a) - (b))
#define ktime_ms_delta(a, b) ktime_to_ms((a) - (b))
#define local_clock() 0ULL
#define sched_clock() 0ULL
#define udelay(us) ((void)(us))
#define ndelay(ns) ((void)(ns))
#define mdelay(ms) ((void)(ms))
#define msleep(ms) ((void)(ms), KF_MAY_SLEEP("msleep()"))
#define fsleep(us) ((void)(us), KF_MAY_SLEEP("fsleep()"))
#define usleep_range(from, to) ((void)(from), (void)(to), KF_MAY_SLEEP("usleep_range()"))
#define schedule() KF_MAY_SLEEP("schedule()")
#define schedule_timeout(j) ((void)(j), KF_MAY_SLEEP("schedule_timeout()"), 0L)
#define yield() KF_MAY_SLEEP("yield()")
#define cpu_relax() barrier()
#define cond_resched() KF_MAY_SLEEP("cond_resched()")
/* It lets go of this one lock first. */
#define cond_resched_lock(lock)          \
  ({                                     \
    spin_unlock(lock);                   \
    KF_MAY_SLEEP("cond_resched_lock()"); \
    spin_lock(lock);                     \
    0;                                   \
  })
#define might_sleep() KF_MAY_SLEEP("might_sleep()")
#define might_sleep_if(condition) ((condition) ? might_sleep() : (void)0)
/* Where an allocation may wait for memory. */
#define might_alloc(gfp) \
  (((gfp) & __GFP_DIRECT_RECLAIM) ? KF_MAY_SLEEP("an allocation that may wait") : (void)0)
#define cant_sleep() ((void)0)
#define memalloc_noio_save() 0u
#define memalloc_noio_restore(flags) ((void)(flags))
#define memalloc_nofs_save() 0u
#define memalloc_nofs_restore(flags) ((void)(flags))
#define memalloc_noreclaim_save() 0u
#define memalloc_noreclaim_restore(flags) ((void)(flags))
#define local_irq_save(flags) ((void)((flags) = 0), KF_ENTER(irqs_off))
#define local_irq_restore(flags) ((void)(flags), KF_LEAVE(irqs_off))
#define local_irq_disable() KF_ENTER(irqs_off)
#define local_irq_enable() KF_LEAVE(irqs_off)
#define irqs_disabled() (kf_now.depths.irqs_off != 0)
#define in_interrupt() false
#define in_atomic() ((kf_now.depths.spin_locks | kf_now.depths.preemption_off) != 0)
#define in_task() true
#define in_irq() false
#define signal_pending(task) ((void)(task), false)
#define fatal_signal_pending(task) ((void)(task), false)
struct task_struct {
  pid_t pid, tgid;
  char comm[16];
};
static struct task_struct kf_task __attribute__((unused));
#define current (&kf_task)
enum system_states { SYSTEM_BOOTING, SYSTEM_SCHEDULING, SYSTEM_RUNNING, SYSTEM_HALT };
#define system_state SYSTEM_RUNNING
#define touch_nmi_watchdog() ((void)0)

/* Keys are plain variables. */
struct static_key {
  bool on;
};
#define DEFINE_STATIC_KEY_MAYBE(config, name) struct static_key name
#define DECLARE_STATIC_KEY_MAYBE(config, name) extern struct static_key name
#define DECLARE_STATIC_KEY_TRUE(name) extern struct static_key name
#define static_key_true static_key
#define static_key_false static_key
#define DEFINE_STATIC_KEY_TRUE(name) struct static_key name = {true}
#define DEFINE_STATIC_KEY_FALSE(name) struct static_key name = {false}
#define DEFINE_STATIC_KEY_TRUE_RO(name) DEFINE_STATIC_KEY_TRUE(name)
#define DEFINE_STATIC_KEY_FALSE_RO(name) DEFINE_STATIC_KEY_FALSE(name)
#define DECLARE_STATIC_KEY_FALSE(name) extern struct static_key name
#define static_key_enabled(key) ((key)->on)
#define static_branch_inc(key) static_branch_enable(key)
#define static_branch_dec(key) static_branch_disable(key)
#define static_branch_likely(key) ((key)->on)
#define static_branch_unlikely(key) ((key)->on)
#define static_branch_enable(key) ((void)((key)->on = true))
#define static_branch_disable(key) ((void)((key)->on = false))

#endif /* KHOFUZZ_LINUX_SHIM_KERNEL_SYNC_H_ */
