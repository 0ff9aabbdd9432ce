/* How often this process has reached each place of a tree's code, where clang built the tree. */
#ifndef KHOFUZZ_LINUX_SHIM_REACH_H_
#define KHOFUZZ_LINUX_SHIM_REACH_H_

#ifdef __cplusplus
#include <cstdint>
extern "C" {
#endif

struct kf_reach {
  uint64_t *begin, *end; /* the counters; no machine that is switched on puts them back */
  /* Writes them as a raw profile, for llvm-profdata of the compiler's own version. 0, or not. */
  int (*write)(const char* path);
};
/* Exported by the object beside khofuzz_tree() (linux/abi.h). */
const struct kf_reach* khofuzz_reach(void);

#ifdef __cplusplus
}
#endif

#endif /* KHOFUZZ_LINUX_SHIM_REACH_H_ */
