// Counts calls of the allocator. For programs that link this and nothing else: it stands before the allocator
// of the C library.
#pragma once
#include <stdint.h>

// Begins to count. Before, an allocation costs one look at a flag.
void ma_count(void);

// Allocations of all threads since then; -1 where they cannot be counted.
int64_t ma_allocations(void);

// Those of the calling thread.
int64_t ma_thread_allocations(void);
