// Vectors of 16 elements: floats in registers, either type in memory.
#pragma once
#include "fk_element.h"

typedef float fk_v16 __attribute__((vector_size(64)));
typedef float fk_v16_memory __attribute__((vector_size(64), aligned(4)));
typedef int32_t fk_mask16 __attribute__((vector_size(64)));
typedef uint32_t fk_bits16 __attribute__((vector_size(64)));
typedef uint8_t fk_bytes16 __attribute__((vector_size(16)));
typedef uint16_t fk_halves16 __attribute__((vector_size(32)));
typedef uint16_t fk_halves32 __attribute__((vector_size(64)));
typedef uint16_t fk_halves16_memory __attribute__((vector_size(32), aligned(2)));

#define FK_LOAD(address) (*(const fk_v16_memory *)(address))
#define FK_STORE(address, value) (*(fk_v16_memory *)(address) = (value))
#define FK_UNROLL _Pragma("clang loop unroll(full)")

// Vectors are passed by address, because passing them by value depends on the instruction set.

// Rounds to bfloat16: the upper halves of the rounded floats, in the lower halves of the lanes.
FK_INLINE void fk_round16(const fk_v16 *v, fk_bits16 *halves) {
  const fk_bits16 bits = (fk_bits16)*v, rounded = bits + 0x7FFF + (bits >> 16 & 1);
  const fk_bits16 is_nan = (fk_bits16)(*v != *v);
  *halves = ((is_nan & (bits | 0x400000)) | (~is_nan & rounded)) >> 16;
}

FK_INLINE void fk_load_halves16(const fk_bf16 *data, fk_bits16 *halves) {
  *halves = __builtin_convertvector(*(const fk_halves16_memory *)data, fk_bits16);
}

FK_INLINE void fk_load16(const void *data, fk_type type, int64_t at, fk_v16 *v) {
  if (type == FK_FLOAT32) {
    *v = FK_LOAD((const float *)data + at);
  } else {
    fk_bits16 halves;
    fk_load_halves16((const fk_bf16 *)data + at, &halves);
    *v = (fk_v16)(halves << 16);
  }
}

FK_INLINE void fk_store16(void *data, fk_type type, int64_t at, const fk_v16 *v) {
  if (type == FK_FLOAT32) {
    FK_STORE((float *)data + at, *v);
  } else {
    fk_bits16 halves;
    fk_round16(v, &halves);
    *(fk_halves16_memory *)((fk_bf16 *)data + at) = __builtin_convertvector(halves, fk_halves16);
  }
}
