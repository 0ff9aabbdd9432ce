/* Integers, errors, and what every kernel file takes for granted. */
#ifndef KHOFUZZ_LINUX_SHIM_KERNEL_TYPES_H_
#define KHOFUZZ_LINUX_SHIM_KERNEL_TYPES_H_

typedef _Bool bool;
#define true 1
#define false 0

typedef unsigned char u8, __u8, u_char, unchar, u_int8_t;
typedef unsigned short u16, __u16, u_short, ushort, u_int16_t;
typedef unsigned int u32, __u32, u_int, uint, u_int32_t;
typedef unsigned long long u64, __u64, u_int64_t;
typedef unsigned long u_long, ulong;
typedef signed char s8, __s8;
typedef short s16, __s16;
typedef int s32, __s32;
typedef long long s64, __s64;
typedef u16 __le16, __be16, fdt16_t;
typedef u32 __le32, __be32, fdt32_t;
typedef u64 __le64, __be64, fdt64_t;
typedef long ssize_t;
typedef long long loff_t;
typedef unsigned long pgoff_t, irq_hw_number_t;
typedef unsigned short umode_t;
typedef int pid_t;
typedef unsigned int fmode_t, slab_flags_t;
typedef u64 sector_t, dma_addr_t, resource_size_t, __addrpair;
typedef u64 phys_addr_t;
typedef unsigned int gfp_t;
typedef struct {
  int counter;
} atomic_t;
typedef struct {
  long counter;
} atomic_long_t;
typedef atomic_long_t atomic64_t;
#define ATOMIC_INIT(n) {(n)}
#define ATOMIC_LONG_INIT(n) {(n)}
#define ATOMIC64_INIT(n) {(n)}

#define BITS_PER_BYTE 8
#define BITS_PER_LONG 64
#define BITS_PER_LONG_LONG 64
#define BITS_PER_TYPE(type) (sizeof(type) * BITS_PER_BYTE)
#define SHRT_MAX __SHRT_MAX__
#define INT_MAX __INT_MAX__
#define INT_MIN (-INT_MAX - 1)
#define UINT_MAX (~0U)
#define LONG_MAX __LONG_MAX__
#define LONG_MIN (-LONG_MAX - 1)
#define ULONG_MAX (~0UL)
#define LLONG_MAX __LONG_LONG_MAX__
#define LLONG_MIN (-LLONG_MAX - 1)
#define ULLONG_MAX (~0ULL)
#define PHYS_ADDR_MAX (~(phys_addr_t)0)
#define RESOURCE_SIZE_MAX (~(resource_size_t)0)
#undef SIZE_MAX
#define SIZE_MAX (~(size_t)0)
#define SSIZE_MAX LONG_MAX
#define U8_MAX ((u8)~0U)
#define S8_MAX ((s8)(U8_MAX >> 1))
#define S8_MIN ((s8)(-S8_MAX - 1))
#define U16_MAX ((u16)~0U)
#define S16_MAX ((s16)(U16_MAX >> 1))
#define S16_MIN ((s16)(-S16_MAX - 1))
#define U32_MAX ((u32)~0U)
#define U32_MIN ((u32)0)
#define S32_MAX ((s32)(U32_MAX >> 1))
#define S32_MIN ((s32)(-S32_MAX - 1))
#define U64_MAX ((u64)~0ULL)
#define S64_MAX ((s64)(U64_MAX >> 1))
#define S64_MIN ((s64)(-S64_MAX - 1))

/* What UAPI headers define, which are no part of a tree that was fetched. */
#define _AC(x, y) x##y
#define _UL(x) _AC(x, UL)
#define _ULL(x) _AC(x, ULL)
#define UL(x) _UL(x)
#define ULL(x) _ULL(x)

/* As on x86. */
#define EPERM 1
#define ENOENT 2
#define ESRCH 3
#define EINTR 4
#define EIO 5
#define ENXIO 6
#define E2BIG 7
#define ENOEXEC 8
#define EBADF 9
#define EAGAIN 11
#define EWOULDBLOCK EAGAIN
#define ENOMEM 12
#define EACCES 13
#define EFAULT 14
#define EBUSY 16
#define EEXIST 17
#define EXDEV 18
#define ENODEV 19
#define ENOTDIR 20
#define EISDIR 21
#define EINVAL 22
#define EFBIG 27
#define ENOSPC 28
#define ESPIPE 29
#define EROFS 30
#define EPIPE 32
#define EDOM 33
#define ERANGE 34
#define EDEADLK 35
#define ENAMETOOLONG 36
#define ENOSYS 38
#define ENOTEMPTY 39
#define ENOMSG 42
#define ENODATA 61
#define ETIME 62
#define EPROTO 71
#define EBADMSG 74
#define EOVERFLOW 75
#define EILSEQ 84
#define EMSGSIZE 90
#define EPROTONOSUPPORT 93
#define EOPNOTSUPP 95
#define EADDRINUSE 98
#define EADDRNOTAVAIL 99
#define ENOBUFS 105
#define EISCONN 106
#define ENOTCONN 107
#define ETIMEDOUT 110
#define EALREADY 114
#define EINPROGRESS 115
#define ESTALE 116
#define EREMOTEIO 121
#define ECANCELED 125
#define EOWNERDEAD 130
#define EHWPOISON 133
#define ERESTARTSYS 512
#define ENOTSUPP 524
#define EPROBE_DEFER 517

struct list_head {
  struct list_head *next, *prev;
};
struct hlist_node {
  struct hlist_node *next, **pprev;
};
struct hlist_head {
  struct hlist_node* first;
};
struct callback_head {
  struct callback_head* next;
  void (*func)(struct callback_head* head);
};
#define rcu_head callback_head

struct seq_file;
struct dentry;

/* The machine that is switched on (environment.c). Geometry is decided at run time. */
extern struct kf_machine kf_machine;

#endif /* KHOFUZZ_LINUX_SHIM_KERNEL_TYPES_H_ */
