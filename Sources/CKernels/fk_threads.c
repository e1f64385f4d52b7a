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

// A thread that finds no work spins this often (some tens of microseconds) before it sleeps.
enum { SPINS = 4000 };

struct fk_pool {
  int32_t threads;
  pthread_t *handles;
  struct worker *workers;
  fk_task function;
  void *context;
  int32_t tasks;
  _Alignas(64) _Atomic int32_t section;   // number of the current section; changes wake the workers
  _Alignas(64) _Atomic int32_t next;      // next task of the section
  _Alignas(64) _Atomic int32_t working;   // workers that have not finished the section
  _Alignas(64) _Atomic int32_t sleeping;  // workers that may be in the kernel
  _Atomic int32_t stop;
};

struct worker {
  fk_pool *pool;
  int32_t thread;
};

static void futex_wait(_Atomic int32_t *word, int32_t expected) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, NULL, NULL, 0);
}

static void futex_wake_all(_Atomic int32_t *word) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

static void run_tasks(fk_pool *pool, int32_t thread) {
  for (;;) {
    int32_t task = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
    if (task >= pool->tasks) return;
    pool->function(pool->context, task, thread);
  }
}

static void *worker_main(void *argument) {
  struct worker *self = argument;
  fk_pool *pool = self->pool;
  int32_t seen = 0;
  for (;;) {
    int32_t spins = 0;
    while (atomic_load_explicit(&pool->section, memory_order_acquire) == seen) {
      fk_spin_hint();
      if (++spins < SPINS) continue;
      atomic_fetch_add(&pool->sleeping, 1);
      while (atomic_load(&pool->section) == seen) futex_wait(&pool->section, seen);
      atomic_fetch_sub(&pool->sleeping, 1);
    }
    seen++;
    if (atomic_load(&pool->stop)) return NULL;
    run_tasks(pool, self->thread);
    if (atomic_fetch_sub_explicit(&pool->working, 1, memory_order_acq_rel) == 1) futex_wake_all(&pool->working);
  }
}

static void start_section(fk_pool *pool) {
  atomic_store(&pool->working, pool->threads - 1);
  atomic_fetch_add(&pool->section, 1);
  if (atomic_load(&pool->sleeping) > 0) futex_wake_all(&pool->section);
}

fk_pool *fk_pool_create(int32_t threads) {
  fk_pool *pool = aligned_alloc(64, (sizeof(fk_pool) + 63) / 64 * 64);
  if (!pool) return NULL;
  *pool = (fk_pool){.threads = 1};
  pool->handles = calloc((size_t)threads, sizeof(pthread_t));
  pool->workers = calloc((size_t)threads, sizeof(struct worker));
  if (!pool->handles || !pool->workers) {
    fk_pool_destroy(pool);
    return NULL;
  }
  for (int32_t t = 1; t < threads; t++) {
    pool->workers[t] = (struct worker){pool, t};
    if (pthread_create(&pool->handles[t], NULL, worker_main, &pool->workers[t]) != 0) {
      fk_pool_destroy(pool);
      return NULL;
    }
    pool->threads = t + 1;
  }
  return pool;
}

void fk_pool_destroy(fk_pool *pool) {
  if (!pool) return;
  if (pool->threads > 1) {
    atomic_store(&pool->stop, 1);
    start_section(pool);
    for (int32_t t = 1; t < pool->threads; t++) pthread_join(pool->handles[t], NULL);
  }
  free(pool->handles);
  free(pool->workers);
  free(pool);
}

int32_t fk_pool_threads(const fk_pool *pool) { return pool->threads; }

void fk_pool_run(fk_pool *pool, int32_t tasks, fk_task function, void *context) {
  if (pool->threads == 1 || tasks <= 1) {
    for (int32_t task = 0; task < tasks; task++) function(context, task, 0);
    return;
  }
  pool->function = function;
  pool->context = context;
  pool->tasks = tasks;
  atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
  start_section(pool);
  run_tasks(pool, 0);
  int32_t spins = 0, left;
  while ((left = atomic_load_explicit(&pool->working, memory_order_acquire)) != 0) {
    fk_spin_hint();
    if (++spins > SPINS) futex_wait(&pool->working, left);
  }
}

int32_t fk_usable_cores(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? (int32_t)online : 1;
}
