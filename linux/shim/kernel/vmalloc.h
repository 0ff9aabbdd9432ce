/* Areas of virtual memory. */
#ifndef KHOFUZZ_LINUX_SHIM_KERNEL_VMALLOC_H_
#define KHOFUZZ_LINUX_SHIM_KERNEL_VMALLOC_H_

#define VM_ALLOC 0x2
#define VM_UNINITIALIZED 0x20
#define VM_ALLOW_HUGE_VMAP 0x400
#define VMALLOC_START 0UL
#define VMALLOC_END ULONG_MAX
typedef struct {
  int unused;
} pgprot_t;
#define PAGE_KERNEL ((pgprot_t){0})
typedef unsigned int kasan_vmalloc_flags_t;
#define KASAN_VMALLOC_NONE 0u
#define KASAN_VMALLOC_VM_ALLOC 1u
#define KASAN_VMALLOC_PROT_NORMAL 2u
#define kasan_unpoison_vmalloc(p, bytes, flags) ((void)(flags), (void*)(p))

struct vm_struct {
  void* addr;
  unsigned long size;
  unsigned long flags;
  struct page** pages;
  unsigned int page_order;
  unsigned int nr_pages;
};

/* environment_memory.c: two areas, one to preserve and one to be restored. */
extern struct vm_struct kf_preserved_area, kf_restored_area;
struct vm_struct* find_vm_area(const void* address);
struct vm_struct* __get_vm_area_node(unsigned long bytes, unsigned long align, unsigned long shift,
                                     unsigned long vm_flags, unsigned long start, unsigned long end,
                                     int nid, gfp_t gfp, const void* caller);
/* Pages in a row are mapped: they can be read where they are. Others are not, only counted. */
int kf_map_area(struct page** pages, unsigned long bytes);
#define vmap_pages_range(start, end, prot, pages, shift) \
  ((void)(prot), (void)(shift), kf_map_area(pages, (end) - (start)))
unsigned int get_vm_area_page_order(struct vm_struct* area);
#define get_vm_area_size(area) ((area)->size)
#define free_vm_area(area) ((void)(area))
void clear_vm_uninitialized_flag(struct vm_struct* area);

#endif /* KHOFUZZ_LINUX_SHIM_KERNEL_VMALLOC_H_ */
