// A fork-join pool of POSIX threads. The calling thread works as thread 0.
#pragma once
#include <stdint.h>

#if __has_attribute(swift_attr)
#define FK_SENDABLE __attribute__((swift_attr("@Sendable")))
#else
#define FK_SENDABLE
#endif

typedef struct fk_pool fk_pool;

// One task of a parallel section: `task` in 0..<tasks, `thread` in 0..<threads.
typedef void (*fk_task)(void *context, int32_t task, int32_t thread);

// Starts `threads` - 1 threads. Returns NULL when the system refuses them.
fk_pool *fk_pool_create(int32_t threads);

// Ends and joins the threads. No section may be running.
void fk_pool_destroy(fk_pool *pool);

int32_t fk_pool_threads(const fk_pool *pool);

// Runs tasks 0..<tasks, each exactly once, and returns when all are done. Threads take the next task
// from a shared counter, so a task must not depend on which thread runs it.
void fk_pool_run(fk_pool *pool, int32_t tasks, FK_SENDABLE fk_task function, void *context);

// Number of processors in the affinity mask of the process, which batch systems set to what was asked for.
int32_t fk_usable_cores(void);

// Tells the processor that the caller is spinning.
static inline void fk_spin_hint(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}
