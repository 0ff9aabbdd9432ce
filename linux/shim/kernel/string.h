/* Text and bytes. The first few are the C library's. */
#ifndef KHOFUZZ_LINUX_SHIM_KERNEL_STRING_H_
#define KHOFUZZ_LINUX_SHIM_KERNEL_STRING_H_

void* memcpy(void* to, const void* from, size_t n);
void* memmove(void* to, const void* from, size_t n);
void* memset(void* to, int byte, size_t n);
int memcmp(const void* a, const void* b, size_t n);
size_t strlen(const char* s);
int strcmp(const char* a, const char* b);
int strncmp(const char* a, const char* b, size_t n);
char* strchr(const char* s, int c);
char* strstr(const char* s, const char* part);
int snprintf(char* to, size_t n, const char* format, ...);

int kf_strscpy(char* to, const char* from, size_t n);
/* strscpy(to, from) or strscpy(to, from, n). */
#define KF_STRSCPY(to, from, n, ...) kf_strscpy(to, from, n)
#define strscpy(to, ...) KF_STRSCPY(to, __VA_ARGS__, sizeof(to), ~)

unsigned long long simple_strtoull(const char* s, char** end, unsigned int base);
unsigned long long memparse(const char* s, char** end);
int kstrtobool(const char* s, bool* value);
int kstrtouint(const char* s, unsigned int base, unsigned int* value);
bool parse_option_str(const char* list, const char* option);

static inline int isspace(int c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
static inline const char* str_on_off(bool on) { return on ? "on" : "off"; }

#endif /* KHOFUZZ_LINUX_SHIM_KERNEL_STRING_H_ */
