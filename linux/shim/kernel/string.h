/* Text and bytes. The first few are the C library's. */
#ifndef KHOFUZZ_LINUX_SHIM_KERNEL_STRING_H_
#define KHOFUZZ_LINUX_SHIM_KERNEL_STRING_H_

void* memcpy(void* to, const void* from, size_t n);
void* memmove(void* to, const void* from, size_t n);
void* memset(void* to, int byte, size_t n);
int memcmp(const void* a, const void* b, size_t n);

#define KF_LEAST_FILL 4096
/* So many bytes, at most KF_LEAST_FILL. */
static inline bool kf_is_zeroes(const void* memory, size_t bytes) {
  static const char zeroes[KF_LEAST_FILL];
  return memcmp(memory, zeroes, bytes) == 0;
}
/* Memory that is zeroes already is not written, and so never becomes the host's: a kernel clears
 * gigabytes that nobody has touched. */
static inline void* kf_fill(void* to, int byte, size_t n) {
  if (byte != 0) return __builtin_memset(to, byte, n);
  for (size_t done = 0; done < n; done += KF_LEAST_FILL) {
    char* const part = (char*)to + done;
    const size_t bytes = n - done < KF_LEAST_FILL ? n - done : KF_LEAST_FILL;
    if (!kf_is_zeroes(part, bytes)) __builtin_memset(part, 0, bytes);
  }
  return to;
}
#define memset(to, byte, n)                                                            \
  ({                                                                                   \
    const size_t kf_n = (n);                                                           \
    kf_n < KF_LEAST_FILL ? __builtin_memset(to, byte, kf_n) : kf_fill(to, byte, kf_n); \
  })

size_t strlen(const char* s);
int strcmp(const char* a, const char* b);
int strncmp(const char* a, const char* b, size_t n);
char* strchr(const char* s, int c);
char* strstr(const char* s, const char* part);
char* strrchr(const char* s, int c);
char* strpbrk(const char* s, const char* accept);
char* strsep(char** s, const char* delimiters);
char* strcpy(char* to, const char* from);
char* strncpy(char* to, const char* from, size_t n);
char* strcat(char* to, const char* from);
size_t strnlen(const char* s, size_t n);
size_t strspn(const char* s, const char* accept);
size_t strcspn(const char* s, const char* reject);
int strcasecmp(const char* a, const char* b);
int strncasecmp(const char* a, const char* b, size_t n);
void* memchr(const void* s, int c, size_t n);
int snprintf(char* to, size_t n, const char* format, ...);
int sprintf(char* to, const char* format, ...);
int vsnprintf(char* to, size_t n, const char* format, __builtin_va_list list);
void qsort(void* items, size_t n, size_t bytes, int (*compare)(const void* a, const void* b));
void qsort_r(void* items, size_t n, size_t bytes,
             int (*compare)(const void* a, const void* b, void* arg), void* arg);
void* bsearch(const void* key, const void* items, size_t n, size_t bytes,
              int (*compare)(const void* a, const void* b));

/* environment_string.c */
int scnprintf(char* to, size_t n, const char* format, ...);
int vscnprintf(char* to, size_t n, const char* format, __builtin_va_list list);
int kf_strscpy(char* to, const char* from, size_t n);
/* strscpy(to, from) or strscpy(to, from, n). */
#define KF_STRSCPY(to, from, n, ...) kf_strscpy(to, from, n)
#define strscpy(to, ...) KF_STRSCPY(to, __VA_ARGS__, sizeof(to), ~)

unsigned long long simple_strtoull(const char* s, char** end, unsigned int base);
unsigned long long memparse(const char* s, char** end);
int kstrtobool(const char* s, bool* value);
int kstrtoull(const char* s, unsigned int base, unsigned long long* value);
int kstrtoll(const char* s, unsigned int base, long long* value);
int kstrtouint(const char* s, unsigned int base, unsigned int* value);
int kstrtoint(const char* s, unsigned int base, int* value);
#define kstrtou64(s, base, value) kstrtoull(s, base, value)
#define kstrtos64(s, base, value) kstrtoll(s, base, value)
#define kstrtou32(s, base, value) kstrtouint(s, base, value)
#define kstrtos32(s, base, value) kstrtoint(s, base, value)
#define kstrtoul(s, base, value) kstrtoull(s, base, (unsigned long long*)(value))
#define kstrtol(s, base, value) kstrtoll(s, base, (long long*)(value))
int get_option(char** s, int* value);
char* skip_spaces(const char* s);
char* strim(char* s);
bool sysfs_streq(const char* a, const char* b);
int match_string(const char* const* list, size_t n, const char* s);
void* memchr_inv(const void* p, int c, size_t n);
u32 crc32_le(u32 crc, const void* p, size_t n);
#define crc32(crc, p, n) crc32_le(crc, p, n)
#define simple_strtoul(s, end, base) ((unsigned long)simple_strtoull(s, end, base))
#define simple_strtol(s, end, base) ((long)simple_strtoull(s, end, base))
#define strscpy_pad(to, ...) (memset(to, 0, sizeof(to)), strscpy(to, __VA_ARGS__))
#define str_has_prefix(s, prefix) (strncmp(s, prefix, strlen(prefix)) ? 0 : strlen(prefix))
#define strstarts(s, prefix) (strncmp(s, prefix, strlen(prefix)) == 0)
#define kbasename(path)                                \
  ({                                                   \
    const char* const kf_path = (path);                \
    const char* const kf_tail = strrchr(kf_path, '/'); \
    kf_tail ? kf_tail + 1 : kf_path;                   \
  })
#define memzero_explicit(p, n) memset(p, 0, n)
#define mem_is_zero(p, n) (!memchr_inv(p, 0, n))
static inline void* memset64(u64* p, u64 value, size_t n) {
  while (n-- > 0) p[n] = value;
  return p;
}
static inline void* memset32(u32* p, u32 value, size_t n) {
  while (n-- > 0) p[n] = value;
  return p;
}
#define memset_l(p, value, n) memset64((u64*)(p), value, n)
#define sort(items, n, bytes, compare, swap) qsort(items, n, bytes, compare)
#define sort_r(items, n, bytes, compare, swap, arg) qsort_r(items, n, bytes, compare, (void*)(arg))
bool parse_option_str(const char* list, const char* option);

static inline int isspace(int c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
static inline int isdigit(int c) { return c >= '0' && c <= '9'; }
static inline int tolower(int c) { return c >= 'A' && c <= 'Z' ? c | 0x20 : c; }
static inline int toupper(int c) { return c >= 'a' && c <= 'z' ? c & ~0x20 : c; }
static inline int isalpha(int c) { return tolower(c) >= 'a' && tolower(c) <= 'z'; }
static inline int isalnum(int c) { return isalpha(c) || isdigit(c); }
static inline int isxdigit(int c) { return isdigit(c) || (tolower(c) >= 'a' && tolower(c) <= 'f'); }
#include <linux/string_choices.h>

#endif /* KHOFUZZ_LINUX_SHIM_KERNEL_STRING_H_ */
