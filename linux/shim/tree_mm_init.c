/* The tree's mm/mm_init.c. */

/* Who calls it is the address that it returns to. */
extern __typeof__(__init_single_page) __init_single_page __attribute__((__noinline__));

#include "mm/mm_init.c"
