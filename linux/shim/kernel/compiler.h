/* Attributes, sections, initcalls and parameters. */
#ifndef KHOFUZZ_LINUX_SHIM_KERNEL_COMPILER_H_
#define KHOFUZZ_LINUX_SHIM_KERNEL_COMPILER_H_

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define barrier() __asm__ __volatile__("" ::: "memory")
#define READ_ONCE(x) (*(const volatile __typeof__(x)*)&(x))
#define WRITE_ONCE(x, value) (*(volatile __typeof__(x)*)&(x) = (value))
#define typeof __typeof__
#define typecheck(type, x) ((void)((__typeof__(x)*)0 == (type*)0), 1)
#define container_of(p, type, member) ((type*)((char*)(p) - offsetof(type, member)))
#define offsetofend(type, member) (offsetof(type, member) + sizeof(((type*)0)->member))
#define sizeof_field(type, member) sizeof(((type*)0)->member)
#define fallthrough __attribute__((__fallthrough__))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define __aligned(n) __attribute__((aligned(n)))
#define __packed __attribute__((packed))
#define __weak __attribute__((weak))
#undef __always_inline /* the C library has it too, without the word */
#define __always_inline inline __attribute__((always_inline))
#define noinline __attribute__((__noinline__))
#define __must_check
#define __maybe_unused __attribute__((unused))
#define __used __attribute__((used))
#define __percpu
/* Of a variable that outlives the machine; all others are as they were loaded whenever one is
 * switched on (state.lds). */
#define KF_KEPT __attribute__((section("kf_kept")))
/* Of what a linker defines: other trees in the same program have it too. */
#define KF_HIDDEN __attribute__((visibility("hidden")))
#define __init
#define __initdata
#define __initconst
#define __meminit
#define __meminitdata
#define __ref
#define __refdata
#define __ro_after_init
#define __read_mostly
#define __printf(a, b)
#define EXPORT_SYMBOL(name) extern int kf_exported
#define EXPORT_SYMBOL_GPL(name) extern int kf_exported
#define _RET_IP_ ((unsigned long)__builtin_return_address(0))
#define __UNIQUE_ID(prefix) KF_PASTE(prefix, __COUNTER__)

/* Geometry is not constant here, and so not for a compiler to check. */
#define static_assert(condition, ...) \
  _Static_assert(__builtin_choose_expr(__builtin_constant_p(condition), (condition), 1), #condition)
#define BUILD_BUG_ON(condition) static_assert(!(condition))

/* What a tree's file registers to be called at boot is called by name instead (tree_*.c). */
#define KF_INITCALL(fn) extern int kf_initcall
#define __initcall(fn) KF_INITCALL(fn)
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
#define early_param(text, fn) KF_PARAMETER(text, fn, true)
#define __setup(text, fn) KF_PARAMETER(text, fn, false)

#endif /* KHOFUZZ_LINUX_SHIM_KERNEL_COMPILER_H_ */
