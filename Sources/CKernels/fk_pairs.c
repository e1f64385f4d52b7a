#include "fk_pairs.h"

#include "fk_lines.h"
#include "fk_transpose.h"

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

// Pairs 16 elements of one row, in the lower halves, with 16 of another. Elements of bfloat16 without a map are copied
// as they are.
FK_INLINE void pair_up(
    const void *data, fk_type type, int64_t low, int64_t high, const fk_map16 *map, fk_bits16 *pairs) {
  fk_bits16 halves[2] = {{0}, {0}};
  const int64_t at[2] = {low, high};
  FK_UNROLL for (int i = 0; i < 2; i++) {
    if (at[i] < 0) continue;
    if (type == FK_BFLOAT16 && !map->is_affine) {
      fk_load_halves16((const fk_bf16 *)data + at[i], &halves[i]);
    } else {
      fk_v16 v;
      fk_read16(data, type, at[i], map, &v);
      fk_round16(&v, &halves[i]);
    }
  }
  *pairs = halves[0] | halves[1] << 16;
}

// Packs the lines of the positions' rows, for windows with a multiple of 16 channels; lines are `step` pairs apart.
FK_INLINE void pair_together(
    const fk_source *s, fk_type type, const fk_window *w, const fk_positions *p, int64_t step, pair *out) {
  for (int32_t t = 0; t < w->taps; t++) {
    int64_t at[FK_TOGETHER + 1];
    fk_tap_pixels(s, w, t, p, at);
    at[p->count] = -1;
    for (int32_t c = w->channel_begin; c < w->channel_end; c += FK_LINE, out += step) {
      fk_map16 map;
      fk_map16_of(s, c, &map);
      for (int32_t r = 0; r < p->count; r += 2) {
        fk_fetch(s->data, type, at[r] + FK_TOGETHER * s->pitch + c, FK_LINE);
        fk_fetch(s->data, type, at[r] + (FK_TOGETHER + 1) * s->pitch + c, FK_LINE);
        const int64_t low = at[r] < 0 ? -1 : at[r] + c, high = at[r + 1] < 0 ? -1 : at[r + 1] + c;
        fk_bits16 pairs;
        pair_up(s->data, type, low, high, &map, &pairs);
        FK_STORE(out + r / 2 * FK_LINE, (fk_v16)pairs);
      }
    }
  }
}

FK_INLINE void pack_lines(
    const fk_source *s, fk_type type, const fk_window *w, int64_t first, int64_t count, fk_bf16 *rows,
    pair *out) {
  const int64_t channels = w->channel_end - w->channel_begin, width = channels * w->taps;
  const int64_t step = (count + 1) / 2 * FK_LINE, lined = fk_lined(width);
  if (channels % FK_LINE == 0) {
    for (int64_t r = 0; r < count; r += FK_TOGETHER) {
      fk_positions p;
      fk_positions_from(w, first + r, count - r, &p);
      pair_together(s, type, w, &p, step, out + r / 2 * FK_LINE);
    }
    return;
  }
  memset(rows, 0, sizeof(fk_bf16) * (size_t)(2 * lined));
  fk_bf16 *next = rows + lined;
  for (int64_t r = 0; r < count; r += 2) {
    fk_gather_rows(s, type, w, first + r, 1, rows, FK_BFLOAT16);
    if (r + 1 < count) fk_gather_rows(s, type, w, first + r + 1, 1, next, FK_BFLOAT16);
    else memset(next, 0, sizeof(fk_bf16) * (size_t)width);
    pair *to = out + r / 2 * FK_LINE;
    for (int64_t k = 0; k < lined; k += FK_LINE, to += step) {
      fk_bits16 low, high;
      fk_load_halves16(rows + k, &low);
      fk_load_halves16(next + k, &high);
      FK_STORE(to, (fk_v16)(low | high << 16));
    }
  }
}

