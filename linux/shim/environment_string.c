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

int kstrtouint(const char* s, unsigned int base, unsigned int* value) {
  if (*s == '+') ++s;
  char* end;
  const unsigned long long n = simple_strtoull(s, &end, base);
  if (end == s) return -EINVAL;
  if (*end == '\n') ++end;
  if (*end) return -EINVAL;
  /* More digits than any that fits may have wrapped. */
  if (n > UINT_MAX || end - s > 18) return -ERANGE;
  *value = (unsigned int)n;
  return 0;
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
