/* Arithmetic. The tree's minmax.h is not used: it refuses to compare signed with unsigned unless it
 * sees that they are constant, and what is constant in a kernel is decided at run time here. */
#ifndef KHOFUZZ_LINUX_SHIM_KERNEL_MATH_H_
#define KHOFUZZ_LINUX_SHIM_KERNEL_MATH_H_

#define min_t(type, a, b)        \
  ({                             \
    type kf_a = (a), kf_b = (b); \
    kf_a < kf_b ? kf_a : kf_b;   \
  })
#define max_t(type, a, b)        \
  ({                             \
    type kf_a = (a), kf_b = (b); \
    kf_a > kf_b ? kf_a : kf_b;   \
  })
#define min(a, b)              \
  ({                           \
    __auto_type kf_x = (a);    \
    __auto_type kf_y = (b);    \
    kf_x < kf_y ? kf_x : kf_y; \
  })
#define max(a, b)              \
  ({                           \
    __auto_type kf_x = (a);    \
    __auto_type kf_y = (b);    \
    kf_x > kf_y ? kf_x : kf_y; \
  })
#define clamp(value, low, high)                                                      \
  ({                                                                                 \
    __auto_type kf_v = (value);                                                      \
    __auto_type kf_l = (low);                                                        \
    __auto_type kf_h = (high);                                                       \
    kf_v<kf_l ? (__typeof__(kf_v))kf_l : kf_v> kf_h ? (__typeof__(kf_v))kf_h : kf_v; \
  })
#define clamp_t(type, value, low, high) min_t(type, max_t(type, value, low), high)
#define clamp_val(value, low, high) clamp_t(__typeof__(value), value, low, high)
#define umin(a, b) min((a) + 0u + 0ul + 0ull, (b) + 0u + 0ul + 0ull)
#define umax(a, b) max((a) + 0u + 0ul + 0ull, (b) + 0u + 0ul + 0ull)
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define MIN_T(type, a, b) MIN((type)(a), (type)(b))
#define MAX_T(type, a, b) MAX((type)(a), (type)(b))
#define in_range(x, start, length)           \
  ({                                         \
    __auto_type kf_s = (start);              \
    (x) - kf_s < (__typeof__(kf_s))(length); \
  })
#define KF_OF_ARRAY(op, array, length)                              \
  ({                                                                \
    __typeof__(&(array)[0]) kf_array = (array);                     \
    size_t kf_length = (length);                                    \
    __typeof__((array)[0] + 0) kf_best = kf_array[--kf_length];     \
    while (kf_length--) kf_best = op(kf_best, kf_array[kf_length]); \
    kf_best;                                                        \
  })
#define min_array(array, length) KF_OF_ARRAY(min, array, length)
#define max_array(array, length) KF_OF_ARRAY(max, array, length)
#define abs(x)                              \
  ({                                        \
    __auto_type kf_signed = (x);            \
    kf_signed < 0 ? -kf_signed : kf_signed; \
  })
#define abs_diff(a, b)                       \
  ({                                         \
    __auto_type kf_m = (a);                  \
    __auto_type kf_n = (b);                  \
    kf_m > kf_n ? kf_m - kf_n : kf_n - kf_m; \
  })
#define min3(a, b, c) min(min(a, b), c)
#define max3(a, b, c) max(max(a, b), c)
#define min_not_zero(a, b)                                     \
  ({                                                           \
    __auto_type kf_p = (a);                                    \
    __auto_type kf_q = (b);                                    \
    kf_p == 0 ? kf_q : kf_q == 0 || kf_p < kf_q ? kf_p : kf_q; \
  })
#define swap(a, b)            \
  do {                        \
    __auto_type kf_old = (a); \
    (a) = (b);                \
    (b) = kf_old;             \
  } while (0)

