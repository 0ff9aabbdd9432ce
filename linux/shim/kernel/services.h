/* What drivers use of a kernel around them: notifiers, work, files that nobody reads. */
#ifndef KHOFUZZ_LINUX_SHIM_KERNEL_SERVICES_H_
#define KHOFUZZ_LINUX_SHIM_KERNEL_SERVICES_H_

#include <linux/bitfield.h>
#include <linux/hashtable.h>
#include <linux/kref.h>
#include <linux/range.h>
#include <linux/refcount.h>

/* environment_services.c: chains run, by priority. */
struct srcu_struct {
  char unused;
};
struct srcu_usage {
  char unused;
};
#include <linux/notifier.h>
int kf_chain_register(struct notifier_block** head, struct notifier_block* one);
int kf_chain_unregister(struct notifier_block** head, struct notifier_block* one);
int kf_chain_call(struct notifier_block* head, unsigned long action, void* data);
#define KF_HEAD(chain) ((struct notifier_block**)&(chain)->head)
#define blocking_notifier_chain_register(chain, one) kf_chain_register(KF_HEAD(chain), one)
#define blocking_notifier_chain_unregister(chain, one) kf_chain_unregister(KF_HEAD(chain), one)
#define blocking_notifier_call_chain(chain, action, data) \
  kf_chain_call(*KF_HEAD(chain), action, data)
#define atomic_notifier_chain_register(chain, one) kf_chain_register(KF_HEAD(chain), one)
#define atomic_notifier_chain_unregister(chain, one) kf_chain_unregister(KF_HEAD(chain), one)
#define atomic_notifier_call_chain(chain, action, data) kf_chain_call(*KF_HEAD(chain), action, data)
#define raw_notifier_chain_register(chain, one) kf_chain_register(KF_HEAD(chain), one)
#define raw_notifier_chain_unregister(chain, one) kf_chain_unregister(KF_HEAD(chain), one)
#define raw_notifier_call_chain(chain, action, data) kf_chain_call(*KF_HEAD(chain), action, data)
/* Nobody reboots, panics or dies. */
#define register_reboot_notifier(one) ((void)(one), 0)
#define unregister_reboot_notifier(one) ((void)(one), 0)
#define register_pm_notifier(one) ((void)(one), 0)

/* Work is done when it is queued: one of the ways in which it may come about. */
struct work_struct {
  void (*func)(struct work_struct* work);
};
typedef void (*work_func_t)(struct work_struct* work);
struct delayed_work {
  struct work_struct work;
};
struct workqueue_struct;
#define system_wq ((struct workqueue_struct*)0)
#define system_percpu_wq system_wq
#define system_dfl_wq system_wq
#define system_unbound_wq system_wq
#define system_long_wq system_wq
#define WQ_UNBOUND 0x2
#define WQ_MEM_RECLAIM 0x8
#define alloc_workqueue(...) ((struct workqueue_struct*)1)
#define destroy_workqueue(queue) ((void)(queue))
#define DECLARE_WORK(name, fn) struct work_struct name = {fn}
#define DECLARE_DELAYED_WORK(name, fn) struct delayed_work name = {{fn}}
#define INIT_WORK(work, fn) ((void)((work)->func = (fn)))
#define INIT_DELAYED_WORK(delayed, fn) INIT_WORK(&(delayed)->work, fn)
#define to_delayed_work(one) container_of(one, struct delayed_work, work)
static inline bool schedule_work(struct work_struct* work) {
  work->func(work);
  return true;
}
#define queue_work(queue, work) ((void)(queue), schedule_work(work))
#define queue_work_on(cpu, queue, work) queue_work(queue, work)
#define schedule_delayed_work(delayed, j) ((void)(j), schedule_work(&(delayed)->work))
#define queue_delayed_work(queue, delayed, j) schedule_delayed_work(delayed, j)
#define mod_delayed_work(queue, delayed, j) schedule_delayed_work(delayed, j)
#define flush_work(work) ((void)(work), false)
#define flush_workqueue(queue) ((void)(queue))
#define cancel_work_sync(work) ((void)(work), false)
#define cancel_delayed_work_sync(delayed) ((void)(delayed), false)
#define kthread_create(run, data, ...) (kf_start_thread(run, data), current)
#define wake_up_process(task) ((void)(task), 1)
#define kthread_should_stop() false
#define kthread_stop(task) ((void)(task), 0)

/* Files. */
struct inode {
  void* i_private;
};
struct file {
  void* private_data;
};
struct file_operations {
  struct module* owner;
  loff_t (*llseek)(struct file* file, loff_t at, int whence);
  ssize_t (*read)(struct file* file, char* to, size_t n, loff_t* at);
  ssize_t (*write)(struct file* file, const char* from, size_t n, loff_t* at);
  int (*open)(struct inode* inode, struct file* file);
  int (*release)(struct inode* inode, struct file* file);
  long (*unlocked_ioctl)(struct file* file, unsigned int command, unsigned long arg);
};
struct seq_file {
  void* private;
  size_t size, count;
};
#define seq_printf(m, ...)  \
  do {                      \
    (void)(m);              \
    KF_SILENT(__VA_ARGS__); \
  } while (0)
