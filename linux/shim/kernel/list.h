/* Lists are the tree's own; page.lru is none. */
#ifndef KHOFUZZ_LINUX_SHIM_KERNEL_LIST_H_
#define KHOFUZZ_LINUX_SHIM_KERNEL_LIST_H_

#include <linux/list.h>

/* The link of what is never put on a list here, and takes no room. */
struct kf_no_link {};

static inline void kf_init_no_link(struct kf_no_link* link) { (void)link; }
#define INIT_LIST_HEAD(head) \
  _Generic((head), struct kf_no_link *: kf_init_no_link, struct list_head *: INIT_LIST_HEAD)(head)

/* Nobody reads meanwhile. */
#define list_add_rcu(one, head) list_add(one, head)
#define list_add_tail_rcu(one, head) list_add_tail(one, head)
#define list_del_rcu(one) list_del(one)
#define list_replace_rcu(old, one) list_replace(old, one)
#define list_for_each_entry_rcu(one, head, member, ...) list_for_each_entry(one, head, member)
#define list_first_or_null_rcu(head, type, member) list_first_entry_or_null(head, type, member)
#define hlist_add_head_rcu(one, head) hlist_add_head(one, head)
#define hlist_del_rcu(one) hlist_del(one)
#define hlist_del_init_rcu(one) hlist_del_init(one)
#define hlist_for_each_entry_rcu(one, head, member, ...) hlist_for_each_entry(one, head, member)
#define hlist_for_each_entry_rcu_notrace(one, head, member) hlist_for_each_entry(one, head, member)

#endif /* KHOFUZZ_LINUX_SHIM_KERNEL_LIST_H_ */
