/* kexec_file_load(), and the kernel's name. */
#ifndef KHOFUZZ_LINUX_SHIM_KERNEL_KEXEC_H_
#define KHOFUZZ_LINUX_SHIM_KERNEL_KEXEC_H_

struct resource {
  u64 start, end; /* the last byte */
};
struct kexec_segment {
  unsigned long mem, memsz;
};
#define KEXEC_TYPE_DEFAULT 0
#define KEXEC_TYPE_CRASH 1
#define KEXEC_BUF_MEM_UNKNOWN 0UL
struct kimage {
  int type;
  unsigned long nr_segments;
  struct kexec_segment segment[16];
  struct {
    struct kexec_segment* scratch;
    phys_addr_t fdt;
  } kho;
};
struct kexec_buf {
  struct kimage* image;
  void* buffer;
  unsigned long bufsz, mem, memsz, buf_align, buf_min, buf_max;
  bool top_down;
};
int kexec_add_buffer(struct kexec_buf* buffer); /* environment_abi.c */

#define __NEW_UTS_LEN 64
struct kf_uts {
  struct {
    char release[__NEW_UTS_LEN + 1];
  } name;
};
extern const struct kf_uts init_uts_ns;

#endif /* KHOFUZZ_LINUX_SHIM_KERNEL_KEXEC_H_ */
