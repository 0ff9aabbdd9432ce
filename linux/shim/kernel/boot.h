/* What a boot calls beside memory management proper. Some of these calls are where the host hears
 * how far the boot has come (environment_boot.c); the others do nothing here. */
#ifndef KHOFUZZ_LINUX_SHIM_KERNEL_BOOT_H_
#define KHOFUZZ_LINUX_SHIM_KERNEL_BOOT_H_

/* x86: ZONE_DMA32 ends where low memory does. memblock.h takes it over. */
#define ARCH_LOW_ADDRESS_LIMIT kf_machine.low_limit

void arch_zone_limits_init(unsigned long* max_zone_pfn);
void sparse_init(void);
void sparse_vmemmap_init_nid_late(int nid);
void hugetlb_cma_reserve(void);
void hugetlb_bootmem_alloc(void);
void hugetlb_bootmem_struct_page_init(void);
void kmem_cache_init(void);
void buffer_init(void);
void arch_mm_preinit(void);
void mem_init(void);
void arch_setup_zero_pages(void);
void mm_core_init_early(void);
void mm_core_init(void);
void page_alloc_init_late(void);
#ifdef CONFIG_NUMA
int early_pfn_to_nid(unsigned long pfn);
#else
#define early_pfn_to_nid(pfn) ((void)(pfn), 0)
#endif
void get_pfn_range_for_nid(unsigned int nid, unsigned long* start_pfn, unsigned long* end_pfn);
unsigned long free_reserved_area(void* start, void* end, int poison, const char* what);
struct page* __pageblock_pfn_to_page(unsigned long start, unsigned long end, struct zone* zone);

struct padata_mt_job {
  void (*thread_fn)(unsigned long start, unsigned long end, void* arg);
  void* fn_arg;
  unsigned long start, size, align, min_chunk;
  int max_threads;
  bool numa_aware;
};
void padata_do_multithreaded(struct padata_mt_job* job);

#define is_kdump_kernel() (kf_machine.kdump != 0)
#define early_page_ext_enabled() false
#define sparse_init_subsection_map(...) ((void)0)
#define build_all_zonelists(pgdat) ((void)(pgdat))
#define MAX_ZONELISTS 2
#define KF_NOTHING() ((void)0)
#define page_alloc_init_cpuhp KF_NOTHING
#define alloc_tag_sec_init KF_NOTHING
#define page_ext_init_flatmem KF_NOTHING
#define page_ext_init_flatmem_late KF_NOTHING
#define page_ext_init KF_NOTHING
#define kfence_alloc_pool_and_metadata KF_NOTHING
#define kmsan_init_shadow KF_NOTHING
#define kmsan_init_runtime KF_NOTHING
#define stack_depot_early_init KF_NOTHING
#define kmemleak_init KF_NOTHING
#define ptlock_cache_init KF_NOTHING
#define pgtable_cache_init KF_NOTHING
#define debug_objects_mem_init KF_NOTHING
#define vmalloc_init KF_NOTHING
#define init_espfix_bsp KF_NOTHING
#define pti_init KF_NOTHING
#define mm_cache_init KF_NOTHING
#define execmem_init KF_NOTHING
#define files_maxfiles_init KF_NOTHING
#define page_alloc_sysctl_init KF_NOTHING
#define shuffle_free_memory(pgdat) ((void)(pgdat))

/* Bounds of the kernel's image, of which there is none. */
extern char kf_image[];
#define _stext kf_image
#define _etext kf_image
#define _sdata kf_image
#define _edata kf_image
#define __start_rodata kf_image
#define __end_rodata kf_image
#define __bss_start kf_image
#define __bss_stop kf_image
#define __init_begin kf_image
#define __init_end kf_image
#define _sinittext kf_image
#define _einittext kf_image

struct kobject;
extern struct kobject* kernel_kobj;
struct kobject* kobject_create_and_add(const char* name, struct kobject* parent);
extern int sysctl_overcommit_memory;
#define OVERCOMMIT_NEVER 2
#define MEM_ONLINE 1
#define MEM_OFFLINE 2
#define MM_COMPUTE_BATCH_PRI 0
#define hotplug_memory_notifier(call, priority) ((void)(call))

#endif /* KHOFUZZ_LINUX_SHIM_KERNEL_BOOT_H_ */
