/* What the kernel says, and how it stops. */
#include <stdarg.h>

#include "environment.h"

struct kf_context kf_now;
bool kf_stopped;

void kf_unwind(void) {
  /* Without a call into the tree there is nobody to return to. */
  if (!kf_now.entry) __builtin_trap();
  _longjmp(kf_now.entry->end, 1);
}

void kf_stop(int kind, const char* what, const struct kf_site* at) {
  if (!kf_stopped) {
    kf_tell_pages();
    kf_stopped = true;
    kf_host->stop(kf_host->ctx, kind, what, at);
  }
  kf_unwind();
}

void kf_warn(const char* what, const struct kf_site* at) { KF_TELL(warn, what, at); }

/* A line of text that is full says no more. */
struct line {
  char text[256];
  size_t used;
};

static void add_char(struct line* line, char c) {
  if (line->used + 1 < sizeof(line->text)) line->text[line->used++] = c;
}
static void add_text(struct line* line, const char* text) {
  while (*text) add_char(line, *text++);
}
static void add_number(struct line* line, unsigned long long n, unsigned int base) {
  char digits[32];
  int used = 0;
  do {
    digits[used++] = "0123456789abcdef"[n % base];
    n /= base;
  } while (n);
  while (used > 0) add_char(line, digits[--used]);
}
static void add_signed(struct line* line, long long n) {
  if (n < 0) add_char(line, '-');
  add_number(line, n < 0 ? -(unsigned long long)n : (unsigned long long)n, 10);
}

/* %pa: the address that is pointed to; %pe: an error. Other pointers say nothing that is the same
 * twice. Returns what follows in the format. */
static const char* add_pointer(struct line* line, const char* format, const void* p) {
  if (*format == 'a') {
    add_text(line, "0x");
    add_number(line, *(const phys_addr_t*)p, 16);
    return format[1] == 'p' || format[1] == 'd' ? format + 2 : format + 1;
  }
  if (*format == 'e') {
    add_signed(line, PTR_ERR(p));
    return format + 1;
  }
  add_text(line, "(pointer)");
  return *format == 'S' || *format == 's' ? format + 1 : format;
}

/* Widths and precisions are left out. */
static void format_line(struct line* line, const char* format, va_list args) {
  while (*format) {
    if (*format != '%') {
      add_char(line, *format++);
      continue;
    }
    ++format;
    bool prefix = false;
    int longs = 0;
    for (; *format && strchr("#0123456789.-+ lLhzj", *format); ++format) {
      if (*format == '#') prefix = true;
      if (*format == 'l' || *format == 'z' || *format == 'j') ++longs;
      if (*format == 'L') longs = 2;
    }
    switch (*format) {
      case 'd':
      case 'i':
        add_signed(line, longs ? va_arg(args, long long) : va_arg(args, int));
        break;
      case 'u':
        add_number(line, longs ? va_arg(args, unsigned long long) : va_arg(args, unsigned), 10);
        break;
      case 'x':
      case 'X':
        if (prefix) add_text(line, "0x");
        add_number(line, longs ? va_arg(args, unsigned long long) : va_arg(args, unsigned), 16);
        break;
      case 's':
        add_text(line, va_arg(args, const char*));
        break;
      case 'c':
        add_char(line, (char)va_arg(args, int));
        break;
      case 'p':
        format = add_pointer(line, format + 1, va_arg(args, const void*));
        continue;
      case '%':
        add_char(line, '%');
        break;
      default:
        return; /* whatever it is, the arguments cannot be told apart any more */
    }
    ++format;
  }
}

static void end_line(struct line* line) {
  while (line->used && line->text[line->used - 1] == '\n') --line->used;
  line->text[line->used] = '\0';
}

void kf_print(const char* format, ...) {
  struct line line = {.used = 0};
  va_list args;
  va_start(args, format);
  format_line(&line, format, args);
  va_end(args);
  end_line(&line);
  KF_TELL(print, line.text);
}

void kf_panic(const struct kf_site* at, const char* format, ...) {
  static struct line line;
  line.used = 0;
  va_list args;
  va_start(args, format);
  format_line(&line, format, args);
  va_end(args);
  end_line(&line);
  kf_stop(KF_STOP_PANIC, line.text, at);
}
