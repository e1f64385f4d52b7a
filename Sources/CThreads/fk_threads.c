#define _GNU_SOURCE
#include "fk_threads.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fk_cores.h"

// Number of times that a thread without work looks for some before it sleeps: some tens of microseconds.
enum { SPINS = 4000 };

// A section is open while it has unclaimed tasks. The thread that claims the last task closes it, and the caller
// returns when all tasks are done. A thread that wakes too late finds no work, and the caller does not wait for it.
struct fk_pool {
  int32_t threads;
  int32_t spins;
  pthread_t *handles;
  struct worker *workers;
  int32_t caller;          // thread number of the pinned caller, 0 if it is not pinned
  fk_cores callers_cores;  // cores that the caller was allowed before it was pinned
  // The current section.
  fk_body body;
  void *context;
  int64_t tasks, second, third;
  int64_t sections;
  _Alignas(64) _Atomic uint64_t ticket;     // number of the section << 32 | unclaimed tasks
  _Alignas(64) _Atomic int32_t unfinished;  // number of tasks that are not done
  _Atomic int32_t caller_sleeps;
  _Alignas(64) _Atomic int32_t opened;      // changes with every section; sleeping workers wait for a change
  _Alignas(64) _Atomic int32_t sleeping;    // workers that may be in the kernel
  _Atomic int64_t sleeps;
  _Atomic int32_t stop;
};

struct worker {
  fk_pool *pool;
  int32_t thread;
  int32_t core;  // the core it is pinned to; -1 for all cores of the mask
};

static void spin_hint(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

static void sleep_on(fk_pool *pool, _Atomic int32_t *word, int32_t expected) {
  atomic_fetch_add_explicit(&pool->sleeps, 1, memory_order_relaxed);
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, NULL, NULL, 0);
}

static void wake(_Atomic int32_t *word, int32_t most) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, most, NULL, NULL, 0);
}

static int has_work(fk_pool *pool) { return (uint32_t)atomic_load(&pool->ticket) != 0; }

// If the task stands behind a border (`second`, `third`), waits until all tasks before the border are done. Tasks are
// claimed in order, so other threads run them already.
static void wait_for_border(fk_pool *pool, int64_t task) {
  const int64_t border = pool->third && task >= pool->third ? pool->third
      : pool->second && task >= pool->second ? pool->second : 0;
  const int64_t later = pool->tasks - border;
  for (int32_t spins = 0; atomic_load_explicit(&pool->unfinished, memory_order_acquire) > later;) {
    if (++spins > pool->spins) sched_yield();
    else spin_hint();
  }
}

// Claims and runs tasks until none is left.
static void run_tasks(fk_pool *pool, int32_t thread) {
  uint64_t ticket = atomic_load_explicit(&pool->ticket, memory_order_acquire);
  while ((uint32_t)ticket != 0) {
    // Fails if another thread has claimed a task since, or if the section has changed.
    if (!atomic_compare_exchange_weak_explicit(
            &pool->ticket, &ticket, ticket - 1, memory_order_acq_rel, memory_order_acquire)) continue;
    const int64_t task = pool->tasks - (int64_t)(uint32_t)ticket;
    if (pool->second || pool->third) wait_for_border(pool, task);
    pool->body(task, thread, pool->context);
    if (atomic_fetch_sub(&pool->unfinished, 1) == 1 && atomic_load(&pool->caller_sleeps)) {
      wake(&pool->unfinished, 1);
    }
    ticket = atomic_load_explicit(&pool->ticket, memory_order_acquire);
  }
}