#define KF_MASK(like, align) ((__typeof__(like))((align) - 1))
#define round_up(x, align) ((((x) - 1) | KF_MASK(x, align)) + 1)
#define round_down(x, align) ((x) & ~KF_MASK(x, align))
#define ALIGN(x, align) (((x) + KF_MASK(x, align)) & ~KF_MASK(x, align))
#define ALIGN_DOWN(x, align) round_down(x, align)
#define IS_ALIGNED(x, align) (((x) & KF_MASK(x, align)) == 0)
#define PTR_ALIGN(p, align) ((__typeof__(p))ALIGN((unsigned long)(p), (align)))
#define rounddown(x, y) ((x) - (x) % (y))
#define roundup(x, y) (((x) + (y) - 1) / (y) * (y))
#define DIV_ROUND_UP(a, b) (((a) + (b) - 1) / (b))
#define DIV_ROUND_UP_ULL(a, b) DIV_ROUND_UP((unsigned long long)(a), (unsigned long long)(b))
#define DIV_ROUND_DOWN_ULL(a, b) ((unsigned long long)(a) / (b))
#define DIV_ROUND_CLOSEST(a, b) (((a) + (b) / 2) / (b))
#define DIV_ROUND_CLOSEST_ULL(a, b) DIV_ROUND_CLOSEST((unsigned long long)(a), b)
#define DIV_ROUND_UP_SECTOR_T(a, b) DIV_ROUND_UP(a, b)
#define PTR_ALIGN_DOWN(p, align) ((__typeof__(p))ALIGN_DOWN((unsigned long)(p), (align)))
#define PTR_IS_ALIGNED(p, align) IS_ALIGNED((unsigned long)(p), align)
#define mult_frac(x, n, d) ((x) / (d) * (n) + (x) % (d) * (n) / (d))
#define div64_ul(a, b) ((a) / (b))
#define div64_u64(a, b) ((u64)(a) / (u64)(b))
#define div64_s64(a, b) ((s64)(a) / (s64)(b))
#define div_u64(a, b) ((u64)(a) / (u32)(b))
#define div_s64(a, b) ((s64)(a) / (s32)(b))
#define div_u64_rem(a, b, rem) (*(rem) = (u32)((u64)(a) % (u32)(b)), div_u64(a, b))
#define div64_u64_rem(a, b, rem) (*(rem) = (u64)(a) % (u64)(b), div64_u64(a, b))
#define do_div(a, b)                     \
  ({                                     \
    const u32 kf_rem = (u32)((a) % (b)); \
    (a) /= (b);                          \
    kf_rem;                              \
  })
#define mul_u32_u32(a, b) ((u64)(u32)(a) * (u32)(b))
#define mul_u64_u32_shr(a, b, n) ((u64)(((unsigned __int128)(u64)(a) * (u32)(b)) >> (n)))
#define mul_u64_u64_shr(a, b, n) ((u64)(((unsigned __int128)(u64)(a) * (u64)(b)) >> (n)))
#define mul_u64_u64_div_u64(a, b, c) ((u64)((unsigned __int128)(u64)(a) * (u64)(b) / (u64)(c)))
#define upper_32_bits(x) ((u32)((u64)(x) >> 32))
#define lower_32_bits(x) ((u32)(x))

static inline int fls64(u64 x) { return x ? 64 - __builtin_clzll(x) : 0; }
static inline int fls_long(unsigned long x) { return fls64(x); }
static inline unsigned long __ffs(unsigned long x) { return (unsigned long)__builtin_ctzl(x); }
static inline int ffs(int x) { return __builtin_ffs(x); }
static inline int count_trailing_zeros(unsigned long x) {
  return x ? __builtin_ctzl(x) : BITS_PER_LONG;
}
static inline int fls(unsigned int x) { return fls64(x); }
static inline unsigned long __fls(unsigned long x) { return (unsigned long)fls64(x) - 1; }
static inline int count_leading_zeros(unsigned long x) { return BITS_PER_LONG - fls64(x); }
static inline unsigned int hweight_long(unsigned long x) {
  return (unsigned int)__builtin_popcountl(x);
}
static inline unsigned int hweight64(u64 x) { return (unsigned int)__builtin_popcountll(x); }
static inline unsigned int hweight32(u32 x) { return (unsigned int)__builtin_popcount(x); }
#define hweight16(x) hweight32((u16)(x))
#define hweight8(x) hweight32((u8)(x))
static inline unsigned long __ffs64(u64 x) { return (unsigned long)__builtin_ctzll(x); }
#define ffz(x) __ffs(~(x))
#define __ror(x, n, bits) (((x) >> ((n) & ((bits) - 1))) | ((x) << (-(n) & ((bits) - 1))))
static inline u32 rol32(u32 x, unsigned int n) { return x << (n & 31) | x >> (-n & 31); }
static inline u32 ror32(u32 x, unsigned int n) { return x >> (n & 31) | x << (-n & 31); }
static inline u64 rol64(u64 x, unsigned int n) { return x << (n & 63) | x >> (-n & 63); }
static inline u64 ror64(u64 x, unsigned int n) { return x >> (n & 63) | x << (-n & 63); }
#define swab16(x) __builtin_bswap16(x)
#define swab32(x) __builtin_bswap32(x)
#define swab64(x) __builtin_bswap64(x)

