// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The kernel's side of a guest of `khofuzz vm`: calls KHO as a subsystem would.
 *
 * A line written to /proc/khofuzz is one call, and reading the file then says what came
 * of it: "ok VALUES" or "error ERRNO". Nothing is remembered here: the host keeps what was handed
 * out, by physical address. vm/protocol.h lists the calls.
 */
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/kexec_handover.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/nodemask.h>
#include <linux/proc_fs.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

/* reserve_mem_release_by_name(), which modules cannot link to; 0: there is none. */
static unsigned long release;
module_param(release, ulong, 0);
MODULE_PARM_DESC(release, "address of reserve_mem_release_by_name()");

static DEFINE_MUTEX(lock);
static char answer[256] = "error 0";
static char call[256];

static void say_error(long error)
{
	snprintf(answer, sizeof(answer), "error %ld", error);
}

static void say_result(long error)
{
	if (error)
		say_error(error);
	else
		strscpy(answer, "ok");
}

/* ---- contents: a function of the seed and of the place in what was preserved ---- */

static u64 word_at(u64 seed, u64 page, unsigned int word)
{
	u64 x = seed ^ (page << 9 | word);

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

static void fill_page(void *at, u64 seed, u64 page)
{
	u64 *words = at;

	for (unsigned int i = 0; i < PAGE_SIZE / sizeof(u64); i++)
		words[i] = word_at(seed, page, i);
}

static bool page_is_as_filled(const void *at, u64 seed, u64 page)
{
	const u64 *words = at;

	for (unsigned int i = 0; i < PAGE_SIZE / sizeof(u64); i++)
		if (words[i] != word_at(seed, page, i))
			return false;
	return true;
}

static void fill(u64 phys, unsigned long nr, u64 seed)
{
	for (unsigned long i = 0; i < nr; i++)
		fill_page(phys_to_virt(phys + i * PAGE_SIZE), seed, i);
	say_result(0);
}

/* "ok BAD FIRST": how many pages are not as fill() left them, and the first of them. */
static void check(u64 phys, unsigned long nr, u64 seed)
{
	unsigned long bad = 0, first = 0;

	for (unsigned long i = 0; i < nr; i++) {
		if (page_is_as_filled(phys_to_virt(phys + i * PAGE_SIZE), seed, i))
			continue;
		if (!bad++)
			first = i;
		cond_resched();
	}
	snprintf(answer, sizeof(answer), "ok %lu %lu", bad, first);
}

/* ---- pages at a place ---- */

/* How many pages the free block that holds this one has from here on; 0: it is not free. */
static unsigned long free_from(unsigned long pfn)
{
	for (unsigned int order = 0; order <= MAX_PAGE_ORDER; order++) {
		unsigned long head = pfn & ~((1UL << order) - 1);
		struct page *page;

		if (!pfn_valid(head))
			return 0;
		page = pfn_to_page(head);
		if (PageBuddy(page) && page_private(page) >= order &&
		    head + (1UL << page_private(page)) > pfn)
			return head + (1UL << page_private(page)) - pfn;
	}
	return 0;
}

static bool all_free(unsigned long pfn, unsigned long nr, int nid)
{
	unsigned long end = pfn + nr;

	while (pfn < end) {
		unsigned long here = free_from(pfn);

		if (!here || (nid >= 0 && page_to_nid(pfn_to_page(pfn)) != nid))
			return false;
		pfn += here;
	}
	return true;
}

/* A run may lie in several zones, of which each gives its own part. */
static int take_run(unsigned long pfn, unsigned long nr, acr_flags_t flags)
{
	unsigned long at = pfn, end = pfn + nr;

	while (at < end) {
		unsigned long stop = at + 1;
		int error;

		while (stop < end && page_zone(pfn_to_page(stop)) == page_zone(pfn_to_page(at)))
			stop++;
		error = alloc_contig_range(at, stop, flags, GFP_KERNEL);
		if (error) {
			if (at > pfn)
				free_contig_range(pfn, at - pfn);
			return error;
		}
		at = stop;
	}
	return 0;
}

/*
 * alloc_contig_frozen_range() gives a folio only where free blocks end with it: what is free around
 * it in its largest block is held meanwhile.
 */
static int take_folio(unsigned long pfn, unsigned long nr, acr_flags_t flags)
{
	unsigned long block = ALIGN_DOWN(pfn, MAX_ORDER_NR_PAGES);
	unsigned long end = max(block + MAX_ORDER_NR_PAGES, pfn + nr);
	int error;

	if (!all_free(block, end - block, -1))
		return -EBUSY;
	error = take_run(block, pfn - block, flags);
	if (error)
		return error;
	error = take_run(pfn + nr, end - pfn - nr, flags);
	if (!error) {
		error = alloc_contig_frozen_range(pfn, pfn + nr, flags, GFP_KERNEL | __GFP_COMP);
		if (end > pfn + nr)
			free_contig_range(pfn + nr, end - pfn - nr);
	}
	if (pfn > block)
		free_contig_range(block, pfn - block);
	if (!error)
		set_page_count(pfn_to_page(pfn), 1);
	return error;
}

static int take(unsigned long pfn, unsigned long nr, bool folio, acr_flags_t flags)
{
	return folio && nr > 1 ? take_folio(pfn, nr, flags) : take_run(pfn, nr, flags);
}

/*
 * The first place from page `from` on that has `nr` free pages, in one folio if so asked; "ok PHYS".
 * Pages of CMA are only for movable ones, as in the page allocator.
 */
static void alloc(unsigned long from, unsigned long end, unsigned long nr, bool folio, int nid,
		  bool movable)
{
	unsigned long step = folio ? nr : 1;

	for (unsigned long pfn = ALIGN(from, step); pfn + nr <= end; pfn += step) {
		if (!all_free(pfn, nr, nid)) {
			/* Nothing begins within a block that is too short. */
			if (!folio && free_from(pfn) == 0 && !pfn_valid(pfn))
				pfn = ALIGN(pfn + 1, PAGES_PER_SECTION) - 1;
			continue;
		}
		if (take(pfn, nr, folio, ACR_FLAGS_NONE) &&
		    (!movable || take(pfn, nr, folio, ACR_FLAGS_CMA))) {
			/* Most often a pageblock of CMA: the next one may not be. */
			pfn = max(pfn, ALIGN(pfn + 1, pageblock_nr_pages) - step);
			continue;
		}
		snprintf(answer, sizeof(answer), "ok 0x%llx", (u64)PFN_PHYS(pfn));
		return;
	}
	say_error(-ENOMEM);
}

static void give_back(unsigned long pfn, unsigned long nr, bool folio)
{
	if (folio)
		folio_put(page_folio(pfn_to_page(pfn)));
	else
		free_contig_range(pfn, nr);
	say_result(0);
}

/* ---- vmalloc areas, named by the addresses that KHO needs to restore them ---- */

/* "ok AREA PHYS": where its first page lies. */
static void new_vmalloc(unsigned long nr, bool huge, u64 seed)
{
	char *area = huge ? vmalloc_huge(nr * PAGE_SIZE, GFP_KERNEL) : vmalloc(nr * PAGE_SIZE);

	if (!area) {
		say_error(-ENOMEM);
		return;
	}
	for (unsigned long i = 0; i < nr; i++)
		fill_page(area + i * PAGE_SIZE, seed, i);
	snprintf(answer, sizeof(answer), "ok 0x%lx 0x%llx", (unsigned long)area,
		 (u64)PFN_PHYS(vmalloc_to_pfn(area)));
}

/* "ok FIRST PAGES FLAGS ORDER" */
static void preserve_vmalloc(u64 area)
{
	struct kho_vmalloc kept = {};
	int error = kho_preserve_vmalloc((void *)(unsigned long)area, &kept);

	if (error)
		say_error(error);
	else
		snprintf(answer, sizeof(answer), "ok 0x%llx %u %u %u", kept.first.phys,
			 kept.total_pages, kept.flags, kept.order);
}

static void unpreserve_vmalloc(u64 first, unsigned int pages, unsigned int flags,
			       unsigned int order)
{
	struct kho_vmalloc kept = {.total_pages = pages, .flags = flags, .order = order};

	kept.first.phys = first;
	kho_unpreserve_vmalloc(&kept);
	say_result(0);
}

/* "ok AREA BAD FIRST" */
static void restore_vmalloc(u64 first, unsigned int pages, unsigned int flags, unsigned int order,
			    u64 seed)
{
	struct kho_vmalloc kept = {.total_pages = pages, .flags = flags, .order = order};
	unsigned long bad = 0, first_bad = 0;
	char *area;

	kept.first.phys = first;
	area = kho_restore_vmalloc(&kept);
	if (!area) {
		say_error(-ENOENT);
		return;
	}
	for (unsigned long i = 0; i < pages; i++)
		if (!page_is_as_filled(area + i * PAGE_SIZE, seed, i) && !bad++)
			first_bad = i;
	snprintf(answer, sizeof(answer), "ok 0x%lx %lu %lu", (unsigned long)area, bad, first_bad);
}

/* ---- subtrees ---- */

static void get_subtree(const char *name)
{
	phys_addr_t phys = 0;
	size_t size = 0;
	int error = kho_retrieve_subtree(name, &phys, &size);

	if (error)
		say_error(error);
	else
		snprintf(answer, sizeof(answer), "ok 0x%llx %zu", (u64)phys, size);
}

/* ---- one call ---- */

/* "ok PRIVATE COUNT FLAGS" of a struct page, the flags as printk() names them, node and zone too */
static void say_page(u64 phys)
{
	struct page *page;

	if (!pfn_valid(PHYS_PFN(phys))) {
		say_error(-ENXIO);
		return;
	}
	page = phys_to_page(phys);
	snprintf(answer, sizeof(answer), "ok 0x%lx %d %pGp", page_private(page),
		 page_ref_count(page), &page->flags);
}

/* "ok PHYS SIZE" */
static void find_reserve_mem(const char *name)
{
	phys_addr_t phys, size;

	if (reserve_mem_find_by_name(name, &phys, &size))
		snprintf(answer, sizeof(answer), "ok 0x%llx 0x%llx", (u64)phys, (u64)size);
	else
		say_error(-ENOENT);
}

static void release_reserve_mem(const char *name)
{
	int (*by_name)(const char *) = (void *)release;

	if (!by_name)
		say_error(-EOPNOTSUPP);
	else
		say_result(by_name(name) ? 0 : -ENOENT);
}

static void restore_folio(u64 phys)
{
	struct folio *folio = kho_restore_folio(phys);

	if (!folio)
		say_error(-ENOENT);
	else
		snprintf(answer, sizeof(answer), "ok 0x%llx %u", (u64)PFN_PHYS(folio_pfn(folio)),
			 folio_order(folio));
}

static void restore_pages(u64 phys, unsigned long nr)
{
	struct page *page = kho_restore_pages(phys, nr);

	if (!page)
		say_error(-ENOENT);
	else
		snprintf(answer, sizeof(answer), "ok 0x%llx", (u64)PFN_PHYS(page_to_pfn(page)));
}

static void answer_call(void)
{
	char name[64];
	u64 a, b, c, d, e;
	int nid, f;

	if (sscanf(call, "alloc %llu %llu %llu %d %d %llu", &a, &b, &c, &f, &nid, &d) == 6)
		alloc(a, b, c, f, nid, d);
	else if (sscanf(call, "free %lli %llu %d", &a, &b, &f) == 3)
		give_back(PHYS_PFN(a), b, f);
	else if (sscanf(call, "fill %lli %llu %lli", &a, &b, &c) == 3)
		fill(a, b, c);
	else if (sscanf(call, "check %lli %llu %lli", &a, &b, &c) == 3)
		check(a, b, c);
	else if (sscanf(call, "preserve_folio %lli", &a) == 1)
		say_result(kho_preserve_folio(page_folio(phys_to_page(a))));
	else if (sscanf(call, "preserve_pages %lli %llu", &a, &b) == 2)
		say_result(kho_preserve_pages(phys_to_page(a), b));
	else if (sscanf(call, "unpreserve_folio %lli", &a) == 1)
		kho_unpreserve_folio(page_folio(phys_to_page(a))), say_result(0);
	else if (sscanf(call, "unpreserve_pages %lli %llu", &a, &b) == 2)
		kho_unpreserve_pages(phys_to_page(a), b), say_result(0);
	else if (sscanf(call, "restore_folio %lli", &a) == 1)
		restore_folio(a);
	else if (sscanf(call, "restore_pages %lli %llu", &a, &b) == 2)
		restore_pages(a, b);
	else if (sscanf(call, "vmalloc %llu %d %lli", &a, &f, &b) == 3)
		new_vmalloc(a, f, b);
	else if (sscanf(call, "preserve_vmalloc %lli", &a) == 1)
		preserve_vmalloc(a);
	else if (sscanf(call, "unpreserve_vmalloc %lli %llu %llu %llu", &a, &b, &c, &d) == 4)
		unpreserve_vmalloc(a, b, c, d);
	else if (sscanf(call, "restore_vmalloc %lli %llu %llu %llu %lli", &a, &b, &c, &d, &e) == 5)
		restore_vmalloc(a, b, c, d, e);
	else if (sscanf(call, "free_vmalloc %lli", &a) == 1)
		vfree((void *)(unsigned long)a), say_result(0);
	else if (sscanf(call, "add_subtree %63s %lli %llu", name, &a, &b) == 3)
		say_result(kho_add_subtree(name, phys_to_virt(a), b));
	else if (sscanf(call, "remove_subtree %lli", &a) == 1)
		kho_remove_subtree(phys_to_virt(a)), say_result(0);
	else if (sscanf(call, "get_subtree %63s", name) == 1)
		get_subtree(name);
	else if (sscanf(call, "page %lli", &a) == 1)
		say_page(a);
	else if (sscanf(call, "reserve_mem %63s", name) == 1)
		find_reserve_mem(name);
	else if (sscanf(call, "release_reserve_mem %63s", name) == 1)
		release_reserve_mem(name);
	else if (!strcmp(call, "state"))
		snprintf(answer, sizeof(answer), "ok %d %d", kho_is_enabled(), is_kho_boot());
	else
		say_error(-EINVAL);
}

static ssize_t call_write(struct file *f, const char __user *text, size_t size, loff_t *at)
{
	if (size >= sizeof(call))
		return -E2BIG;
	mutex_lock(&lock);
	memset(call, 0, sizeof(call));
	if (copy_from_user(call, text, size)) {
		mutex_unlock(&lock);
		return -EFAULT;
	}
	answer_call();
	mutex_unlock(&lock);
	return size;
}

static ssize_t call_read(struct file *f, char __user *text, size_t size, loff_t *at)
{
	return simple_read_from_buffer(text, size, at, answer, strlen(answer));
}

static const struct proc_ops call_operations = {
	.proc_write = call_write,
	.proc_read = call_read,
};

static int __init khofuzz_guest_init(void)
{
	return proc_create("khofuzz", 0600, NULL, &call_operations) ? 0 : -ENOMEM;
}

static void __exit khofuzz_guest_exit(void)
{
	remove_proc_entry("khofuzz", NULL);
}

module_init(khofuzz_guest_init);
module_exit(khofuzz_guest_exit);
MODULE_DESCRIPTION("Calls Kexec HandOver for khofuzz");
MODULE_LICENSE("Dual MIT/GPL");
