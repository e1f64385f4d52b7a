// Reading terms into floats, a part of a row at a time.
#pragma once
#include "fk_element.h"
#include "fk_elementwise.h"

enum { FK_PART = 512 };  // channels of a row that are read together

FK_INLINE void fk_term_typed(
    const fk_term *t, fk_type type, int64_t at, int32_t c, int32_t count, float *out) {
  for (int32_t i = 0; i < count; i++) out[i] = fk_read(t->data, type, at + i);
  if (t->scale) {
    for (int32_t i = 0; i < count; i++) out[i] = out[i] * t->scale[c + i] + t->shift[c + i];
  }
  if (t->relu) {
    for (int32_t i = 0; i < count; i++) out[i] = out[i] < 0 ? 0 : out[i];
  }
}

// out = the term's elements of channels c..<c + count, at most FK_PART; `at` is the place of the first. Weights of
// terms are 1 here.
FK_INLINE void fk_term_part(const fk_term *t, int64_t at, int32_t c, int32_t count, float *out) {
  if (t->type == FK_BFLOAT16) fk_term_typed(t, FK_BFLOAT16, at, c, count, out);
  else fk_term_typed(t, FK_FLOAT32, at, c, count, out);
}

FK_INLINE void fk_write_part(void *data, fk_type type, int64_t at, int32_t count, const float *values) {
  if (type == FK_BFLOAT16) {
    for (int32_t i = 0; i < count; i++) fk_write(data, FK_BFLOAT16, at + i, values[i]);
  } else {
    for (int32_t i = 0; i < count; i++) fk_write(data, FK_FLOAT32, at + i, values[i]);
  }
}
