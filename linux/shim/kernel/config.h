/* The kernel's configuration: a 64-bit NUMA machine with sparse memory and deferred initialisation
 * of struct pages, and KHO. What is not set is not configured. KF_CONFIG_NAME: it is to be
 * configuration NAME of linux/build/configuration.h. */
#ifndef KHOFUZZ_LINUX_SHIM_KERNEL_CONFIG_H_
#define KHOFUZZ_LINUX_SHIM_KERNEL_CONFIG_H_

#define __KERNEL__ 1
#define CONFIG_64BIT 1
#define CONFIG_MMU 1
#define CONFIG_SMP 1
#ifndef KF_CONFIG_no_numa
#define CONFIG_NUMA 1
#endif
#define CONFIG_SPARSEMEM 1
#define CONFIG_SPARSEMEM_VMEMMAP 1
#ifndef KF_CONFIG_no_deferred
#define CONFIG_DEFERRED_STRUCT_PAGE_INIT 1
#endif
#define CONFIG_ZONE_DMA 1
#define CONFIG_ZONE_DMA32 1
#define CONFIG_CMA 1
#define CONFIG_HUGETLB_PAGE 1
#define CONFIG_KEXEC_HANDOVER 1
#define CONFIG_MEMBLOCK_KHO_SCRATCH 1
#ifdef KF_CONFIG_debug
#define CONFIG_KEXEC_HANDOVER_DEBUG 1
#endif
#define __BITS_PER_LONG 64

/* An architecture has its own zero page. */
#define __HAVE_COLOR_ZERO_PAGE 1
/* Room in memblock's static arrays; kf_machine.memblock_entries says how much of it is used. */
#define KF_MEMBLOCK_ENTRIES 512
#define INIT_MEMBLOCK_MEMORY_REGIONS KF_MEMBLOCK_ENTRIES
#define INIT_MEMBLOCK_RESERVED_REGIONS KF_MEMBLOCK_ENTRIES
/* What memblock.c itself has for both. */
#define KF_DEFAULT_MEMBLOCK_ENTRIES 128

/* IS_ENABLED(CONFIG_X) is 1 where CONFIG_X is defined as 1, and constant: the second of a list of
 * arguments that has one more in front where a pasted name is a macro. One option is decided when
 * the machine is switched on. */
#define KF_SECOND(first, second, ...) second
#define KF_PICK(...) KF_SECOND(__VA_ARGS__)
#define KF_SET_1 ~, 1
#define KF_PASTE_NOW(a, b) a##b
#define KF_PASTE(a, b) KF_PASTE_NOW(a, b)
#define KF_IS_ONE(value) KF_PICK(KF_PASTE(KF_SET_, value), 0, ~)
#define KF_AT_RUN_TIME_CONFIG_ARCH_KEEP_MEMBLOCK ~, kf_machine.keep_memblock
#define IS_ENABLED(option) KF_PICK(KF_AT_RUN_TIME_##option, KF_IS_ONE(option), ~)

#define IS_BUILTIN(option) IS_ENABLED(option)
#define IS_REACHABLE(option) IS_ENABLED(option)
#define IS_MODULE(option) 0
#define __is_defined(option) KF_IS_ONE(option)

#endif /* KHOFUZZ_LINUX_SHIM_KERNEL_CONFIG_H_ */
