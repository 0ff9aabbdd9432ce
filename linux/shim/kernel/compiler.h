/* Attributes, sections, initcalls and parameters. */
#ifndef KHOFUZZ_LINUX_SHIM_KERNEL_COMPILER_H_
#define KHOFUZZ_LINUX_SHIM_KERNEL_COMPILER_H_

/* What would have to be known of the machine, or done to it, to go on. */
#define KF_NOT_SIMULATED(what) kf_stop(KF_STOP_REFUSED, what "() is not simulated", KF_HERE)

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define barrier() __asm__ __volatile__("" ::: "memory")
#define barrier_data(p) barrier()
/* One thing runs at a time: to be seen in order is no question. */
#define mb() barrier()
#define rmb() barrier()
#define wmb() barrier()
#define smp_mb() barrier()
#define smp_rmb() barrier()
#define smp_wmb() barrier()
#define smp_mb__before_atomic() barrier()
#define smp_mb__after_atomic() barrier()
#define smp_acquire__after_ctrl_dep() barrier()
#define smp_store_mb(x, value) WRITE_ONCE(x, value)
#define smp_store_release(p, value) WRITE_ONCE(*(p), value)
#define smp_load_acquire(p) READ_ONCE(*(p))
#define READ_ONCE(x) (*(const volatile __typeof__(x)*)&(x))
#define WRITE_ONCE(x, value) (*(volatile __typeof__(x)*)&(x) = (value))
#define typeof __typeof__
#define data_race(x) (x)
#define offsetofend(type, member) (offsetof(type, member) + sizeof(((type*)0)->member))
#define sizeof_field(type, member) sizeof(((type*)0)->member)
#define fallthrough __attribute__((__fallthrough__))
#define TYPEOF_UNQUAL(x) __typeof__(x)
#define auto __auto_type
#define __unqual_scalar_typeof(x) __typeof__(x)
#define __same_type(a, b) __builtin_types_compatible_p(__typeof__(a), __typeof__(b))
#define __is_constexpr(x) (sizeof(int) == sizeof(*(8 ? ((void*)((long)(x) * 0l)) : (int*)8)))
#define statically_true(x) (__builtin_constant_p(x) && (x))
#define const_true(x) __builtin_choose_expr(__is_constexpr(x), x, false)
#define is_signed_type(type) (((type)(-1)) < (__force type)1)
#define is_unsigned_type(type) (!is_signed_type(type))
#define __must_be_array(a) 0
#define __must_be_byte_array(a) 0
#define __must_be_noncstr(a) 0
#define __must_be_cstr(a) 0
#define OPTIMIZER_HIDE_VAR(x) __asm__("" : "=r"(x) : "0"(x))
#define RELOC_HIDE(p, offset) ((__typeof__(p))((unsigned long)(p) + (offset)))
#define absolute_pointer(p) ((void*)(p))
#define ASSERT_EXCLUSIVE_WRITER(x) ((void)0)
#define ASSERT_EXCLUSIVE_ACCESS(x) ((void)0)
#define unreachable() __builtin_unreachable()
#define BUILD_BUG() static_assert(0)
#define BUILD_BUG_ON_MSG(condition, text) static_assert(!(condition), text)
#define BUILD_BUG_ON_ZERO(condition, ...) ((int)(sizeof(struct { int : (-!!(condition)); })))
#define BUILD_BUG_ON_NOT_POWER_OF_2(n) static_assert((n) && !((n) & ((n) - 1)))
#define __BUILD_BUG_ON_NOT_POWER_OF_2(n) static_assert(!((n) & ((n) - 1)))
#define compiletime_assert(condition, text) static_assert(condition, text)
#define __compiletime_error(text)
#define __compiletime_warning(text)
/* Of what is in square brackets behind a structure, of which compilers here know nothing. */
#define __counted_by(member)
#define __counted_by_ptr(member)
#define __counted_by_le(member)
#define __counted_by_be(member)
#define __struct_group(TAG, NAME, ATTRS, MEMBERS...) \
  union {                                            \
    struct {                                         \
      MEMBERS                                        \
    } ATTRS;                                         \
    struct TAG {                                     \
      MEMBERS                                        \
    } ATTRS NAME;                                    \
  } ATTRS
#define struct_group(NAME, MEMBERS...) __struct_group(, NAME, , MEMBERS)
#define struct_group_attr(NAME, ATTRS, MEMBERS...) __struct_group(, NAME, ATTRS, MEMBERS)
#define struct_group_tagged(TAG, NAME, MEMBERS...) __struct_group(TAG, NAME, , MEMBERS)
#define DECLARE_FLEX_ARRAY(type, name) \
  struct {                             \
    struct {                           \
    } kf_empty_##name;                 \
    type name[];                       \
  }
