/* kexec_file_load(), and the kernel's name. */
#ifndef KHOFUZZ_LINUX_SHIM_KERNEL_KEXEC_H_
#define KHOFUZZ_LINUX_SHIM_KERNEL_KEXEC_H_

struct resource {
  u64 start, end; /* the last byte */
  const char* name;
  unsigned long flags, desc;
  struct resource *parent, *sibling, *child;
};
#define IORESOURCE_MEM 0x200
#define IORESOURCE_BUSY 0x80000000u
#define IORESOURCE_SYSTEM_RAM 0x01000200
#define DEFINE_RES_MEM(first, bytes) \
  ((struct resource){.start = (first), .end = (first) + (bytes) - 1})
extern struct resource iomem_resource;
#define resource_size(res) ((res)->end - (res)->start + 1)
#define request_resource(root, res) ((void)(root), (void)(res), 0)
#define insert_resource(root, res) ((void)(root), (void)(res), 0)
#define release_resource(res) ((void)(res), 0)
#define walk_system_ram_range(...) (KF_NOT_SIMULATED("walk_system_ram_range"), 0)
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
#define kexec_locate_mem_hole(buffer) ((void)(buffer), KF_NOT_SIMULATED("kexec_locate_mem_hole"), 0)
int kexec_add_buffer(struct kexec_buf* buffer); /* environment_abi.c */

#define __NEW_UTS_LEN 64
struct kf_uts {
  struct {
    char release[__NEW_UTS_LEN + 1];
  } name;
};
extern const struct kf_uts init_uts_ns;

#endif /* KHOFUZZ_LINUX_SHIM_KERNEL_KEXEC_H_ */
