/* Messages, warnings and the end of all. */
#ifndef KHOFUZZ_LINUX_SHIM_KERNEL_PRINTK_H_
#define KHOFUZZ_LINUX_SHIM_KERNEL_PRINTK_H_

/* Where in the tree's source this is: the builder makes __FILE__ a path below the tree's top. */
#define KF_HERE                                                           \
  ({                                                                      \
    static const struct kf_site kf_here = {__func__, __FILE__, __LINE__}; \
    &kf_here;                                                             \
  })

/* What belongs to the call into the tree that runs now; environment.h keeps one for each. */
struct kf_context {
  struct kf_entry* entry;            /* where to return to when the kernel stops */
  const struct kf_site* last_lookup; /* the last place that looked up a struct page */
  const struct kf_site* on_behalf;   /* of whom it is done, where that is in another file */
  void* memblock_caller;             /* who called the allocation of memblock's that is under way */
};
extern struct kf_context kf_now;
/* `call` on behalf of this place. */
#define KF_ON_BEHALF(call)                                   \
  ({                                                         \
    const struct kf_site* const kf_outer = kf_now.on_behalf; \
    if (!kf_outer) kf_now.on_behalf = KF_HERE;               \
    __auto_type kf_result = (call);                          \
    kf_now.on_behalf = kf_outer;                             \
    kf_result;                                               \
  })

/* environment_printk.c */
void kf_print(const char* format, ...);
void kf_warn(const char* what, const struct kf_site* at);
__attribute__((noreturn)) void kf_stop(int kind, const char* what, const struct kf_site* at);
__attribute__((noreturn)) void kf_panic(const struct kf_site* at, const char* format, ...);

#define KERN_DEBUG ""
#ifndef pr_fmt
#define pr_fmt(format) format
#endif
/* Nobody reads the others, and formatting them costs more than what they tell of. */
#define KF_SILENT(...)            \
  do {                            \
    if (0) kf_print(__VA_ARGS__); \
  } while (0)
#define pr_err(format, ...) kf_print(pr_fmt(format), ##__VA_ARGS__)
#define pr_warn(format, ...) kf_print(pr_fmt(format), ##__VA_ARGS__)
#define pr_warn_once(format, ...) kf_print(pr_fmt(format), ##__VA_ARGS__)
#define pr_warn_ratelimited(format, ...) kf_print(pr_fmt(format), ##__VA_ARGS__)
#define pr_notice(format, ...) KF_SILENT(format, ##__VA_ARGS__)
#define pr_info(format, ...) KF_SILENT(format, ##__VA_ARGS__)
#define pr_debug(format, ...) KF_SILENT(format, ##__VA_ARGS__)
#define pr_cont(format, ...) KF_SILENT(format, ##__VA_ARGS__)
#define printk(format, ...) KF_SILENT(format, ##__VA_ARGS__)
#define dump_stack() ((void)0)

#define panic(...) kf_panic(KF_HERE, __VA_ARGS__)
#define BUG() kf_stop(KF_STOP_BUG, "BUG()", KF_HERE)
#define BUG_ON(condition)                                                             \
  do {                                                                                \
    if (unlikely(condition)) kf_stop(KF_STOP_BUG, "BUG_ON(" #condition ")", KF_HERE); \
  } while (0)
#define KF_WARN(condition, what, once)                \
  ({                                                  \
    static bool kf_warned;                            \
    const bool kf_true = !!(condition);               \
    if (unlikely(kf_true) && (!once || !kf_warned)) { \
      kf_warned = true;                               \
      kf_warn(what, KF_HERE);                         \
    }                                                 \
    unlikely(kf_true);                                \
  })
#define WARN_ON(condition) KF_WARN(condition, #condition, false)
#define WARN_ON_ONCE(condition) KF_WARN(condition, #condition, true)
#define WARN(condition, format, ...) KF_WARN(condition, format, false)
#define WARN_ONCE(condition, format, ...) KF_WARN(condition, format, true)
#define VM_WARN_ON(condition) WARN_ON(condition)
#define VM_WARN_ON_ONCE(condition) WARN_ON_ONCE(condition)
#define VM_BUG_ON(condition) BUG_ON(condition)
#define VM_BUG_ON_PAGE(condition, page) BUG_ON(condition)

#endif /* KHOFUZZ_LINUX_SHIM_KERNEL_PRINTK_H_ */
