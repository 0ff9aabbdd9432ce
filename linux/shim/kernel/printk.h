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
  struct kf_depths depths;           /* what forbids sleeping (context.h) */
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

#define KERN_EMERG ""
#define KERN_ALERT ""
#define KERN_CRIT ""
#define KERN_ERR ""
#define KERN_WARNING ""
#define KERN_NOTICE ""
#define KERN_INFO ""
#define KERN_DEBUG ""
#define KERN_CONT ""
#define KERN_DEFAULT ""
#ifndef pr_fmt
#define pr_fmt(format) format
#endif
/* Nobody reads the others, and formatting them costs more than what they tell of. */
#define KF_SILENT(...)            \
  do {                            \
    if (0) kf_print(__VA_ARGS__); \
  } while (0)
/* Of whatever file. */
#define KBUILD_MODNAME "kho"
#define pr_err(format, ...) kf_print(pr_fmt(format), ##__VA_ARGS__)
#define pr_warn(format, ...) kf_print(pr_fmt(format), ##__VA_ARGS__)
#define pr_warn_once(format, ...) kf_print(pr_fmt(format), ##__VA_ARGS__)
#define pr_warn_ratelimited(format, ...) kf_print(pr_fmt(format), ##__VA_ARGS__)
#define pr_notice(format, ...) KF_SILENT(format, ##__VA_ARGS__)
#define pr_info(format, ...) KF_SILENT(format, ##__VA_ARGS__)
#define pr_debug(format, ...) KF_SILENT(format, ##__VA_ARGS__)
#define pr_cont(format, ...) KF_SILENT(format, ##__VA_ARGS__)
#define printk(format, ...) KF_SILENT(format, ##__VA_ARGS__)
#define pr_emerg(format, ...) pr_err(format, ##__VA_ARGS__)
#define pr_alert(format, ...) pr_err(format, ##__VA_ARGS__)
#define pr_crit(format, ...) pr_err(format, ##__VA_ARGS__)
#define pr_devel(format, ...) KF_SILENT(format, ##__VA_ARGS__)
#define KF_ONCE(print, ...)              \
  do {                                   \
    static bool kf_printed;              \
    if (!kf_printed) print(__VA_ARGS__); \
    kf_printed = true;                   \
  } while (0)
#define pr_err_once(format, ...) KF_ONCE(pr_err, format, ##__VA_ARGS__)
#define pr_notice_once(format, ...) KF_SILENT(format, ##__VA_ARGS__)
#define pr_info_once(format, ...) KF_SILENT(format, ##__VA_ARGS__)
#define pr_debug_once(format, ...) KF_SILENT(format, ##__VA_ARGS__)
#define printk_once(format, ...) KF_SILENT(format, ##__VA_ARGS__)
#define printk_deferred(format, ...) KF_SILENT(format, ##__VA_ARGS__)
#define pr_err_ratelimited(format, ...) pr_err(format, ##__VA_ARGS__)
#define pr_notice_ratelimited(format, ...) KF_SILENT(format, ##__VA_ARGS__)
#define pr_info_ratelimited(format, ...) KF_SILENT(format, ##__VA_ARGS__)
#define pr_debug_ratelimited(format, ...) KF_SILENT(format, ##__VA_ARGS__)
#define printk_ratelimited(format, ...) KF_SILENT(format, ##__VA_ARGS__)
#define printk_ratelimit() true
#define __ratelimit(state) true
#define no_printk(format, ...) KF_SILENT(format, ##__VA_ARGS__)
#define trace_printk(format, ...) KF_SILENT(format, ##__VA_ARGS__)
enum { DUMP_PREFIX_NONE, DUMP_PREFIX_ADDRESS, DUMP_PREFIX_OFFSET };
#define print_hex_dump(level, prefix, type, row, group, data, bytes, ascii) \
  ((void)(type), (void)(data), (void)(bytes))
#define print_hex_dump_debug(prefix, type, row, group, data, bytes, ascii) \
  print_hex_dump("", prefix, type, row, group, data, bytes, ascii)
#define print_hex_dump_bytes(prefix, type, data, bytes) \
  print_hex_dump("", prefix, type, 16, 1, data, bytes, true)
typedef __builtin_va_list va_list;
#define va_start(list, last) __builtin_va_start(list, last)
#define va_end(list) __builtin_va_end(list)
#define va_arg(list, type) __builtin_va_arg(list, type)
#define va_copy(to, from) __builtin_va_copy(to, from)
struct va_format {
  const char* fmt;
  va_list* va;
};
#define dump_stack() ((void)0)
#define dump_page(page, why) ((void)(page), (void)(why))
#define DO_ONCE_LITE_IF(condition, fn, ...) \
  ({                                        \
    static bool kf_done;                    \
    const bool kf_if = !!(condition);       \
    if (kf_if && !kf_done) {                \
      kf_done = true;                       \
      fn(__VA_ARGS__);                      \
    }                                       \
    kf_if;                                  \
  })
#define DO_ONCE_LITE(fn, ...) DO_ONCE_LITE_IF(true, fn, ##__VA_ARGS__)

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
#define VM_BUG_ON_FOLIO(condition, folio) BUG_ON(condition)
#define VM_WARN_ON_PAGE(condition, page) WARN_ON(condition)
#define VM_WARN_ON_FOLIO(condition, folio) WARN_ON(condition)
#define VM_WARN_ON_ONCE_PAGE(condition, page) WARN_ON_ONCE(condition)
#define VM_WARN_ON_ONCE_FOLIO(condition, folio) WARN_ON_ONCE(condition)
#define VM_WARN_ONCE(condition, format, ...) WARN_ONCE(condition, format, ##__VA_ARGS__)
#define VM_WARN(condition, format, ...) WARN(condition, format, ##__VA_ARGS__)
#define WARN_TAINT(condition, taint, format, ...) WARN(condition, format, ##__VA_ARGS__)
#define WARN_ON_SMP(condition) WARN_ON(condition)
#define CHECK_DATA_CORRUPTION(condition, address, format, ...) \
  WARN(condition, format, ##__VA_ARGS__)

#endif /* KHOFUZZ_LINUX_SHIM_KERNEL_PRINTK_H_ */
