#include "fk_panels.h"

#include "fk_lines.h"

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
      float *to = out + k * FK_SLAB;
      if (width == FK_SLAB) {
        for (int64_t i = 0; i < FK_SLAB; i++) to[i] = fk_read(matrix, type, in + i);
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
    const int64_t width = end - c < FK_SLAB ? end - c : FK_SLAB;
    for (int64_t k0 = 0; k0 < depth; k0 += FK_LINE) {
      const int64_t k1 = depth - k0 < FK_LINE ? depth : k0 + FK_LINE;
      for (int64_t i = 0; i < width; i++) {
        const float *in = matrix + (c + i) * stride;
        for (int64_t k = k0; k < k1; k++) out[(first + k) * FK_SLAB + i] = in[k];
      }
      for (int64_t k = k0; k < k1; k++) {
        for (int64_t i = width; i < FK_SLAB; i++) out[(first + k) * FK_SLAB + i] = 0;
      }
    }
  }
}
