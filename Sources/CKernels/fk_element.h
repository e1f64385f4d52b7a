// Access to elements of tensors of either type. Loops that use these functions are compiled once for each type, with
// `type` a constant.
#pragma once
#include "fk_simd.h"
#include "fk_type.h"

FK_INLINE float fk_read(const void *data, fk_type type, int64_t at) {
  return type == FK_BFLOAT16 ? fk_from_bf16(((const fk_bf16 *)data)[at]) : ((const float *)data)[at];
}

FK_INLINE void fk_write(void *data, fk_type type, int64_t at, float value) {
  if (type == FK_BFLOAT16) ((fk_bf16 *)data)[at] = fk_to_bf16(value);
  else ((float *)data)[at] = value;
}

// Prefetches `count` elements from `at` on; they may lie beyond the end of the data.
FK_INLINE void fk_fetch(const void *data, fk_type type, int64_t at, int64_t count) {
  const char *first = (const char *)data + at * fk_type_size(type);
  const int64_t bytes = count * fk_type_size(type);
  for (int64_t byte = 0; byte < bytes; byte += 64) __builtin_prefetch(first + byte, 0, 2);
}

// Address of element `at`.
FK_INLINE const void *fk_at(const void *data, fk_type type, int64_t at) {
  return (const char *)data + at * fk_type_size(type);
}

FK_INLINE void *fk_at_mutable(void *data, fk_type type, int64_t at) {
  return (char *)data + at * fk_type_size(type);
}
