/* A source of the tree's mm_init, KF_SOURCE. */

#ifdef KF_DEFINES___init_single_page
/* Who calls it is the address that it returns to. */
extern __typeof__(__init_single_page) __init_single_page __attribute__((__noinline__));
#endif

#include KF_SOURCE

#if defined(KF_DEFINES___early_pfn_to_nid) && defined(CONFIG_NUMA)
KF_AS_DECLARED(__early_pfn_to_nid);
#endif
