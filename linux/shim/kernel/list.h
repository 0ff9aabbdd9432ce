/* Lists: rings of links, with a link of its own for the list's head. */
#ifndef KHOFUZZ_LINUX_SHIM_KERNEL_LIST_H_
#define KHOFUZZ_LINUX_SHIM_KERNEL_LIST_H_

struct list_head {
  struct list_head *next, *prev;
};
#define LIST_HEAD_INIT(name) {&(name), &(name)}
#define LIST_HEAD(name) struct list_head name = LIST_HEAD_INIT(name)

/* The link of what is never put on a list here, and takes no room. */
struct kf_no_link {};

static inline void kf_init_list(struct list_head* head) { head->next = head->prev = head; }
static inline void kf_init_no_link(struct kf_no_link* link) { (void)link; }
#define INIT_LIST_HEAD(head) \
  _Generic((head), struct kf_no_link *: kf_init_no_link, struct list_head *: kf_init_list)(head)

static inline void kf_link(struct list_head* before, struct list_head* after) {
  before->next = after;
  after->prev = before;
}
static inline void kf_unlink(struct list_head* one) { kf_link(one->prev, one->next); }
static inline void list_add(struct list_head* one, struct list_head* head) {
  struct list_head* const second = head->next;
  kf_link(one, second);
  kf_link(head, one);
}
static inline void list_add_tail(struct list_head* one, struct list_head* head) {
  list_add(one, head->prev);
}
static inline void list_del(struct list_head* one) {
  kf_unlink(one);
  one->next = one->prev = NULL;
}
static inline void list_del_init(struct list_head* one) {
  kf_unlink(one);
  INIT_LIST_HEAD(one);
}
static inline void list_move(struct list_head* one, struct list_head* head) {
  kf_unlink(one);
  list_add(one, head);
}
static inline void list_move_tail(struct list_head* one, struct list_head* head) {
  kf_unlink(one);
  list_add_tail(one, head);
}
static inline bool list_empty(const struct list_head* head) { return head->next == head; }
static inline bool list_is_first(const struct list_head* one, const struct list_head* head) {
  return one->prev == head;
}
static inline bool list_is_last(const struct list_head* one, const struct list_head* head) {
  return one->next == head;
}
/* All of `list` after the head; `list` is empty then. */
static inline void list_splice_init(struct list_head* list, struct list_head* head) {
  if (list_empty(list)) return;
  struct list_head* const second = head->next;
  struct list_head* const last = list->prev;
  kf_link(head, list->next);
  kf_link(last, second);
  INIT_LIST_HEAD(list);
}

#define list_entry(link, type, member) container_of(link, type, member)
#define list_first_entry(head, type, member) list_entry((head)->next, type, member)
#define list_last_entry(head, type, member) list_entry((head)->prev, type, member)
#define list_first_entry_or_null(head, type, member) \
  (list_empty(head) ? NULL : list_first_entry(head, type, member))
#define list_next_entry(one, member) list_entry((one)->member.next, __typeof__(*(one)), member)
#define list_prev_entry(one, member) list_entry((one)->member.prev, __typeof__(*(one)), member)
#define list_entry_is_head(one, head, member) (&(one)->member == (head))

#define list_for_each(link, head) \
  for ((link) = (head)->next; (link) != (head); (link) = (link)->next)
#define list_for_each_entry(one, head, member)                     \
  for ((one) = list_first_entry(head, __typeof__(*(one)), member); \
       !list_entry_is_head(one, head, member); (one) = list_next_entry(one, member))
#define list_for_each_entry_reverse(one, head, member)            \
  for ((one) = list_last_entry(head, __typeof__(*(one)), member); \
       !list_entry_is_head(one, head, member); (one) = list_prev_entry(one, member))
/* The one may be taken off the list. */
#define list_for_each_entry_safe(one, after, head, member)         \
  for ((one) = list_first_entry(head, __typeof__(*(one)), member), \
      (after) = list_next_entry(one, member);                      \
       !list_entry_is_head(one, head, member);                     \
       (one) = (after), (after) = list_next_entry(after, member))

#endif /* KHOFUZZ_LINUX_SHIM_KERNEL_LIST_H_ */
