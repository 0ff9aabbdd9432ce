/* What of the tree's code was reached: clang's counters, which lie in a section of their own. */
#include "reach.h"

#include "environment.h"

#ifdef KF_COUNTS_REACHED

/* Who defines this does without the part of clang's runtime that writes a file at exit. */
int __llvm_profile_runtime;

/* Of clang's runtime. */
uint64_t* __llvm_profile_begin_counters(void);
uint64_t* __llvm_profile_end_counters(void);
void __llvm_profile_set_filename(const char* path);
int __llvm_profile_write_file(void);

static int write_profile(const char* path) {
  __llvm_profile_set_filename(path);
  return __llvm_profile_write_file();
}

__attribute__((visibility("default"))) const struct kf_reach* khofuzz_reach(void) {
  static struct kf_reach reach KF_KEPT;
  reach.begin = __llvm_profile_begin_counters();
  reach.end = __llvm_profile_end_counters();
  reach.write = write_profile;
  return &reach;
}

#endif