FK_CLONES
void fk_pack_lines_bf16(
    const fk_source *s, const fk_window *w, int64_t first, int64_t count, fk_bf16 *rows, fk_bf16 *out) {
  if (s->type == FK_BFLOAT16) pack_lines(s, FK_BFLOAT16, w, first, count, rows, (pair *)out);
  else pack_lines(s, FK_FLOAT32, w, first, count, rows, (pair *)out);
}

FK_INLINE void pack_columns(
    const void *matrix, fk_type type, int64_t stride, int64_t depth, int64_t begin, int64_t end, pair *out) {
  const fk_map16 plain = {0};
  for (int64_t c = begin; c < end; c += FK_SLAB) {
    const int64_t width = end - c < FK_SLAB ? end - c : FK_SLAB;
    for (int64_t k = 0; k < depth; k += 2, out += FK_SLAB) {
      const int64_t low = k * stride + c, high = k + 1 < depth ? low + stride : -1;
      fk_fetch(matrix, type, low + FK_AHEAD * stride, FK_SLAB);
      fk_fetch(matrix, type, low + (FK_AHEAD + 1) * stride, FK_SLAB);
      if (width == FK_SLAB) {
        for (int64_t i = 0; i < FK_SLAB; i += FK_LINE) {
          fk_bits16 pairs;
          pair_up(matrix, type, low + i, high < 0 ? -1 : high + i, &plain, &pairs);
          FK_STORE(out + i, (fk_v16)pairs);
        }
      } else {
        for (int64_t i = 0; i < FK_SLAB; i++) {
          out[i] = i < width ? half_of(matrix, type, low + i) : 0;
          if (i < width && high >= 0) out[i] |= half_of(matrix, type, high + i) << 16;
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

// Loads 32 neighbouring values as 16 pairs, one for each lane.
FK_INLINE void load_pairs(const float *in, fk_v16 *pairs) {
  fk_v16 low = FK_LOAD(in), high = FK_LOAD(in + FK_LINE);
  fk_bits16 a, b;
  fk_round16(&low, &a);
  fk_round16(&high, &b);
  // Little-endian: every other of the 32 halves is the lower half of a lane.
  *pairs = (fk_v16)__builtin_shufflevector(
      (fk_halves32)a, (fk_halves32)b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36,
      38, 40, 42, 44, 46, 48, 50, 52, 54, 56, 58, 60, 62);
}

FK_CLONES
void fk_pack_transposed_bf16(
    const float *matrix, int64_t stride, int64_t depth, int64_t begin, int64_t end, int64_t first,
    int64_t total, fk_bf16 *out) {
  // The call that writes the last row of an odd depth adds the zeros behind it.
  const int64_t rows = first + depth == total ? depth + total % 2 : depth;
  for (int64_t c = begin; c < end; c += FK_SLAB, out += FK_SLAB * fk_paired(total)) {
    for (int64_t half = 0; half < FK_SLAB; half += FK_LINE) {
      const float *in = matrix + (c + half) * stride;
      fk_bf16 *to = out + 2 * half;
      const int64_t width = end - c - half;
      int64_t k = 0;
      for (; width >= FK_LINE && first % 2 == 0 && k + 2 * FK_LINE <= depth; k += 2 * FK_LINE) {
        fk_v16 square[FK_LINE];
        FK_UNROLL for (int i = 0; i < FK_LINE; i++) load_pairs(in + i * stride + k, &square[i]);
        fk_transpose16(square);
        FK_UNROLL for (int j = 0; j < FK_LINE; j++) {
          FK_STORE((pair *)to + ((first + k) / 2 + j) * FK_SLAB, square[j]);
        }
      }
      for (; k < rows; k++) {
        fk_bf16 *at = to + (first + k) / 2 * 2 * FK_SLAB + (first + k) % 2;
        for (int64_t i = 0; i < FK_LINE; i++) {
          at[2 * i] = i < width && k < depth ? fk_to_bf16(in[i * stride + k]) : 0;
        }
      }
    }
  }
}
