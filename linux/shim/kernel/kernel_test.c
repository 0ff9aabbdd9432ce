/* What a patch may use of these headers though the trees here do not yet. */
#include <setjmp.h>

#include "../prelude.h"

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

struct thing {
  int value;
  struct list_head link;
};

/* The values on the list, as digits. */
static int Digits(struct list_head* head) {
  int digits = 0;
  struct thing* one;
  list_for_each_entry(one, head, link) digits = digits * 10 + one->value;
  return digits;
}

static void ListsKeepTheirOrder(void) {
  struct thing a = {.value = 1}, b = {.value = 2}, c = {.value = 3};
  struct thing *one, *after;
  LIST_HEAD(head);
  LIST_HEAD(other);
  CHECK(list_empty(&head));
  CHECK(list_first_entry_or_null(&head, struct thing, link) == NULL);
  list_add(&b.link, &head);
  list_add(&a.link, &head);
  list_add_tail(&c.link, &head);
  CHECK(Digits(&head) == 123);
  CHECK(list_is_first(&a.link, &head) && list_is_last(&c.link, &head));
  CHECK(list_first_entry(&head, struct thing, link) == &a);
  CHECK(list_last_entry(&head, struct thing, link) == &c);
  CHECK(list_next_entry(&a, link) == &b && list_prev_entry(&c, link) == &b);
  list_move(&c.link, &head);
  CHECK(Digits(&head) == 312);
  list_move_tail(&c.link, &head);
  int back = 0;
  list_for_each_entry_reverse(one, &head, link) back = back * 10 + one->value;
  CHECK(back == 321);
  list_for_each_entry_safe(one, after, &head, link) {
    if (one->value == 2) list_del_init(&one->link);
  }
  CHECK(Digits(&head) == 13 && list_empty(&b.link));
  list_add(&b.link, &other);
  list_splice_init(&head, &other);
  CHECK(Digits(&other) == 132 && list_empty(&head));
  int links = 0;
  struct list_head* link;
  list_for_each(link, &other)++ links;
  CHECK(links == 3);
  list_del(&a.link);
  CHECK(Digits(&other) == 32);
}

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
  ListsKeepTheirOrder();
  BitsComeAndGo();
  ArithmeticIsTheKernels();
  SectionsAndPages();
  LocksKnowWhetherTheyAreHeld();
  return failures != 0;
}