#include <linux/log2.h>
/* The tree's is -1 of what no compiler knows, and geometry is decided at run time here. */
#undef const_ilog2
#define const_ilog2(n) ((n) ? 63 - __builtin_clzll((n) ? (n) : 1) : 0)
#include <linux/overflow.h>

#define BIT(n) (1UL << (n))
#define BIT_ULL(n) (1ULL << (n))
#define BIT_MASK(n) (1UL << ((n) % BITS_PER_LONG))
#define BIT_WORD(n) ((n) / BITS_PER_LONG)
#define __GENMASK(high, low) (((~0UL) << (low)) & (~0UL >> (BITS_PER_LONG - 1 - (high))))
#define __GENMASK_ULL(high, low) (((~0ULL) << (low)) & (~0ULL >> (63 - (high))))
#include <linux/bits.h>
#include <linux/hash.h>

#define get_unaligned(p)                                \
  ({                                                    \
    const struct {                                      \
      __typeof__(*(p)) value;                           \
    } __attribute__((packed))* kf_p = (const void*)(p); \
    kf_p->value;                                        \
  })
#define put_unaligned(new_value, p)               \
  do {                                            \
    struct {                                      \
      __typeof__(*(p)) value;                     \
    } __attribute__((packed))* kf_p = (void*)(p); \
    kf_p->value = (new_value);                    \
  } while (0)

/* x86 is little-endian. */
#define cpu_to_le16(x) ((__le16)(x))
#define le16_to_cpu(x) ((u16)(x))
#define get_unaligned_le16(p) le16_to_cpu(get_unaligned((const u16*)(p)))
#define put_unaligned_le16(x, p) put_unaligned((u16)cpu_to_le16(x), (u16*)(p))
#define cpu_to_le32(x) ((__le32)(x))
#define le32_to_cpu(x) ((u32)(x))
#define get_unaligned_le32(p) le32_to_cpu(get_unaligned((const u32*)(p)))
#define put_unaligned_le32(x, p) put_unaligned((u32)cpu_to_le32(x), (u32*)(p))
#define cpu_to_le64(x) ((__le64)(x))
#define le64_to_cpu(x) ((u64)(x))
#define get_unaligned_le64(p) le64_to_cpu(get_unaligned((const u64*)(p)))
#define put_unaligned_le64(x, p) put_unaligned((u64)cpu_to_le64(x), (u64*)(p))
#define cpu_to_be16(x) ((__be16)__builtin_bswap16(x))
#define be16_to_cpu(x) ((u16)__builtin_bswap16(x))
#define get_unaligned_be16(p) be16_to_cpu(get_unaligned((const u16*)(p)))
#define put_unaligned_be16(x, p) put_unaligned((u16)cpu_to_be16(x), (u16*)(p))
#define cpu_to_be32(x) ((__be32)__builtin_bswap32(x))
#define be32_to_cpu(x) ((u32)__builtin_bswap32(x))
#define get_unaligned_be32(p) be32_to_cpu(get_unaligned((const u32*)(p)))
#define put_unaligned_be32(x, p) put_unaligned((u32)cpu_to_be32(x), (u32*)(p))
#define cpu_to_be64(x) ((__be64)__builtin_bswap64(x))
#define be64_to_cpu(x) ((u64)__builtin_bswap64(x))
#define get_unaligned_be64(p) be64_to_cpu(get_unaligned((const u64*)(p)))
#define put_unaligned_be64(x, p) put_unaligned((u64)cpu_to_be64(x), (u64*)(p))

#endif /* KHOFUZZ_LINUX_SHIM_KERNEL_MATH_H_ */
