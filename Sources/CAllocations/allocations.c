#include "CAllocations.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#if defined(__GLIBC__) && !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)

static _Atomic int32_t counts;
static _Atomic int64_t allocations;
static _Thread_local int64_t own;

extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t number, size_t bytes);
extern void *__libc_realloc(void *memory, size_t bytes);
extern void *__libc_memalign(size_t alignment, size_t bytes);
extern void __libc_free(void *memory);

static void note(void) {
  if (!atomic_load_explicit(&counts, memory_order_relaxed)) return;
  atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
  own++;
}

void *malloc(size_t bytes) {
  note();
  return __libc_malloc(bytes);
}

void *calloc(size_t number, size_t bytes) {
  note();
  return __libc_calloc(number, bytes);
}

void *realloc(void *memory, size_t bytes) {
  note();
  return __libc_realloc(memory, bytes);
}

void *memalign(size_t alignment, size_t bytes) {
  note();
  return __libc_memalign(alignment, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes) { return memalign(alignment, bytes); }

int posix_memalign(void **memory, size_t alignment, size_t bytes) {
  if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0) return EINVAL;
  void *block = memalign(alignment, bytes);
  if (!block) return ENOMEM;
  *memory = block;
  return 0;
}

// Defined so that all blocks come from and go back to one allocator, whatever other libraries are loaded.
void free(void *memory) { __libc_free(memory); }

void ma_count(void) { atomic_store(&counts, 1); }

int64_t ma_allocations(void) { return atomic_load(&allocations); }

int64_t ma_thread_allocations(void) { return own; }

#else

void ma_count(void) {}

int64_t ma_allocations(void) { return -1; }

int64_t ma_thread_allocations(void) { return -1; }

#endif
