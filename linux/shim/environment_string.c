/* Text, as the command line needs it (lib/kstrtox.c, lib/cmdline.c, lib/string.c). */
#include "environment.h"

int kf_strscpy(char* to, const char* from, size_t n) {
  if (!n) return -E2BIG;
  const size_t bytes = strlen(from);
  const size_t kept = bytes < n ? bytes : n - 1;
  memcpy(to, from, kept);
  to[kept] = '\0';
  return bytes < n ? (int)bytes : -E2BIG;
}

static int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 16;
}

/* Overflow wraps, as it does there. */
unsigned long long simple_strtoull(const char* s, char** end, unsigned int base) {
  const bool hex = s[0] == '0' && (s[1] | 0x20) == 'x' && digit_of(s[2]) < 16;
  if (!base) base = hex ? 16 : s[0] == '0' ? 8 : 10;
  if (base == 16 && hex) s += 2;
  unsigned long long n = 0;
  while (digit_of(*s) < (int)base) n = n * base + (unsigned)digit_of(*s++);
  if (end) *end = (char*)s;
  return n;
}

unsigned long long memparse(const char* s, char** end) {
  char* after;
  unsigned long long n = simple_strtoull(s, &after, 0);
  static const char suffixes[] = "kmgtpe";
  const char* const suffix = *after ? strchr(suffixes, *after | 0x20) : NULL;
  /* A suffix counts after a number only; too large a value saturates. */
  if (suffix && after != s) {
    const unsigned shift = 10 * (unsigned)(suffix - suffixes + 1);
    n = n > (~0ULL >> shift) ? ~0ULL : n << shift;
    ++after;
  }
  if (end) *end = after;
  return n;
}

int kstrtobool(const char* s, bool* value) {
  if (!s) return -EINVAL;
  const bool o = s[0] == 'o' || s[0] == 'O';
  const char c = (char)((o ? s[1] : s[0]) | 0x20);
  if (o ? c == 'n' : c == 'y' || c == 't' || s[0] == '1') {
    *value = true;
  } else if (o ? c == 'f' : c == 'n' || c == 'f' || s[0] == '0') {
    *value = false;
  } else {
    return -EINVAL;
  }
  return 0;
}

int kstrtoull(const char* s, unsigned int base, unsigned long long* value) {
  if (*s == '+') ++s;
  char* end;
  const unsigned long long n = simple_strtoull(s, &end, base);
  const long digits = end - s;
  if (end == s) return -EINVAL;
  if (*end == '\n') ++end;
  if (*end) return -EINVAL;
  /* More digits than any that surely fits may have wrapped. */
  if (digits > 18) return -ERANGE;
  *value = n;
  return 0;
}

int kstrtoll(const char* s, unsigned int base, long long* value) {
  const bool negative = *s == '-';
  unsigned long long n;
  const int error = kstrtoull(negative ? s + 1 : s, base, &n);
  if (error) return error;
  if (n > (unsigned long long)LLONG_MAX) return -ERANGE;
  *value = negative ? -(long long)n : (long long)n;
  return 0;
}

int kstrtouint(const char* s, unsigned int base, unsigned int* value) {
  unsigned long long n;
  const int error = kstrtoull(s, base, &n);
  if (error) return error;
  if (n > UINT_MAX) return -ERANGE;
  *value = (unsigned int)n;
  return 0;
}

int kstrtoint(const char* s, unsigned int base, int* value) {
  long long n;
  const int error = kstrtoll(s, base, &n);
  if (error) return error;
  if (n > INT_MAX || n < INT_MIN) return -ERANGE;
  *value = (int)n;
  return 0;
}

/* 0: no number; 1: one; 2: one and a comma, which is stepped over; 3: one and a hyphen. */
int get_option(char** s, int* value) {
  if (!*s || !**s) return 0;
  const bool negative = **s == '-';
  char* end;
  const int n = (int)simple_strtoull(negative ? *s + 1 : *s, &end, 0);
  if (end == (negative ? *s + 1 : *s)) return 0;
  *value = negative ? -n : n;
  *s = end;
  if (*end == '-') return 3;
  if (*end != ',') return 1;
  ++*s;
  return 2;
}

char* skip_spaces(const char* s) {
  while (isspace(*s)) ++s;
  return (char*)s;
}

char* strim(char* s) {
  size_t n = strlen(s);
  while (n > 0 && isspace(s[n - 1])) s[--n] = '\0';
  return skip_spaces(s);
}

/* Equal but for a line break at an end. */
bool sysfs_streq(const char* a, const char* b) {
  const size_t n = strcspn(a, "\n");
  return n == strcspn(b, "\n") && !strncmp(a, b, n) && (!a[n] || !a[n + 1]) && (!b[n] || !b[n + 1]);
}

int match_string(const char* const* list, size_t n, const char* s) {
  for (size_t i = 0; i < n && list[i]; ++i) {
    if (!strcmp(list[i], s)) return (int)i;
  }
  return -EINVAL;
}

void* memchr_inv(const void* p, int c, size_t n) {
  const unsigned char* const bytes = p;
  for (size_t i = 0; i < n; ++i) {
    if (bytes[i] != (unsigned char)c) return (void*)(bytes + i);
  }
  return NULL;
}

u32 crc32_le(u32 crc, const void* p, size_t n) {
  for (const unsigned char* byte = p; n > 0; --n, ++byte) {
    crc ^= *byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  return crc;
}

/* What was written, not what would have been. */
int vscnprintf(char* to, size_t n, const char* format, __builtin_va_list list) {
  if (!n) return 0;
  const int bytes = vsnprintf(to, n, format, list);
  return bytes < 0 ? 0 : bytes < (int)n ? bytes : (int)n - 1;
}

int scnprintf(char* to, size_t n, const char* format, ...) {
  __builtin_va_list list;
  __builtin_va_start(list, format);
  const int bytes = vscnprintf(to, n, format, list);
  __builtin_va_end(list);
  return bytes;
}

bool parse_option_str(const char* list, const char* option) {
  while (*list) {
    const size_t n = strlen(option);
    if (!strncmp(list, option, n) && (!list[n] || list[n] == ',')) return true;
    while (*list && *list != ',') ++list;
    if (*list == ',') ++list;
  }
  return false;
}
