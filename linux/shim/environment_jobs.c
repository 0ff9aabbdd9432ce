/* Threads: noted when started, run in their order when somebody waits. The host decides how the
 * parts of a job take turns. */
#include "environment.h"

static struct kf_thread {
  int (*run)(void* data);
  void* data;
} kf_threads[MAX_NUMNODES];
static int kf_nr_threads;

void kf_start_thread(int (*run)(void* data), void* data) {
  if (kf_nr_threads == MAX_NUMNODES) kf_stop(KF_STOP_REFUSED, "too many threads", KF_HERE);
  kf_threads[kf_nr_threads++] = (struct kf_thread){run, data};
}

void kf_wait_for_completion(struct completion* c) {
  for (int i = 0; i < kf_nr_threads; ++i) {
    kf_threads[i].run(kf_threads[i].data);
    kf_check_depths(&(struct kf_depths){0}, "a thread");
  }
  kf_nr_threads = 0;
  if (!c->done)
    kf_stop(KF_STOP_PANIC, "a completion is waited for that nobody will complete", KF_HERE);
}

const struct cpumask* cpumask_of_node(int nid) {
  static struct cpumask mask;
  (void)nid;
  mask.weight = kf_machine.threads;
  return &mask;
}

/* Jobs stay here, so that the host may run them after the thread that made them is gone. */
static struct padata_mt_job kf_jobs[MAX_NUMNODES];
static int kf_nr_jobs;

void padata_do_multithreaded(struct padata_mt_job* job) {
  if (!job->size) return;
  if (kf_nr_jobs == MAX_NUMNODES) kf_stop(KF_STOP_REFUSED, "too many jobs", KF_HERE);
  struct padata_mt_job* const kept = &kf_jobs[kf_nr_jobs++];
  *kept = *job;
  const struct kf_job told = {.fn = kf_run_job_part,
                              .arg = kept,
                              .begin = job->start,
                              .end = job->start + job->size,
                              .align = job->align,
                              .min_chunk = job->min_chunk,
                              .max_threads = job->max_threads};
  KF_TELL(run_job, &told);
}

/* In a thread of its own: what forbids its caller to sleep does not forbid it. */
static int run_part(const struct padata_mt_job* job, unsigned long begin, unsigned long end) {
  kf_now.depths = (struct kf_depths){0};
  KF_CALL_TREE(job->thread_fn(begin, end, job->fn_arg));
  return 0;
}

void kf_run_job_part(unsigned long begin, unsigned long end, void* arg) {
  (void)run_part(arg, begin, end);
}
