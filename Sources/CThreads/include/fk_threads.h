// A fork-join pool of POSIX threads. The calling thread works as thread 0.
#pragma once
#include <stdint.h>

typedef struct fk_pool fk_pool;

// One task of a section, called as a Swift closure that does not escape, so that a section allocates nothing. Swift
// declares `fk_pool_run` again under its own calling convention (`Basics/ThreadPool.swift`): change both together.
typedef __attribute__((swiftcall)) void (*fk_body)(
    int64_t task, int64_t thread, __attribute__((swift_context)) void *context);

// Starts `threads` - 1 threads. With `pinned` every thread keeps to one core, if the process may use at least `threads`
// cores; the calling thread does so until the pool is destroyed. Threads without work spin for a while before they
// sleep; with more threads than `cores` they sleep at once. Returns NULL when the system refuses the threads.
fk_pool *fk_pool_create(int32_t threads, int32_t cores, int32_t pinned);

// Ends and joins the threads. No section may be running.
void fk_pool_destroy(fk_pool *pool);

// Runs tasks 0..<tasks, each exactly once, and returns when all are done. Threads take the next task in order, so a
// task must not depend on which thread runs it. Tasks from `second` on begin when all tasks before `second` are done,
// tasks from `third` on when all before `third` are; 0 for no such border.
__attribute__((swiftcall)) void fk_pool_run(
    fk_pool *pool, int64_t tasks, int64_t second, int64_t third, fk_body body, void *context);

// Since the pool was made: number of sections with work for more than one thread, and how often a thread slept.
int64_t fk_pool_sections(const fk_pool *pool);
int64_t fk_pool_sleeps(const fk_pool *pool);

// Number of cores in the affinity mask that the process had at the first call. Batch systems set the mask to the cores
// that a job asked for.
int32_t fk_mask_cores(void);

// Number of the index-th core of that mask; index < fk_mask_cores().
int32_t fk_core(int32_t index);

// Confines the process to some of its cores: the calling thread and all threads that it starts from now on. No pool may
// exist.
void fk_confine(const int32_t *cores, int32_t count);

// Lets the calling thread use all of these cores: threads inherit the mask of the thread that starts them.
void fk_use_mask(void);

// Number of cores that the calling thread may use now.
int32_t fk_thread_cores(void);
