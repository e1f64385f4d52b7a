// Types of the elements of activations: float, or bfloat16, the upper half of a float.
#pragma once
#include <stdint.h>
#include <string.h>

typedef enum { FK_FLOAT32 = 0, FK_BFLOAT16 = 1 } fk_type;
typedef uint16_t fk_bf16;

// Bytes of one element.
static inline int64_t fk_type_size(fk_type type) { return type == FK_BFLOAT16 ? 2 : 4; }

static inline float fk_from_bf16(fk_bf16 value) {
  const uint32_t bits = (uint32_t)value << 16;
  float result;
  memcpy(&result, &bits, sizeof result);
  return result;
}

// The nearest bfloat16, rounding to even if two are equally near. NaN stays NaN.
static inline fk_bf16 fk_to_bf16(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  const uint32_t rounded = bits + 0x7FFF + (bits >> 16 & 1);
  return (fk_bf16)((value != value ? bits | 0x400000 : rounded) >> 16);
}
