/* Integers, errors, and what every kernel file takes for granted. */
#ifndef KHOFUZZ_LINUX_SHIM_KERNEL_TYPES_H_
#define KHOFUZZ_LINUX_SHIM_KERNEL_TYPES_H_

typedef _Bool bool;
#define true 1
#define false 0

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int s32;
typedef long long s64;
typedef long ssize_t;
typedef u64 phys_addr_t;
typedef unsigned int gfp_t;
typedef struct {
  int counter;
} atomic_t;
typedef struct {
  long counter;
} atomic_long_t;

#define BITS_PER_BYTE 8
#define BITS_PER_LONG 64
#define INT_MAX __INT_MAX__
#define UINT_MAX (~0U)
#define ULONG_MAX (~0UL)
#define ULLONG_MAX (~0ULL)
#define PHYS_ADDR_MAX (~(phys_addr_t)0)

#define SZ_1K 0x400
#define SZ_64K 0x10000
#define SZ_1M 0x100000
#define SZ_4G 0x100000000ULL
/* KHO's extension blocks; nothing else in the tree asks for a gigabyte. */
#define SZ_1G (1UL << kf_machine.extension_shift)

#define ENOENT 2
#define ENOMEM 12
#define EFAULT 14
#define EBUSY 16
#define EEXIST 17
#define EINVAL 22
#define ERANGE 34
#define E2BIG 7
#define EOPNOTSUPP 95
#define EADDRNOTAVAIL 99

#define MAX_ERRNO 4095
#define IS_ERR_VALUE(x) ((unsigned long)(x) >= (unsigned long)-MAX_ERRNO)
static inline void* ERR_PTR(long error) { return (void*)error; }
static inline long PTR_ERR(const void* p) { return (long)p; }
static inline bool IS_ERR(const void* p) { return IS_ERR_VALUE(p); }
static inline bool IS_ERR_OR_NULL(const void* p) { return !p || IS_ERR(p); }

struct seq_file;
struct dentry;

/* The machine that is switched on (environment.c). Geometry is decided at run time. */
extern struct kf_machine kf_machine;

#endif /* KHOFUZZ_LINUX_SHIM_KERNEL_TYPES_H_ */