#define seq_puts(m, text) ((void)(m), (void)(text))
#define seq_putc(m, c) ((void)(m), (void)(c))
#define seq_write(m, data, bytes) ((void)(m), (void)(data), (void)(bytes), 0)
#define seq_has_overflowed(m) ((void)(m), false)
#define DEFINE_SHOW_ATTRIBUTE(name)                                                                \
  static int __attribute__((unused)) (*const name##_shown)(struct seq_file*, void*) = name##_show; \
  static const struct file_operations __attribute__((unused)) name##_fops = {0}
#define copy_to_user(to, from, n) ((void)memcpy((void*)(to), from, n), 0UL)
#define copy_from_user(to, from, n) ((void)memcpy(to, (const void*)(from), n), 0UL)
#define simple_read_from_buffer(...) ((ssize_t)0)
#define readb(p) (*(const volatile u8*)(p))
#define readl(p) (*(const volatile u32*)(p))
#define readq(p) (*(const volatile u64*)(p))
#define writeb(value, p) ((void)(*(volatile u8*)(p) = (value)))
#define writel(value, p) ((void)(*(volatile u32*)(p) = (value)))
#define writeq(value, p) ((void)(*(volatile u64*)(p) = (value)))
#include <linux/debugfs.h>

/* sysfs */
struct attribute {
  const char* name;
  umode_t mode;
};
struct kobject {
  const char* name;
  struct kobject* parent;
};
struct kobj_attribute {
  struct attribute attr;
  ssize_t (*show)(struct kobject* kobj, struct kobj_attribute* attr, char* to);
  ssize_t (*store)(struct kobject* kobj, struct kobj_attribute* attr, const char* from, size_t n);
};
struct bin_attribute {
  struct attribute attr;
  size_t size;
  void* private;
};
struct attribute_group {
  const char* name;
  struct attribute** attrs;
};
#define __ATTR(file, permissions, shown, stored) \
  {.attr = {.name = #file, .mode = (permissions)}, .show = shown, .store = stored}
#define __ATTR_RO(file) __ATTR(file, 0444, file##_show, NULL)
#define __ATTR_RW(file) __ATTR(file, 0644, file##_show, file##_store)
#define __ATTR_WO(file) __ATTR(file, 0200, NULL, file##_store)
#define __ATTRIBUTE_GROUPS(group) \
  static const struct attribute_group* group##_groups[] = {&group##_group, NULL}
#define ATTRIBUTE_GROUPS(group)                                                 \
  static const struct attribute_group group##_group = {.attrs = group##_attrs}; \
  __ATTRIBUTE_GROUPS(group)
#define sysfs_create_group(kobj, group) ((void)(kobj), (void)(group), 0)
#define sysfs_create_groups(kobj, groups) ((void)(kobj), (void)(groups), 0)
#define sysfs_remove_group(kobj, group) ((void)(kobj), (void)(group))
#define sysfs_create_file(kobj, attr) ((void)(kobj), (void)(attr), 0)
#define sysfs_remove_file(kobj, attr) ((void)(kobj), (void)(attr))
#define sysfs_create_bin_file(kobj, attr) ((void)(kobj), (void)(attr), 0)
#define sysfs_bin_attr_init(attr) ((void)(attr))
#define sysfs_emit(to, ...) scnprintf(to, PAGE_SIZE, __VA_ARGS__)
#define sysfs_emit_at(to, at, ...) scnprintf((to) + (at), PAGE_SIZE - (at), __VA_ARGS__)
#define kobject_put(kobj) ((void)(kobj))
#define kobject_get(kobj) (kobj)
#define kobject_name(kobj) ((kobj)->name)

/* Numbers that are given out: environment_services.c, so many at most. */
#define KF_IDS 4096
struct ida {
  DECLARE_BITMAP(taken, KF_IDS);
};
#define IDA_INIT(name) {{0}}
#define DEFINE_IDA(name) struct ida name = IDA_INIT(name)
#define ida_init(ida) bitmap_zero((ida)->taken, KF_IDS)
int ida_alloc_range(struct ida* ida, unsigned int min, unsigned int max, gfp_t gfp);
void ida_free(struct ida* ida, unsigned int id);
#define ida_alloc(ida, gfp) ida_alloc_range(ida, 0, ~0u, gfp)
#define ida_alloc_min(ida, min, gfp) ida_alloc_range(ida, min, ~0u, gfp)
#define ida_alloc_max(ida, max, gfp) ida_alloc_range(ida, 0, max, gfp)
#define ida_is_empty(ida) bitmap_empty((ida)->taken, KF_IDS)
#define ida_destroy(ida) ida_init(ida)

/* Of the tree's lib/, compiled where the tree's sources use them (sources.txt). */
#include <linux/rbtree.h>
#include <linux/rbtree_types.h>
#include <linux/xarray.h>

#endif /* KHOFUZZ_LINUX_SHIM_KERNEL_SERVICES_H_ */
