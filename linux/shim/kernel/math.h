/* Arithmetic. */
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
#define div64_ul(a, b) ((a) / (b))

/* Constant where its argument is, and 0 for it. */
#define const_ilog2(n) ((n) ? 63 - __builtin_clzll((n) ? (n) : 1) : 0)
#define ilog2(n) ((int)const_ilog2((unsigned long long)(n)))
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
static inline unsigned long rounddown_pow_of_two(unsigned long n) { return 1UL << __fls(n); }
static inline int order_base_2(unsigned long n) { return n <= 1 ? 0 : fls64(n - 1); }
static inline unsigned long roundup_pow_of_two(unsigned long n) {
  return n <= 1 ? 1 : 1UL << fls64(n - 1);
}
static inline bool is_power_of_2(unsigned long n) { return n && !(n & (n - 1)); }
#define check_add_overflow(a, b, sum) __builtin_add_overflow(a, b, sum)
#define check_sub_overflow(a, b, difference) __builtin_sub_overflow(a, b, difference)
#define check_mul_overflow(a, b, product) __builtin_mul_overflow(a, b, product)
/* Too large for any allocation rather than too small. */
static inline size_t size_mul(size_t a, size_t b) {
  size_t product;
  return check_mul_overflow(a, b, &product) ? ~(size_t)0 : product;
}
static inline size_t size_add(size_t a, size_t b) {
  size_t sum;
  return check_add_overflow(a, b, &sum) ? ~(size_t)0 : sum;
}
#define array_size(n, bytes) size_mul(n, bytes)
#define struct_size(p, member, n) size_add(sizeof(*(p)), size_mul(sizeof(*(p)->member), n))
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

#endif /* KHOFUZZ_LINUX_SHIM_KERNEL_MATH_H_ */
