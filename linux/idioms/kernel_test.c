/* What a patch may use of the shim's headers though the trees here do not yet. Built with a tree's own
 * headers by idioms_test. */
#include <setjmp.h>

#include <tree_headers.h>

int printf(const char* format, ...);

struct kf_machine kf_machine;
nodemask_t node_states[NR_NODE_STATES];

static int failures;
#define CHECK(condition)                                           \
  do {                                                             \
    if (condition) break;                                          \
    printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
    ++failures;                                                    \
  } while (0)

/* Nobody here sleeps where it is forbidden. */
unsigned long kf_sleep_checks;
void kf_sleeps_in_atomic(const char* what, const struct kf_site* at, void* caller) {
  (void)at;
  (void)caller;
  printf("%s in atomic context\n", what);
  ++failures;
}

struct thing {
  int value;
};

static void BitsComeAndGo(void) {
  DECLARE_BITMAP(bits, 130);
  bitmap_zero(bits, 130);
  CHECK(bitmap_empty(bits, 130));
  bitmap_set(bits, 60, 10);
  CHECK(bitmap_weight(bits, 130) == 10 && test_bit(69, bits) && !test_bit(70, bits));
  CHECK(find_first_bit(bits, 130) == 60 && find_next_zero_bit(bits, 130, 60) == 70);
  bitmap_clear(bits, 61, 9);
  CHECK(bitmap_weight(bits, 130) == 1);
  CHECK(test_and_clear_bit(60, bits) && !test_and_set_bit(129, bits));
  CHECK(find_first_bit(bits, 130) == 129);
  bitmap_set(bits, 0, 130);
  CHECK(bitmap_full(bits, 130) && find_first_zero_bit(bits, 130) == 130);
  unsigned long n, clear = 0;
  __clear_bit(7, bits);
  __clear_bit(128, bits);
  for_each_clear_bit(n, bits, 130) clear += n;
  CHECK(clear == 135);
  nodemask_t nodes = NODE_MASK_NONE;
  CHECK(nodes_empty(nodes));
  node_set(3, nodes);
  CHECK(node_isset(3, nodes) && !node_isset(2, nodes));
  node_clear(3, nodes);
  CHECK(nodes_empty(nodes));
}

static void ArithmeticIsTheKernels(void) {
  CHECK(clamp_t(int, 9, 1, 5) == 5 && clamp_val(-3, -1, 5) == -1);
  CHECK(min3(4, 2, 3) == 2 && max3(4, 2, 9) == 9);
  CHECK(min_not_zero(0, 5) == 5 && min_not_zero(7, 0) == 7 && min_not_zero(7, 5) == 5);
  CHECK(rounddown(17, 5) == 15 && roundup(16, 5) == 20);
  CHECK(fls(0) == 0 && fls(8) == 4 && __fls(8) == 3);
  CHECK(rounddown_pow_of_two(9) == 8 && order_base_2(9) == 4 && order_base_2(1) == 0);
  CHECK(hweight_long(0xff) == 8 && count_leading_zeros(1) == 63);
  CHECK(array_size(3, 5) == 15 && array_size(~(size_t)0, 2) == ~(size_t)0);
  unsigned int sum;
  CHECK(!check_add_overflow(1u, 2u, &sum) && sum == 3 && check_add_overflow(~0u, 1u, &sum));
  struct with_tail {
    u64 count;
    u32 tail[];
  }* p = NULL;
  CHECK(struct_size(p, tail, 3) == 20);
  CHECK(offsetofend(struct thing, value) == 4 && sizeof_field(struct thing, value) == 4);
}

static void TextIsReadAndWritten(void) {
  unsigned long long big;
  int small;
  CHECK(kstrtoull("0x10\n", 0, &big) == 0 && big == 16);
  CHECK(kstrtoull("10x", 0, &big) == -EINVAL && kstrtoull("", 10, &big) == -EINVAL);
  CHECK(kstrtoint("-7", 10, &small) == 0 && small == -7);
  CHECK(kstrtoint("4294967296", 10, &small) == -ERANGE);
  char text[8] = " a b \n";
  CHECK(!strcmp(strim(text), "a b"));
  CHECK(scnprintf(text, sizeof(text), "%d", 123456789) == 7 && !strcmp(text, "1234567"));
  CHECK(sysfs_streq("on", "on\n") && !sysfs_streq("on", "of"));
  CHECK(memchr_inv("aaab", 'a', 4) != NULL && !memchr_inv("aaa", 'a', 3));
  CHECK(crc32_le(~0u, "123456789", 9) == (u32)~0xcbf43926u);
  char list[] = "3,-4";
  char* at = list;
  CHECK(get_option(&at, &small) == 2 && small == 3 && get_option(&at, &small) == 1 && small == -4);
  u8 bytes[] = {1, 2, 3, 4};
  CHECK(get_unaligned_be16(bytes + 1) == 0x203 && get_unaligned_le32(bytes) == 0x4030201);
  u64 n = 17;
  CHECK(do_div(n, 5) == 2 && n == 3);
}

static int heard;
static int hears(struct notifier_block* one, unsigned long action, void* data) {
  (void)data;
  heard = heard * 10 + one->priority;
  return action == 2 ? NOTIFY_STOP : NOTIFY_OK;
}

