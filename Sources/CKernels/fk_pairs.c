#include "fk_pairs.h"

#include "fk_lines.h"
#include "fk_vector.h"

// A pair is one lane of 32 bits, its first value in the lower half.
typedef uint32_t __attribute__((may_alias)) pair;

FK_INLINE uint32_t half_of(const void *data, fk_type type, int64_t at) {
  return type == FK_BFLOAT16 ? ((const fk_bf16 *)data)[at] : fk_to_bf16(((const float *)data)[at]);
}

FK_CLONES
void fk_pack_rows_bf16(
    const fk_source *s, const fk_window *w, int64_t first, int64_t count, int64_t height, fk_bf16 *row,
    fk_bf16 *out) {
  char *r = (char *)row, *to = (char *)out;
  if (s->type == FK_BFLOAT16) fk_pack_lines(s, FK_BFLOAT16, w, first, count, height, r, to, FK_BFLOAT16);
  else fk_pack_lines(s, FK_FLOAT32, w, first, count, height, r, to, FK_BFLOAT16);
}

FK_CLONES
void fk_pack_lines_bf16(
    const fk_source *s, const fk_window *w, int64_t first, int64_t count, fk_bf16 *rows, fk_bf16 *out) {
  const int64_t width = (w->channel_end - w->channel_begin) * w->taps, lined = fk_lined(width);
  const int64_t pairs = (count + 1) / 2;
  fk_bf16 *second = rows + lined;
  memset(rows, 0, sizeof(fk_bf16) * (size_t)(2 * lined));
  for (int64_t p = 0; p < pairs; p++) {
    const int whole = 2 * p + 1 < count;
    if (s->type == FK_BFLOAT16) {
      fk_gather_rows(s, FK_BFLOAT16, w, first + 2 * p, 1, rows, FK_BFLOAT16);
      if (whole) fk_gather_rows(s, FK_BFLOAT16, w, first + 2 * p + 1, 1, second, FK_BFLOAT16);
    } else {
      fk_gather_rows(s, FK_FLOAT32, w, first + 2 * p, 1, rows, FK_BFLOAT16);
      if (whole) fk_gather_rows(s, FK_FLOAT32, w, first + 2 * p + 1, 1, second, FK_BFLOAT16);
    }
    if (!whole) memset(second, 0, sizeof(fk_bf16) * (size_t)lined);
    for (int64_t k = 0; k < lined; k += FK_LINE) {
      pair *to = (pair *)out + k * pairs + p * FK_LINE;
      for (int i = 0; i < FK_LINE; i++) to[i] = rows[k + i] | (uint32_t)second[k + i] << 16;
    }
  }
}

FK_INLINE void pack_columns(
    const void *matrix, fk_type type, int64_t stride, int64_t depth, int64_t begin, int64_t end, pair *out) {
  for (int64_t c = begin; c < end; c += FK_SLAB) {
    const int64_t width = end - c < FK_SLAB ? end - c : FK_SLAB;
    for (int64_t k = 0; k < depth; k += 2, out += FK_SLAB) {
      const int64_t low = k * stride + c, high = low + stride;
      if (width == FK_SLAB && k + 1 < depth) {
        for (int64_t i = 0; i < FK_SLAB; i++) {
          out[i] = half_of(matrix, type, low + i) | half_of(matrix, type, high + i) << 16;
        }
      } else {
        for (int64_t i = 0; i < FK_SLAB; i++) {
          out[i] = i < width ? half_of(matrix, type, low + i) : 0;
          if (i < width && k + 1 < depth) out[i] |= half_of(matrix, type, high + i) << 16;
        }
      }
    }
  }
}

FK_CLONES
void fk_pack_columns_bf16(
    const void *matrix, fk_type type, int64_t stride, int64_t depth, int64_t begin, int64_t end,
    fk_bf16 *out) {
  if (type == FK_BFLOAT16) pack_columns(matrix, FK_BFLOAT16, stride, depth, begin, end, (pair *)out);
  else pack_columns(matrix, FK_FLOAT32, stride, depth, begin, end, (pair *)out);
}

FK_CLONES
void fk_pack_transposed_bf16(
    const float *matrix, int64_t stride, int64_t depth, int64_t begin, int64_t end, int64_t first,
    int64_t total, fk_bf16 *out) {
  for (int64_t c = begin; c < end; c += FK_SLAB, out += FK_SLAB * fk_paired(total)) {
    const int64_t width = end - c < FK_SLAB ? end - c : FK_SLAB;
    // Whoever writes the last row of an odd depth adds the zeros behind it.
    const int64_t rows = first + depth == total ? depth + total % 2 : depth;
    for (int64_t k = 0; k < rows; k++) {
      fk_bf16 *to = out + (first + k) / 2 * 2 * FK_SLAB + (first + k) % 2;
      for (int64_t i = 0; i < FK_SLAB; i++) {
        to[2 * i] = i < width && k < depth ? fk_to_bf16(matrix[(c + i) * stride + k]) : 0;
      }
    }
  }
}
