/* Notifier chains and numbers that are given out. */
#include "environment.h"

/* Highest priority first; of equal ones the first that came. */
int kf_chain_register(struct notifier_block** head, struct notifier_block* one) {
  while (*head && *head != one && (*head)->priority >= one->priority) {
    head = (struct notifier_block**)&(*head)->next;
  }
  if (*head == one) return -EEXIST;
  one->next = *head;
  *head = one;
  return 0;
}

int kf_chain_unregister(struct notifier_block** head, struct notifier_block* one) {
  while (*head && *head != one) head = (struct notifier_block**)&(*head)->next;
  if (!*head) return -ENOENT;
  *head = (struct notifier_block*)one->next;
  return 0;
}

int kf_chain_call(struct notifier_block* head, unsigned long action, void* data) {
  int result = NOTIFY_DONE;
  for (; head && !(result & NOTIFY_STOP_MASK); head = (struct notifier_block*)head->next) {
    result = head->notifier_call(head, action, data);
  }
  return result;
}

int ida_alloc_range(struct ida* ida, unsigned int min, unsigned int max, gfp_t gfp) {
  (void)gfp;
  const unsigned long id = find_next_zero_bit(ida->taken, KF_IDS, min);
  if (id > max) return -ENOSPC;
  if (id >= KF_IDS) kf_stop(KF_STOP_REFUSED, "too many numbers of an ida", KF_HERE);
  __set_bit(id, ida->taken);
  return (int)id;
}

void ida_free(struct ida* ida, unsigned int id) {
  if (id < KF_IDS) __clear_bit(id, ida->taken);
}

/* lib/refcount.c: the count stays where it can do no harm. */
void refcount_warn_saturate(refcount_t* refs, enum refcount_saturation_type type) {
  (void)type;
  refcount_set(refs, REFCOUNT_SATURATED);
  kf_warn("refcount_t: a count overflows, or what is gone is used", KF_HERE);
}

/* What lib/xarray.c has from lib/radix-tree.c. Its nodes are no larger; the xarray wants them
 * zeroed and with a list of their own. */
static void init_xarray_node(void* object) {
  struct xa_node* const node = object;
  memset(node, 0, sizeof(*node));
  INIT_LIST_HEAD(&node->private_list);
}
static struct kmem_cache kf_xarray_nodes = {sizeof(struct xa_node), init_xarray_node};
struct kmem_cache* radix_tree_node_cachep = &kf_xarray_nodes;
void radix_tree_node_rcu_free(struct rcu_head* head) {
  kfree(container_of(head, struct xa_node, rcu_head));
}

struct resource iomem_resource = {.end = ~0ULL, .name = "PCI mem"};