/* Of the environment, which is not there. */
void kf_free_object(const void* object, const struct kf_site* at, void* caller) {
  (void)object, (void)at, (void)caller;
}
static int warned;
void kf_warn(const char* what, const struct kf_site* at) {
  (void)what, (void)at;
  ++warned;
}

static void CountersAndChains(void) {
  atomic_t count = ATOMIC_INIT(1);
  CHECK(atomic_add_unless(&count, 2, 1) == 0 && atomic_inc_not_zero(&count));
  CHECK(atomic_cmpxchg(&count, 2, 5) == 2 && atomic_fetch_add(3, &count) == 5);
  CHECK(atomic_xchg(&count, 0) == 8 && !atomic_inc_not_zero(&count));
  refcount_t refs = REFCOUNT_INIT(2);
  CHECK(!refcount_dec_and_test(&refs) && refcount_dec_and_test(&refs));
  CHECK(warned == 0);
  refcount_inc(&refs); /* it is gone */
  CHECK(warned == 1 && refcount_read(&refs) == (unsigned int)REFCOUNT_SATURATED);
  static BLOCKING_NOTIFIER_HEAD(chain);
  static struct notifier_block low = {hears, NULL, 1}, high = {hears, NULL, 2};
  blocking_notifier_chain_register(&chain, &low);
  blocking_notifier_chain_register(&chain, &high);
  CHECK(blocking_notifier_chain_register(&chain, &high) == -EEXIST);
  CHECK(blocking_notifier_call_chain(&chain, 1, NULL) == NOTIFY_OK && heard == 21);
  CHECK(blocking_notifier_call_chain(&chain, 2, NULL) == NOTIFY_STOP && heard == 212);
  CHECK(blocking_notifier_chain_unregister(&chain, &high) == 0);
  CHECK(blocking_notifier_chain_unregister(&chain, &high) == -ENOENT);
  static DEFINE_IDA(ids);
  CHECK(ida_alloc(&ids, GFP_KERNEL) == 0 && ida_alloc_min(&ids, 7, GFP_KERNEL) == 7);
  ida_free(&ids, 0);
  CHECK(ida_alloc_max(&ids, 0, GFP_KERNEL) == 0 && ida_alloc_max(&ids, 0, GFP_KERNEL) == -ENOSPC);
  CHECK(const_ilog2(1UL << (20 + (unsigned long)heard - 212)) == 20);
}

static void SectionsAndPages(void) {
  kf_machine.section_shift = PAGE_SHIFT + 8;
  CHECK(SECTION_ALIGN_DOWN(0x1ff) == 0x100 && SECTION_ALIGN_UP(0x101) == 0x200);
  CHECK(pfn_to_section_nr(0x3ff) == 3 && section_nr_to_pfn(3) == 0x300);
  CHECK(offset_in_page(PAGE_SIZE + 5) == 5 && PFN_ALIGN(PAGE_SIZE + 5) == 2 * PAGE_SIZE);
  struct page page = {.kf_order = 3, .kf_count = 2, .kf_reserved = 1};
  CHECK(folio_nr_pages(page_folio(&page)) == 8 && folio_size(page_folio(&page)) == 8 * PAGE_SIZE);
  CHECK(PageReserved(&page) && page_count(&page) == 2 && compound_order(&page) == 3);
  CHECK(is_migrate_cma(MIGRATE_CMA) && !is_migrate_cma(MIGRATE_MOVABLE));
  INIT_LIST_HEAD(&page.lru);
  struct zone zone = {.managed_pages = {7}};
  CHECK(zone_managed_pages(&zone) == 7 && managed_zone(&zone));
}

struct kf_context kf_now;
static jmp_buf stopped;
void kf_stop(int kind, const char* what, const struct kf_site* at) {
  (void)kind, (void)what, (void)at;
  longjmp(stopped, 1);
}
/* Whether the kernel would stop there. */
#define STOPS(statement)        \
  (_setjmp(stopped) ? true : ({ \
    statement;                  \
    false;                      \
  }))

static void LocksKnowWhetherTheyAreHeld(void) {
  DECLARE_RWSEM(lock);
  down_write(&lock);
  CHECK(mutex_is_locked(&lock));
  CHECK(!STOPS(lockdep_assert_held(&lock)));
  CHECK(STOPS(down_read(&lock))); /* nobody else could give it back */
  up_read(&lock);
  CHECK(STOPS(lockdep_assert_held(&lock)));
  {
    guard(mutex)(&lock);
    CHECK(mutex_is_locked(&lock) && !mutex_trylock(&lock));
  }
  CHECK(!mutex_is_locked(&lock));
  spinlock_t spin;
  unsigned long flags;
  spin_lock_init(&spin);
  spin_lock_irqsave(&spin, flags);
  spin_unlock_irqrestore(&spin, flags);
  CHECK(flags == 0);
  atomic_t count = {0};
  atomic_inc(&count);
  atomic_add(3, &count);
  atomic_dec(&count);
  CHECK(atomic_read(&count) == 3 && atomic_inc_return(&count) == 4);
}

int main(void) {
  TextIsReadAndWritten();
  CountersAndChains();
  BitsComeAndGo();
  ArithmeticIsTheKernels();
  SectionsAndPages();
  LocksKnowWhetherTheyAreHeld();
  return failures != 0;
}
