/* Locks, atomics and waiting. Only one thing runs at a time here: a lock that is held when
 * somebody wants it will never be free. */
#ifndef KHOFUZZ_LINUX_SHIM_KERNEL_SYNC_H_
#define KHOFUZZ_LINUX_SHIM_KERNEL_SYNC_H_

struct mutex {
  bool held;
};
#define __MUTEX_INITIALIZER(name) {false}
#define DEFINE_MUTEX(name) struct mutex name = __MUTEX_INITIALIZER(name)
#define mutex_init(lock) ((void)((lock)->held = false))
#define mutex_lock(lock)                                                                 \
  do {                                                                                   \
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
#define mutex_is_locked(lock) ((lock)->held)
#define mutex_destroy(lock) ((void)(lock))

/* Who reads alone and who reads with others need not be told apart. */
#define rw_semaphore mutex
#define DECLARE_RWSEM(name) DEFINE_MUTEX(name)
#define init_rwsem(lock) mutex_init(lock)
#define down_read(lock) mutex_lock(lock)
#define up_read(lock) mutex_unlock(lock)
#define down_write(lock) mutex_lock(lock)
#define up_write(lock) mutex_unlock(lock)

static inline struct mutex* kf_begin_mutex(struct mutex* lock) {
  mutex_lock(lock);
  return lock;
}
static inline void kf_end_mutex(struct mutex** lock) { mutex_unlock(*lock); }
/* guard(mutex)(&lock); unlocks at the end of the block. */
#define guard(kind)                                                                     \
  __attribute__((unused, cleanup(kf_end_##kind))) struct kind* __UNIQUE_ID(kf_guard_) = \
      kf_begin_##kind

typedef struct {
  char unused;
} spinlock_t;
#define DEFINE_SPINLOCK(name) spinlock_t name
#define spin_lock_init(lock) ((void)(lock))
#define spin_lock(lock) ((void)(lock))
#define spin_unlock(lock) ((void)(lock))
#define spin_lock_irq(lock) ((void)(lock))
#define spin_unlock_irq(lock) ((void)(lock))
#define spin_lock_irqsave(lock, flags) ((void)(lock), (void)((flags) = 0))
#define spin_unlock_irqrestore(lock, flags) ((void)(lock), (void)(flags))
#define rcu_read_lock() ((void)0)
#define rcu_read_unlock() ((void)0)
#define rcu_dereference(p) (p)
#define rcu_assign_pointer(p, value) ((void)((p) = (value)))
#define synchronize_rcu() ((void)0)

#define atomic_set(v, n) ((void)((v)->counter = (n)))
#define atomic_read(v) ((v)->counter)
#define atomic_inc(v) ((void)++(v)->counter)
#define atomic_dec(v) ((void)--(v)->counter)
#define atomic_add(n, v) ((void)((v)->counter += (n)))
#define atomic_sub(n, v) ((void)((v)->counter -= (n)))
#define atomic_inc_return(v) (++(v)->counter)
#define atomic_dec_and_test(v) (--(v)->counter == 0)
#define atomic_long_set(v, n) ((void)((v)->counter = (long)(n)))
#define atomic_long_read(v) ((v)->counter)
#define atomic_long_add(n, v) ((void)((v)->counter += (long)(n)))
#define atomic_long_sub(n, v) ((void)((v)->counter -= (long)(n)))
#define atomic_long_inc(v) ((void)++(v)->counter)
#define atomic_long_dec(v) ((void)--(v)->counter)
#define atomic_try_cmpxchg_acquire(v, old, to) \
  ((v)->counter == *(old) ? ((v)->counter = (to), true) : (*(old) = (v)->counter, false))
#define atomic_set_release(v, n) atomic_set(v, n)

/* kthread_run() takes a note; who waits for a completion lets the noted threads run
 * (environment_jobs.c). */
struct completion {
  bool done;
};
#define DECLARE_COMPLETION(name) struct completion name
#define complete(c) ((void)((c)->done = true))
void kf_start_thread(int (*run)(void* data), void* data);
void wait_for_completion(struct completion* c);
#define kthread_run(run, data, ...) kf_start_thread(run, data)

struct cpumask {
  unsigned int weight;
};
const struct cpumask* cpumask_of_node(int nid);
#define cpumask_empty(mask) ((mask)->weight == 0)
#define cpumask_weight(mask) ((mask)->weight)
#define set_cpus_allowed_ptr(task, mask) ((void)0)
#define num_present_cpus() 1
#define num_online_cpus() 1
#define smp_processor_id() 0
#define jiffies 0UL
#define jiffies_to_msecs(j) ((unsigned int)(j))
#define cond_resched() ((void)0)
#define might_sleep() ((void)0)
#define touch_nmi_watchdog() ((void)0)

/* Keys are plain variables. */
struct static_key {
  bool on;
};
#define DEFINE_STATIC_KEY_MAYBE(config, name) struct static_key name
#define DECLARE_STATIC_KEY_MAYBE(config, name) extern struct static_key name
#define DECLARE_STATIC_KEY_TRUE(name) extern struct static_key name
#define static_branch_likely(key) ((key)->on)
#define static_branch_unlikely(key) ((key)->on)
#define static_branch_enable(key) ((void)((key)->on = true))
#define static_branch_disable(key) ((void)((key)->on = false))

#endif /* KHOFUZZ_LINUX_SHIM_KERNEL_SYNC_H_ */
