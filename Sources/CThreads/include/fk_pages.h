// Pages of memory that has been reserved.
#pragma once
#include <stdint.h>

// Makes the pages of memory that nobody has written yet, next to the calling thread. Contents stay.
static inline void fk_make_pages(void *start, int64_t bytes) {
  for (int64_t at = 0; at < bytes; at += 4096) {
    volatile char *byte = (volatile char *)start + at;
    *byte = *byte;
  }
}