static void *worker_main(void *argument) {
  struct worker *self = argument;
  fk_pool *pool = self->pool;
  if (self->core >= 0) fk_keep_to_core(self->core);
  else fk_use_mask();
  while (!atomic_load(&pool->stop)) {
    run_tasks(pool, self->thread);
    int32_t spins = 0;
    while (!has_work(pool) && !atomic_load_explicit(&pool->stop, memory_order_relaxed)) {
      if (spins++ < pool->spins) {
        spin_hint();
        continue;
      }
      const int32_t seen = atomic_load(&pool->opened);
      atomic_fetch_add(&pool->sleeping, 1);
      if (!has_work(pool) && !atomic_load(&pool->stop)) sleep_on(pool, &pool->opened, seen);
      atomic_fetch_sub(&pool->sleeping, 1);
    }
  }
  return NULL;
}

// Wakes sleeping workers, `most` at most: no more than can find work.
static void announce(fk_pool *pool, int32_t most) {
  atomic_fetch_add(&pool->opened, 1);
  if (atomic_load(&pool->sleeping) > 0) wake(&pool->opened, most);
}

fk_pool *fk_pool_create(int32_t threads, int32_t cores, int32_t pinned) {
  fk_pool *pool = aligned_alloc(64, (sizeof(fk_pool) + 63) / 64 * 64);
  if (!pool) return NULL;
  *pool = (fk_pool){.threads = 1, .spins = threads > cores ? 0 : SPINS};
  pool->handles = calloc((size_t)threads, sizeof(pthread_t));
  pool->workers = calloc((size_t)threads, sizeof(struct worker));
  if (!pool->handles || !pool->workers) {
    fk_pool_destroy(pool);
    return NULL;
  }
  pinned = pinned && threads > 1 && threads <= fk_mask_cores();
  for (int32_t t = 1; t < threads; t++) {
    pool->workers[t] = (struct worker){pool, t, pinned ? fk_core(t) : -1};
    if (pthread_create(&pool->handles[t], NULL, worker_main, &pool->workers[t]) != 0) {
      fk_pool_destroy(pool);
      return NULL;
    }
    pool->threads = t + 1;
  }
  if (pinned) {
    pool->caller = (int32_t)syscall(SYS_gettid);
    fk_cores_of(pool->caller, &pool->callers_cores);
    fk_keep_to_core(fk_core(0));
  }
  return pool;
}

void fk_pool_destroy(fk_pool *pool) {
  if (!pool) return;
  atomic_store(&pool->stop, 1);
  announce(pool, INT_MAX);
  for (int32_t t = 1; t < pool->threads; t++) pthread_join(pool->handles[t], NULL);
  if (pool->caller) fk_let_use(pool->caller, &pool->callers_cores);
  free(pool->handles);
  free(pool->workers);
  free(pool);
}

__attribute__((swiftcall)) void fk_pool_run(
    fk_pool *pool, int64_t tasks, int64_t second, int64_t third, fk_body body, void *context) {
  if (pool->threads == 1 || tasks <= 1) {
    for (int64_t task = 0; task < tasks; task++) body(task, 0, context);
    return;
  }
  pool->body = body;
  pool->context = context;
  pool->tasks = tasks;
  pool->second = second;
  pool->third = third;
  atomic_store(&pool->caller_sleeps, 0);
  atomic_store_explicit(&pool->unfinished, (int32_t)tasks, memory_order_relaxed);
  atomic_store(&pool->ticket, (uint64_t)++pool->sections << 32 | (uint64_t)tasks);
  announce(pool, tasks - 1 < INT_MAX ? (int32_t)tasks - 1 : INT_MAX);
  run_tasks(pool, 0);
  int32_t left;
  for (int32_t spins = 0; (left = atomic_load_explicit(&pool->unfinished, memory_order_acquire)) != 0;) {
    spin_hint();
    if (spins++ < pool->spins) continue;
    atomic_store(&pool->caller_sleeps, 1);
    if (atomic_load(&pool->unfinished) == left) sleep_on(pool, &pool->unfinished, left);
  }
}

int64_t fk_pool_sections(const fk_pool *pool) { return pool->sections; }

int64_t fk_pool_sleeps(const fk_pool *pool) { return atomic_load(&((fk_pool *)pool)->sleeps); }
