/* Included before every file of the shim and of a tree: all that the tree's sources need of a
 * kernel beside the tree's own headers in real_headers.txt. Declarations only, in the subject
 * headers below; what they declare is defined in environment*.c. No header of the C library is
 * included, since some of those include <linux/...>. */
#ifndef KHOFUZZ_LINUX_SHIM_PRELUDE_H_
#define KHOFUZZ_LINUX_SHIM_PRELUDE_H_

/* Order matters: each builds on those before it. */
/* clang-format off */
#include "../abi.h"
#include "kernel/config.h"
#include "kernel/types.h"
#include "kernel/compiler.h"
#include "kernel/string.h"
#include "kernel/context.h"
#include "kernel/printk.h"
#include "kernel/math.h"
#include "kernel/bitmap.h"
#include "kernel/list.h"
#include "kernel/sync.h"
#include "kernel/page.h"
#include "kernel/zone.h"
#include "kernel/memory.h"
#include "kernel/vmalloc.h"
#include "kernel/kexec.h"
#include "kernel/fdt.h"
#include "kernel/services.h"
#include "kernel/boot.h"
#include "kernel/mm_init.h"
/* clang-format on */

#endif /* KHOFUZZ_LINUX_SHIM_PRELUDE_H_ */
