// A fork-join pool of POSIX threads. The calling thread works as thread 0.
#pragma once
#include <stdint.h>

typedef struct fk_pool fk_pool;

// One task of a section, called as a Swift closure that does not escape: a section allocates nothing. Swift declares
// `fk_pool_run` a second time under its own calling convention (`Basics/ThreadPool.swift`): change both together.
typedef __attribute__((swiftcall)) void (*fk_body)(
    int64_t task, int64_t thread, __attribute__((swift_context)) void *context);

// Starts `threads` - 1 threads. With `pinned`, and if the process may use as many cores, every thread keeps to
// one core, the calling thread too until the pool is destroyed. Threads without work spin for a while before
// they sleep unless they are more than `cores`. Returns NULL when the system refuses the threads.
fk_pool *fk_pool_create(int32_t threads, int32_t cores, int32_t pinned);

// Ends and joins the threads. No section may be running.
void fk_pool_destroy(fk_pool *pool);

// Runs tasks 0..<tasks, each exactly once, and returns when all are done. Threads take the next task in
// order, so a task must not depend on which thread runs it. Tasks from `second` on begin when all before are
// done, tasks from `third` on likewise; 0 for no such border.
__attribute__((swiftcall)) void fk_pool_run(
    fk_pool *pool, int64_t tasks, int64_t second, int64_t third, fk_body body, void *context);

// Sections with work for more than one thread, and how often a thread slept, both since the pool was made.
int64_t fk_pool_sections(const fk_pool *pool);
int64_t fk_pool_sleeps(const fk_pool *pool);

// Cores in the affinity mask that the process had when this was first asked, which batch systems set to what
// was asked for.
int32_t fk_mask_cores(void);

// Number of the index-th core of that mask; index < fk_mask_cores().
int32_t fk_core(int32_t index);

// Confines the process to some of its cores: the calling thread and all threads that it
// starts from now on. No pool may exist.
void fk_confine(const int32_t *cores, int32_t count);

// Lets the calling thread use all of these cores: threads inherit the mask of the thread that starts them.
void fk_use_mask(void);

// Number of cores that the calling thread may use now.
int32_t fk_thread_cores(void);
