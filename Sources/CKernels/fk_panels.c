#include "fk_panels.h"

#include "fk_lines.h"
#include "fk_transpose.h"

FK_CLONES
void fk_pack_rows(
    const fk_source *s, const fk_window *w, int64_t first, int64_t count, int64_t height, float *row,
    float *out) {
  char *r = (char *)row, *to = (char *)out;
  if (s->type == FK_BFLOAT16) fk_pack_lines(s, FK_BFLOAT16, w, first, count, height, r, to, FK_FLOAT32);
  else fk_pack_lines(s, FK_FLOAT32, w, first, count, height, r, to, FK_FLOAT32);
}

FK_INLINE void pack_columns(
    const void *matrix, fk_type type, int64_t stride, int64_t depth, int64_t begin, int64_t end, float *out) {
  for (int64_t c = begin; c < end; c += FK_SLAB, out += FK_SLAB * depth) {
    const int64_t width = end - c < FK_SLAB ? end - c : FK_SLAB;
    for (int64_t k = 0; k < depth; k++) {
      const int64_t in = k * stride + c;
      fk_fetch(matrix, type, in + FK_AHEAD * stride, FK_SLAB);
      float *to = out + k * FK_SLAB;
      if (width == FK_SLAB) {
        for (int64_t i = 0; i < FK_SLAB; i += FK_LINE) {
          fk_v16 v;
          fk_load16(matrix, type, in + i, &v);
          FK_STORE(to + i, v);
        }
      } else {
        for (int64_t i = 0; i < FK_SLAB; i++) to[i] = i < width ? fk_read(matrix, type, in + i) : 0;
      }
    }
  }
}

FK_CLONES
void fk_pack_columns(
    const void *matrix, fk_type type, int64_t stride, int64_t depth, int64_t begin, int64_t end, float *out) {
  if (type == FK_BFLOAT16) pack_columns(matrix, FK_BFLOAT16, stride, depth, begin, end, out);
  else pack_columns(matrix, FK_FLOAT32, stride, depth, begin, end, out);
}

FK_CLONES
void fk_pack_transposed(
    const float *matrix, int64_t stride, int64_t depth, int64_t begin, int64_t end, int64_t first,
    int64_t total, float *out) {
  for (int64_t c = begin; c < end; c += FK_SLAB, out += FK_SLAB * total) {
    for (int64_t half = 0; half < FK_SLAB; half += FK_LINE) {
      const float *in = matrix + (c + half) * stride;
      float *to = out + first * FK_SLAB + half;
      const int64_t width = end - c - half;
      int64_t k = 0;
      for (; width >= FK_LINE && k + FK_LINE <= depth; k += FK_LINE) {
        fk_v16 square[FK_LINE];
        fk_load_transposed16(in + k, stride, square);
        FK_UNROLL for (int j = 0; j < FK_LINE; j++) FK_STORE(to + (k + j) * FK_SLAB, square[j]);
      }
      for (; k < depth; k++) {
        for (int64_t i = 0; i < FK_LINE; i++) to[k * FK_SLAB + i] = i < width ? in[i * stride + k] : 0;
      }
    }
  }
}