#define TRAILING_OVERLAP(type, name, flex, members)       \
  union {                                                 \
    type name;                                            \
    struct {                                              \
      unsigned char kf_skip_##name[offsetof(type, flex)]; \
      members                                             \
    };                                                    \
  }
/* What other tools than the compiler read. */
#define __user
#define __kernel
#define __iomem
#define __rcu
#define __force
#define __bitwise
#define __private
#define __safe
#define __nocast
#define __must_hold(...)
#define __acquires(...)
#define __releases(...)
#define __acquire(x) ((void)0)
#define __release(x) ((void)0)
#define __cond_acquires(...)
#define __cond_lock(x, c) (c)
#define __guarded_by(...)
#define __pt_guarded_by(...)
#define __no_context_analysis
#define context_unsafe(...) __VA_ARGS__
#define __context_unsafe(...)
#define disable_context_analysis()
#define enable_context_analysis()
#define context_lock_struct(name, ...) struct name
#define token_context_lock(name)
#define token_context_lock_instance(token, name)
#define __signed_wrap
#define __nonstring
#define __nonstring_array
#define __no_kasan_or_inline inline
#define __no_sanitize_memory
#define __no_randomize_layout
#define __randomize_layout
#define __designated_init
#define __latent_entropy
#define notrace
#define noinstr
#define nokprobe_inline inline
#define NOKPROBE_SYMBOL(name) extern int kf_no_probe
#define ALLOW_ERROR_INJECTION(name, type) extern int kf_no_injection
#define VISIBLE_IF_KUNIT static
#define EXPORT_SYMBOL_IF_KUNIT(name) extern int kf_exported
#define STATIC_IF_KUNIT static
#define __aligned(n) __attribute__((aligned(n)))
#define __packed __attribute__((packed))
#define __aligned_u64 u64 __aligned(8)
#define ____cacheline_aligned
#define ____cacheline_aligned_in_smp
#define __cacheline_aligned
#define __cacheline_aligned_in_smp
#define __weak __attribute__((weak))
#define __alias(name) __attribute__((alias(#name)))
#define __cleanup(fn) __attribute__((cleanup(fn)))
#define __section(name) __attribute__((section(name)))
#define __cold __attribute__((cold))
#define __hot __attribute__((hot))
#define __malloc __attribute__((malloc))
#define __alloc_size(...)
#define __realloc_size(...)
#define __noreturn __attribute__((noreturn))
#define __deprecated
#define __mode(x) __attribute__((mode(x)))
#define __assume_aligned(...)
#define __visible
#define __attribute_const__ __attribute__((const))
#undef __pure
#define __pure __attribute__((pure))
#define __flatten
#define __diag_push()
#define __diag_pop()
#define __diag_ignore(...)
#define __diag_ignore_all(...)
#undef __always_inline /* the C library has it too, without the word */
#define __always_inline inline __attribute__((always_inline))
#define noinline __attribute__((__noinline__))
#define __must_check
#define __nonnull_args(...) __attribute__((nonnull(__VA_ARGS__)))
#define __nonnull(...) __attribute__((nonnull __VA_ARGS__))
#define __maybe_unused __attribute__((unused))
#define __used __attribute__((used))
#define __percpu
/* Of a variable that outlives the machine; all others are as they were loaded whenever one is
 * switched on (state.lds). */
#define KF_KEPT __attribute__((section("kf_kept")))
/* A function of the file keeps the arguments and the result that it declares, although every caller
 * is here, too: those are looked at (calls.c). */
#define KF_AS_DECLARED(function) \
  static const void* const kf_as_declared_##function __attribute__((used)) = (const void*)(function)
/* Of what a linker defines: other trees in the same program have it too. */
#define KF_HIDDEN __attribute__((visibility("hidden")))
#define __init
#define __initdata
#define __initconst
#define __meminit
#define __meminitdata
#define __initdata_memblock
#define __init_memblock
#define __exit
#define __exitdata
#define __net_init
#define __sched
#define __always_unused __attribute__((unused))
#define __ref
#define __refdata
#define __ro_after_init
#define __read_mostly
#define __printf(a, b)
#define EXPORT_SYMBOL(name) extern int kf_exported
#define EXPORT_SYMBOL_GPL(name) extern int kf_exported
#define EXPORT_SYMBOL_NS(name, space) extern int kf_exported
#define EXPORT_SYMBOL_NS_GPL(name, space) extern int kf_exported
#define EXPORT_SYMBOL_FOR_MODULES(name, modules) extern int kf_exported
#define EXPORT_PER_CPU_SYMBOL(name) extern int kf_exported
#define EXPORT_PER_CPU_SYMBOL_GPL(name) extern int kf_exported
#define EXPORT_TRACEPOINT_SYMBOL(name) extern int kf_exported
#define EXPORT_TRACEPOINT_SYMBOL_GPL(name) extern int kf_exported
#define MODULE_LICENSE(text) extern int kf_module
#define MODULE_AUTHOR(text) extern int kf_module
#define MODULE_DESCRIPTION(text) extern int kf_module
#define MODULE_ALIAS(text) extern int kf_module
#define MODULE_VERSION(text) extern int kf_module
#define MODULE_SOFTDEP(text) extern int kf_module
#define MODULE_IMPORT_NS(space) extern int kf_module
#define MODULE_PARM_DESC(name, text) extern int kf_module
#define THIS_MODULE ((struct module*)0)
struct module;
#define _RET_IP_ ((unsigned long)__builtin_return_address(0))
#define _THIS_IP_ _RET_IP_
#define __UNIQUE_ID(prefix) KF_PASTE(prefix, __COUNTER__)

/* Geometry is not constant here, and so not for a compiler to check. */
#define static_assert(condition, ...) \
  _Static_assert(__builtin_choose_expr(__builtin_constant_p(condition), (condition), 1), #condition)
#define BUILD_BUG_ON(condition) static_assert(!(condition))

/* What a tree's file registers to be called at boot is called by name instead (tree_*.c). */
#define KF_INITCALL(fn) \
  static __attribute__((unused)) void* const KF_PASTE(kf_initcall_, __COUNTER__) = (void*)(fn)
#define __initcall(fn) KF_INITCALL(fn)
#define early_initcall(fn) KF_INITCALL(fn)
#define pure_initcall(fn) KF_INITCALL(fn)
#define arch_initcall(fn) KF_INITCALL(fn)
#define arch_initcall_sync(fn) KF_INITCALL(fn)
#define subsys_initcall_sync(fn) KF_INITCALL(fn)
#define fs_initcall_sync(fn) KF_INITCALL(fn)
#define rootfs_initcall(fn) KF_INITCALL(fn)
#define device_initcall(fn) KF_INITCALL(fn)
#define device_initcall_sync(fn) KF_INITCALL(fn)
#define module_init(fn) KF_INITCALL(fn)
#define module_exit(fn) KF_INITCALL(fn)
#define late_initcall_sync(fn) KF_INITCALL(fn)
#define core_initcall(fn) KF_INITCALL(fn)
#define postcore_initcall(fn) KF_INITCALL(fn)
#define subsys_initcall(fn) KF_INITCALL(fn)
#define fs_initcall(fn) KF_INITCALL(fn)
#define late_initcall(fn) KF_INITCALL(fn)

/* Parameters of the command line: a table of the whole tree (environment_abi.c). */
struct kf_parameter {
  const char* name;
  int (*parse)(char* value);
  bool early; /* 0 is success; else 1 is */
};
#define KF_PARAMETER(text, fn, is_early)       \
  static struct kf_parameter kf_parameter_##fn \
      __attribute__((used, retain, section("kf_parameters"), aligned(8))) = {text, fn, is_early}
/* Those of modules nobody sets. */
#define module_param(name, type, mode) extern int kf_module
#define module_param_named(text, name, type, mode) extern int kf_module
#define module_param_cb(name, ops, arg, mode) extern int kf_module
#define module_param_array(name, type, n, mode) extern int kf_module
#define module_param_string(name, string, n, mode) extern int kf_module
#define core_param(text, name, type, mode) extern int kf_module
#define early_param_on_off(...) extern int kf_module
#define early_param(text, fn) KF_PARAMETER(text, fn, true)
#define __setup(text, fn) KF_PARAMETER(text, fn, false)

#include <linux/args.h>
#include <linux/err.h>
#include <linux/poison.h>
#include <linux/sizes.h>
#include <linux/stringify.h>
#include <linux/typecheck.h>
/* KHO's extension blocks; nothing else in the tree asks for a gigabyte. */
#undef SZ_1G
#define SZ_1G (1UL << kf_machine.extension_shift)
#include <linux/array_size.h>
#include <linux/cleanup.h>
#include <linux/container_of.h>

#endif /* KHOFUZZ_LINUX_SHIM_KERNEL_COMPILER_H_ */
